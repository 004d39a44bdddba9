package io.github.gwlb4j.fuzz;

import io.github.gwlb4j.packet.EthernetFrame;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.packet.UdpHeader;
import io.github.gwlb4j.reference.SlowPacket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Fuzz target: any bytes as an IP packet, decoded by the codec and by {@link SlowPacket}, which must agree on everything;
 * then as an Ethernet frame; then edited in place, where every checksum must be as right or as wrong as it was.
 */
public final class PacketTarget {
    private static final IpPacket PACKET = new IpPacket();
    private static final IpPacket QUOTED = new IpPacket();
    private static final FlowKey KEY = new FlowKey();
    private static final TcpHeader TCP = new TcpHeader();
    private static final UdpHeader UDP = new UdpHeader();
    private static final IcmpHeader ICMP = new IcmpHeader();
    private static final EthernetFrame FRAME = new EthernetFrame();
    /** Flows seen in this run, by the reference's name for them and by the codec's key; bounded. */
    private static final Map<String, FlowKey> KEYS = new HashMap<>();
    private static final Map<FlowKey, String> NAMES = new HashMap<>();
    private static final int MAX_FLOWS = 4096;

    private PacketTarget() {
    }

    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer buffer = Regions.atEnd(input);
        SlowPacket slow = SlowPacket.decode(input);
        PacketStatus status = PACKET.wrap(buffer, Regions.OFFSET, input.length);
        same("status", slow.status, status.name());
        if (status == PacketStatus.OK) {
            comparePacket(slow);
            compareTransport(slow);
            compareFlow(slow);
            if (Regions.isSample(input)) {
                PacketText.describe(PACKET);
            }
            edit(slow);
        }
        FRAME.wrap(buffer, Regions.OFFSET, input.length);
    }

    private static void comparePacket(SlowPacket slow) {
        same("version", slow.version, PACKET.version());
        same("total length", slow.totalLength, PACKET.totalLength());
        same("protocol", slow.protocol, PACKET.protocol());
        same("transport", slow.transportOffset, PACKET.transportOffset() - PACKET.offset());
        same("transport length", slow.transport.length, PACKET.transportLength());
        same("fragment offset", slow.fragmentOffset, PACKET.fragmentOffset());
        same("more fragments", slow.hasMoreFragments, PACKET.hasMoreFragments());
        same("fragment", slow.isFragment(), PACKET.isFragment());
        if (slow.isFragment()) {
            same("fragment protocol", slow.fragmentProtocol, PACKET.fragmentProtocol());
        }
        same("ports", slow.hasPorts(), PACKET.hasPorts());
        if (slow.hasPorts()) {
            same("source port", slow.sourcePort(), PACKET.sourcePort());
            same("destination port", slow.destinationPort(), PACKET.destinationPort());
        }
    }

    private static void compareTransport(SlowPacket slow) {
        same("transport status", slow.transportStatus(), PACKET.transportStatus().name());
        if (TCP.wrap(PACKET)) {
            same("tcp data", slow.transport.length - TCP.headerLength(), TCP.payloadLength());
            TCP.findOption(5);
        }
        if (UDP.wrap(PACKET)) {
            same("udp data", true, UDP.payloadLength() >= 0 && UDP.payloadLength() <= slow.transport.length - 8);
        }
        same("icmp", slow.hasIcmpHeader(), ICMP.wrap(PACKET));
        SlowPacket slowQuoted = slow.quoted();
        boolean isQuoted = PACKET.wrapQuoted(QUOTED) == PacketStatus.OK;
        same("quoted", slowQuoted != null, isQuoted);
        if (isQuoted) {
            same("quoted length", slowQuoted.totalLength, QUOTED.totalLength());
            same("quoted protocol", slowQuoted.protocol, QUOTED.protocol());
        }
    }

    /** One flow in the reference is one key in the codec, and the other way round. */
    private static void compareFlow(SlowPacket slow) {
        String name = slow.flow();
        FlowKey key = KEY.set(7, PACKET);
        if (KEYS.size() > MAX_FLOWS) {
            KEYS.clear();
            NAMES.clear();
        }
        FlowKey known = KEYS.computeIfAbsent(name, n -> key.copy());
        same("key of flow " + name, known, key);
        same("flow of key " + key, NAMES.computeIfAbsent(known, k -> name), name);
    }

    private static void edit(SlowPacket slow) {
        boolean isWhole = PACKET.transportStatus() == PacketStatus.OK && !PACKET.isFragment();
        int header = headerChecksum();
        int transport = isWhole ? InternetChecksum.ofTransport(PACKET) : 0;
        PacketEditor.setTtl(PACKET, PACKET.ttl() ^ 0xff);
        PacketEditor.setDscp(PACKET, 46);
        PacketEditor.setEcn(PACKET, 2);
        PacketEditor.applyOuterEcn(PACKET, 3);
        PacketEditor.setIpv4Source(PACKET, 0x0a0b0c0d);
        PacketEditor.setIpv4Destination(PACKET, 0xc0a80001);
        PacketEditor.setIpv6Source(PACKET, 0xfd00000000000001L, 2);
        if (!slow.isRouteUnfinished) { // else the checksum does not cover this address
            PacketEditor.setIpv6Destination(PACKET, 3, 0xffffffffffffff04L);
        }
        PacketEditor.clampMss(PACKET, TCP, 900);
        boolean hasNoUdpChecksum = UDP.wrap(PACKET) && UDP.checksum() == 0;
        if (PacketEditor.setSourcePort(PACKET, 0xabcd)) {
            same("port", 0xabcd, PACKET.sourcePort());
        }
        PacketEditor.setDestinationPort(PACKET, 0xdcba);
        sameSum("header checksum", header, headerChecksum());
        if (isWhole && !hasNoUdpChecksum && PACKET.protocol() != 136 && PACKET.protocol() != 33) {
            sameSum("transport checksum", transport, InternetChecksum.ofTransport(PACKET));
        }
    }

    private static int headerChecksum() {
        return PACKET.version() == 4 ? InternetChecksum.of(PACKET.buffer(), PACKET.offset(), PACKET.headerLength()) : 0;
    }

    /** In one's complement arithmetic 0 and 0xffff are one number. */
    private static void sameSum(String what, int expected, int actual) {
        same(what, expected % 0xffff, actual % 0xffff);
    }

    private static void same(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", codec says " + actual);
        }
    }
}
