package io.github.gwlb4j.simulator.cli.dump;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.InnerPacket;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.pcap.DatagramStatus;
import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PcapPacket;
import java.nio.ByteBuffer;

/**
 * One captured packet, decoded as far as it goes, with the first reason why an endpoint would not take it. Reused for packet
 * after packet; not thread-safe.
 */
final class CapturedDatagram {
    private final DumpRules rules;
    private final GenevePolicy policy;
    private final OuterUdp outer = new OuterUdp();
    private final IpPacket outerIp = new IpPacket();
    private final GeneveHeader header = new GeneveHeader();
    private final GwlbOptions gwlb;
    private final InnerPacket inner = new InnerPacket();
    private PcapPacket packet;
    private String status;
    private String reason;
    private boolean hasSoundHeader;
    private boolean hasGwlb;
    private boolean hasInner;

    CapturedDatagram(DumpRules rules) {
        this.rules = rules;
        this.policy = rules.isGwlbOnly() ? GwlbDecoder.policy(rules.optionClass()) : GenevePolicy.rfc8926();
        this.gwlb = new GwlbOptions(rules.optionClass());
    }

    /** Decodes a packet; false if it is no UDP datagram to the port: then only {@link #outer()} may be read. */
    boolean decode(PcapPacket captured) {
        packet = captured;
        DatagramStatus found = outer.parse(captured);
        if (!found.hasUdpHeader() || outer.hasUdpHeader() && outer.destinationPort() != rules.port()) {
            return false;
        }
        boolean isCut = found != DatagramStatus.OK;
        GeneveStatus geneve = header.wrap(captured.data(), outer.payloadOffset(), outer.capturedPayloadLength()).validate(policy);
        hasSoundHeader = geneve.isStructureSound();
        GeneveStatus options = hasSoundHeader ? gwlb.read(header) : GeneveStatus.OPTION_MISSING;
        hasGwlb = options == GeneveStatus.OK;
        PacketStatus payload = hasSoundHeader && header.payloadLength() > 0 ? wrapInner(isCut) : PacketStatus.NOT_IP;
        hasInner = payload == PacketStatus.OK;
        if (geneve == GeneveStatus.OK && rules.isGwlbOnly()) {
            geneve = options;
        }
        judge(found, geneve, payload);
        return true;
    }

    private PacketStatus wrapInner(boolean isCut) {
        return isCut ? inner.wrapTruncated(header) : inner.wrap(header);
    }

    /** The first of: the outer checksum if asked for, GENEVE itself, what the capture cut off, the inner packet's IP layer. */
    private void judge(DatagramStatus found, GeneveStatus geneve, PacketStatus payload) {
        GeneveStatus checksum = rules.isChecksumVerified() ? checksumStatus() : GeneveStatus.OK;
        boolean isCut = found != DatagramStatus.OK;
        if (checksum != GeneveStatus.OK) {
            set(checksum.name(), checksum.label());
        } else if (geneve != GeneveStatus.OK && !(isCut && canComeFromCutting(geneve))) {
            set(geneve.name(), geneve.label());
        } else if (isCut) {
            set(found.name(), found.description());
        } else if (payload != PacketStatus.OK && payload != PacketStatus.NOT_IP) {
            set(payload.name(), payload.label());
        } else {
            set(GeneveStatus.OK.name(), null);
        }
    }

    private static boolean canComeFromCutting(GeneveStatus geneve) {
        return geneve == GeneveStatus.HEADER_TRUNCATED || geneve == GeneveStatus.OPTIONS_EXCEED_DATAGRAM || geneve == GeneveStatus.PAYLOAD_EMPTY;
    }

    private GeneveStatus checksumStatus() {
        if (outer.ipVersion() == 0 || outer.status() != DatagramStatus.OK) {
            return GeneveStatus.OK; // cannot be told
        }
        ByteBuffer data = packet.data();
        int length = packet.dataOffset() + packet.capturedLength() - outer.ipOffset();
        return outerIp.wrap(data, outer.ipOffset(), length) == PacketStatus.OK ? policy.validateUdpChecksum(outerIp) : GeneveStatus.OK;
    }

    private void set(String name, String words) {
        status = name;
        reason = words;
    }

    /** The packet's number in the capture, from 1. */
    long frame() {
        return packet.frameNumber();
    }

    /** {@code OK}, or the name of what is wrong. */
    String status() {
        return status;
    }

    /** What is wrong in words; null if nothing is. */
    String reason() {
        return reason;
    }

    OuterUdp outer() {
        return outer;
    }

    GeneveHeader header() {
        return header;
    }

    /** Whether there is a base header at all: 8 bytes or more. */
    boolean hasHeader() {
        return header.datagramLength() >= Geneve.BASE_HEADER_LENGTH;
    }

    /** Whether the options are laid out as this version of GENEVE does. */
    boolean hasOptions() {
        return hasHeader() && header.version() == 0;
    }

    /** The load balancer's options, or null if they are not (all) there. */
    GwlbOptions gwlb() {
        return hasGwlb ? gwlb : null;
    }

    /** The inner packet, or null if there is none to be read. */
    IpPacket inner() {
        return hasInner ? inner.ip() : null;
    }

    /** The payload of an Ethernet frame that holds no IP, as its EtherType; -1 if that is not the case. */
    int innerEtherType() {
        return hasSoundHeader && !hasInner && header.payloadLength() > 0 && inner.isEthernet() ? inner.ethernet().etherType() : -1;
    }
}
