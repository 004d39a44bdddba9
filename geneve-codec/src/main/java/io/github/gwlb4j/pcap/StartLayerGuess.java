package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.Bytes.u16;
import static io.github.gwlb4j.pcap.Bytes.u8;

import java.nio.ByteBuffer;

/** Finds out at which layer the bytes of a packet start, by the lengths and numbers that have to agree if it is so. */
final class StartLayerGuess {

    private static final int GENEVE_HEADER_BYTES = 8;
    private static final int ETHERTYPE_ETHERNET = 0x6558;
    private static final int ETHERTYPE_ARP = 0x0806;

    private final OuterUdp outer = new OuterUdp();
    private final LinkLayer link = new LinkLayer();
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

    /** RFC 8926, section 3.4: version 0, options within the length, a payload that is what the protocol type says. */
    private boolean isGeneve(ByteBuffer bytes, int length) {
        if (length < GENEVE_HEADER_BYTES || u8(bytes, 0) >>> 6 != 0) {
            return false;
        }
        int optionsEnd = GENEVE_HEADER_BYTES + (u8(bytes, 0) & 0x3f) * 4;
        return optionsEnd <= length && optionsFill(bytes, optionsEnd) && payloadIs(u16(bytes, 2), bytes, optionsEnd, length);
    }

    /** RFC 8926, section 3.5: the lengths of the options add up to exactly the length in the header. */
    private static boolean optionsFill(ByteBuffer bytes, int optionsEnd) {
        int at = GENEVE_HEADER_BYTES;
        while (at + 4 <= optionsEnd) {
            at += 4 + (u8(bytes, at + 3) & 0x1f) * 4;
        }
        return at == optionsEnd;
    }

    private boolean payloadIs(int etherType, ByteBuffer bytes, int at, int end) {
        return switch (etherType) {
            case LinkLayer.ETHERTYPE_IPV4 -> end - at >= 20 && u8(bytes, at) >>> 4 == 4 && u16(bytes, at + 2) == end - at;
            case LinkLayer.ETHERTYPE_IPV6 -> end - at >= 40 && u8(bytes, at) >>> 4 == 6
                    && 40 + u16(bytes, at + 4) == end - at;
            case ETHERTYPE_ETHERNET -> link.parse(LinkType.ETHERNET, bytes, at, end - at) == LinkLayer.Status.OK;
            case ETHERTYPE_ARP -> end - at >= 28;
            default -> false;
        };
    }
}
