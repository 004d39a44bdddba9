package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.internal.Bytes.u16;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import java.nio.ByteBuffer;

/** Finds out at which layer the bytes of a packet start, by the lengths and numbers that have to agree if it is so. */
final class StartLayerGuess {

    private static final int ARP = 0x0806;
    private static final int ARP_BYTES = 28;
    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;

    /** Only the structure counts here: what an endpoint may refuse is still GENEVE. */
    private static final GenevePolicy ANY = GenevePolicy.builder().acceptUnknownCriticalOptions(true)
            .acceptControlPackets(true)
            .protocolTypes(Geneve.PROTOCOL_IPV4, Geneve.PROTOCOL_IPV6, Geneve.PROTOCOL_ETHERNET, ARP).build();

    private final OuterUdp outer = new OuterUdp();
    private final LinkLayer link = new LinkLayer();
    private final GeneveHeader geneve = new GeneveHeader();
    private final int udpPort;

    StartLayerGuess(int udpPort) {
        if (udpPort < 0 || udpPort > 0xffff) {
            throw new IllegalArgumentException("UDP port " + udpPort + " is not in 0 to 65535");
        }
        this.udpPort = udpPort;
    }

    int udpPort() {
        return udpPort;
    }

    /** The layer, or AUTO if none fits. The bytes are those from index 0. */
    StartLayer of(ByteBuffer bytes, int length) {
        bytes.limit(length);
        if (isDatagram(LinkType.RAW, bytes, length) && payloadEndsAt(length)) {
            return StartLayer.IP;
        }
        if (isDatagram(LinkType.ETHERNET, bytes, length)) {
            return StartLayer.ETHERNET;
        }
        if (isDatagram(LinkType.LINUX_SLL, bytes, length)) {
            return StartLayer.SLL;
        }
        if (isDatagram(LinkType.UDP_HEADER, bytes, length) && payloadEndsAt(length)) {
            return StartLayer.UDP;
        }
        return isGeneve(bytes, length) ? StartLayer.GENEVE : StartLayer.AUTO;
    }

    private boolean isDatagram(int linkType, ByteBuffer bytes, int length) {
        return outer.parse(linkType, bytes, 0, length, length) == DatagramStatus.OK && outer.destinationPort() == udpPort;
    }

    /** Without a link layer there is no padding after the datagram. */
    private boolean payloadEndsAt(int length) {
        return outer.payloadOffset() + outer.payloadLength() == length;
    }

    /** Structure and options as in RFC 8926, sections 3.4 and 3.5, and a payload that is whole and of the type it names. */
    private boolean isGeneve(ByteBuffer bytes, int length) {
        if (geneve.wrap(bytes, 0, length).validate(ANY) != GeneveStatus.OK) {
            return false;
        }
        int at = geneve.payloadOffset();
        int payload = geneve.payloadLength();
        return switch (geneve.protocolType()) {
            case Geneve.PROTOCOL_IPV4 -> payload >= IPV4_HEADER_BYTES && u16(bytes, at + 2) == payload;
            case Geneve.PROTOCOL_IPV6 -> payload >= IPV6_HEADER_BYTES && IPV6_HEADER_BYTES + u16(bytes, at + 4) == payload;
            case Geneve.PROTOCOL_ETHERNET -> link.parse(LinkType.ETHERNET, bytes, at, payload) == LinkLayer.Status.OK;
            default -> payload >= ARP_BYTES;
        };
    }
}
