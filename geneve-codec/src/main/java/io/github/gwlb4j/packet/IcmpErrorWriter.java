package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes the ICMP errors that a box on the way sends about a packet that it does not let pass: too large for the next hop, so that
 * the sender finds the path's MTU (RFC 1191, RFC 8201), or forbidden, so that the sender gives up at once (RFC 1812, 5.2.7.1;
 * RFC 4443, 3.1).
 *
 * <p>Stateless; usable from any thread. Nothing is allocated. How often errors are sent is the caller's to limit (RFC 1812,
 * 4.3.2.8; RFC 4443, 2.4 f).
 *
 * <p>A bump in the wire has no address of its own. The error therefore comes from the destination of the packet it is about:
 * an address that the sender talks to anyway, so that the error takes the way of a reply, through every filter on it.
 *
 * <pre>
 *   IP header, 20 or 40 bytes: from the packet's destination to its source
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |           Checksum            |  too big: 3, 4 (IPv6: 2, 0); forbidden: 3, 13 (IPv6: 1, 1)
 *  |   unused, 0 (IPv6: upper half of MTU)   |    Next-hop MTU     |  forbidden: 0
 *  |  the packet, from its IP header on, as much as there is room  |
 * </pre>
 */
public final class IcmpErrorWriter {
    /** Most bytes that an error has: IPv6's minimum MTU (RFC 4443, 2.4 c). */
    public static final int MAX_LENGTH = 1280;
    /** Most bytes that an error over IPv4 has (RFC 1812, 4.3.2.3). */
    public static final int MAX_IPV4_LENGTH = 576;

    /** Precedence 6, "internetwork control" (RFC 1812, 4.3.2.5). */
    private static final int IPV4_TYPE_OF_SERVICE = 0xc0;
    private static final int FRAGMENTATION_NEEDED = IcmpHeader.DESTINATION_UNREACHABLE << 8 | 4;
    private static final int ADMINISTRATIVELY_PROHIBITED = IcmpHeader.DESTINATION_UNREACHABLE << 8 | 13;
    private static final int V6_PACKET_TOO_BIG = 2 << 8;
    private static final int V6_ADMINISTRATIVELY_PROHIBITED = 1 << 8 | 1;
    private static final int V6_FIRST_QUERY = 128;
    private static final int V6_REDIRECT = 137;
    private static final int REST_OFFSET = 4;
    /** RFC 791, 3.2: every link carries this much; less than that, or 0, would tell a sender nothing. */
    private static final int IPV4_MIN_MTU = 68;
    private static final int IPV6_MIN_MTU = 1280;

    private IcmpErrorWriter() {
    }

    /**
     * Whether a packet that is too large may be answered with an error.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return {@link IcmpErrorStatus#OK}, or why not
     */
    public static IcmpErrorStatus packetTooBigStatus(IpPacket packet) {
        return packet.isDontFragment() ? errorStatus(packet) : IcmpErrorStatus.FRAGMENTATION_ALLOWED;
    }

    /**
     * Whether a packet may be answered with an error that is not about its size.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return {@link IcmpErrorStatus#OK}, or why not; never {@link IcmpErrorStatus#FRAGMENTATION_ALLOWED}
     */
    public static IcmpErrorStatus errorStatus(IpPacket packet) {
        if (packet.fragmentOffset() != 0) {
            return IcmpErrorStatus.LATER_FRAGMENT;
        }
        if (isIcmpButNoQuery(packet)) {
            return IcmpErrorStatus.ABOUT_ICMP_ERROR;
        }
        if (!isUnicast(packet.version(), packet.sourceHigh(), packet.sourceLow())) {
            return IcmpErrorStatus.SOURCE_NOT_UNICAST;
        }
        return isUnicast(packet.version(), packet.destinationHigh(), packet.destinationLow())
                ? IcmpErrorStatus.OK : IcmpErrorStatus.DESTINATION_NOT_UNICAST;
    }

    /**
     * Writes the error about a packet that is too large.
     *
     * @param packet   wrapped with {@link PacketStatus#OK}; {@link #packetTooBigStatus} says which ones may be answered
     * @param mtuBytes largest IP packet that would pass; raised to what the protocol guarantees (68 for IPv4, 1280 for IPv6),
     *                 and for IPv4 lowered to 65535
     * @param target   receives the error; may be the packet's own buffer, but not the same region; its position, limit and byte
     *                 order do not matter and do not change
     * @param offset   absolute position of the error's first byte; {@link #MAX_LENGTH} bytes from there are always enough
     * @return length of the error in bytes, at most {@link #MAX_LENGTH}; 0 if there must be none, then nothing is written
     * @throws IndexOutOfBoundsException if the error does not fit below the target's limit: nothing is written then
     */
    public static int writePacketTooBig(IpPacket packet, int mtuBytes, ByteBuffer target, int offset) {
        if (packetTooBigStatus(packet) != IcmpErrorStatus.OK) {
            return 0;
        }
        return packet.version() == 4
                ? write(packet, FRAGMENTATION_NEEDED, Math.max(IPV4_MIN_MTU, Math.min(mtuBytes, 0xffff)), target, offset)
                : write(packet, V6_PACKET_TOO_BIG, Math.max(IPV6_MIN_MTU, mtuBytes), target, offset);
    }

    /**
     * Writes the error about a packet that a filter rejects: "communication administratively prohibited".
     *
     * @param packet wrapped with {@link PacketStatus#OK}; {@link #errorStatus} says which ones may be answered
     * @param target receives the error; may be the packet's own buffer, but not the same region; its position, limit and byte
     *               order do not matter and do not change
     * @param offset absolute position of the error's first byte; {@link #MAX_LENGTH} bytes from there are always enough
     * @return length of the error in bytes, at most {@link #MAX_LENGTH}; 0 if there must be none, then nothing is written
     * @throws IndexOutOfBoundsException if the error does not fit below the target's limit: nothing is written then
     */
    public static int writeProhibited(IpPacket packet, ByteBuffer target, int offset) {
        if (errorStatus(packet) != IcmpErrorStatus.OK) {
            return 0;
        }
        return write(packet, packet.version() == 4 ? ADMINISTRATIVELY_PROHIBITED : V6_ADMINISTRATIVELY_PROHIBITED, 0, target, offset);
    }

    private static int write(IpPacket packet, int typeAndCode, int rest, ByteBuffer target, int offset) {
        boolean isIpv4 = packet.version() == 4;
        int ipHeader = isIpv4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH;
        int quoteAt = ipHeader + IcmpHeader.LENGTH;
        int length = Math.min(quoteAt + packet.totalLength(), isIpv4 ? MAX_IPV4_LENGTH : MAX_LENGTH);
        Objects.checkFromIndexSize(offset, length, target.limit());
        target.put(offset + quoteAt, packet.buffer(), packet.offset(), length - quoteAt);
        AnswerHeaders.writeBack(packet, IPV4_TYPE_OF_SERVICE, isIpv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, length, target, offset);
        int icmp = offset + ipHeader;
        Bytes.put32(target, icmp, typeAndCode << 16);
        Bytes.put32(target, icmp + REST_OFFSET, rest);
        // The quote stands already: the checksum covers it. Only ICMPv6 adds a pseudo header.
        int payload = length - ipHeader;
        long sum = InternetChecksum.sum(target, icmp, payload)
                + (isIpv4 ? 0 : AnswerHeaders.pseudoHeaderSum(6, target, offset, IpProtocol.ICMPV6, payload));
        Bytes.put16(target, icmp + IcmpHeader.CHECKSUM_OFFSET, ~InternetChecksum.fold(sum) & 0xffff);
        return length;
    }

    /** Stricter than {@link IpPacket#isIcmpError}: what is not known to be a query counts as an error here. */
    private static boolean isIcmpButNoQuery(IpPacket packet) {
        boolean isIpv4 = packet.version() == 4;
        if (packet.protocol() != (isIpv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6)) {
            return false;
        }
        if (packet.transportLength() == 0) {
            return true;
        }
        int type = Bytes.u8(packet.buffer(), packet.transportOffset());
        return isIpv4 ? !IcmpHeader.hasIdentifier(4, type) : type < V6_FIRST_QUERY || type == V6_REDIRECT;
    }

    private static boolean isUnicast(int version, long high, long low) {
        if (version == 4) {
            int firstByte = (int) (low >>> 24);
            return firstByte != 0 && firstByte != 127 && firstByte < 224;
        }
        boolean isUnspecifiedOrLoopback = high == 0 && low >>> 1 == 0;
        boolean isMulticast = high >>> 56 == 0xff;
        return !isUnspecifiedOrLoopback && !isMulticast;
    }
}
