package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes the ICMP error that a router sends about a packet that is too large for its next hop, so that the sender finds the
 * path's MTU (RFC 1191, RFC 8201): ICMP "fragmentation needed and DF set" or ICMPv6 "packet too big".
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
 *  | Type: 3, v6 2 | Code: 4, v6 0 |           Checksum            |
 *  |   unused, 0 (IPv6: upper half of MTU)   |    Next-hop MTU     |
 *  |  the packet, from its IP header on, as much as there is room  |
 * </pre>
 */
public final class IcmpErrorWriter {
    /** Most bytes that an error has: IPv6's minimum MTU (RFC 4443, 2.4 c). */
    public static final int MAX_LENGTH = 1280;
    /** Most bytes that an error over IPv4 has (RFC 1812, 4.3.2.3). */
    public static final int MAX_IPV4_LENGTH = 576;

    private static final int TTL = 64;
    /** Precedence 6, "internetwork control" (RFC 1812, 4.3.2.5). */
    private static final int IPV4_TYPE_OF_SERVICE = 0xc0;
    private static final int IPV4_DONT_FRAGMENT = 0x4000;
    private static final int FRAGMENTATION_NEEDED = 4;
    private static final int V6_PACKET_TOO_BIG = 2;
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
        if (!packet.isDontFragment()) {
            return IcmpErrorStatus.FRAGMENTATION_ALLOWED;
        }
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
        boolean isIpv4 = packet.version() == 4;
        int headers = (isIpv4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH) + IcmpHeader.LENGTH;
        int length = Math.min(headers + packet.totalLength(), isIpv4 ? MAX_IPV4_LENGTH : MAX_LENGTH);
        Objects.checkFromIndexSize(offset, length, target.limit());
        target.put(offset + headers, packet.buffer(), packet.offset(), length - headers);
        if (isIpv4) {
            writeIpv4(packet, Math.max(IPV4_MIN_MTU, Math.min(mtuBytes, 0xffff)), target, offset, length);
        } else {
            writeIpv6(packet, Math.max(IPV6_MIN_MTU, mtuBytes), target, offset, length);
        }
        return length;
    }

    /** RFC 791, 3.1 and RFC 792; the MTU's place is RFC 1191's, section 4. */
    private static void writeIpv4(IpPacket packet, int mtu, ByteBuffer target, int offset, int length) {
        Bytes.put32(target, offset, (0x45 << 8 | IPV4_TYPE_OF_SERVICE) << 16 | length);
        // An error is never fragmented, so no other packet can be taken for a part of it: identification 0 (RFC 6864, 4.1).
        Bytes.put32(target, offset + IpPacket.IPV4_IDENTIFICATION_OFFSET, IPV4_DONT_FRAGMENT);
        Bytes.put32(target, offset + IpPacket.IPV4_TTL_OFFSET, (TTL << 8 | IpProtocol.ICMP) << 16);
        Bytes.put32(target, offset + IpPacket.IPV4_SOURCE_OFFSET, (int) packet.destinationLow());
        Bytes.put32(target, offset + IpPacket.IPV4_DESTINATION_OFFSET, (int) packet.sourceLow());
        Bytes.put16(target, offset + IpPacket.IPV4_CHECKSUM_OFFSET,
                InternetChecksum.of(target, offset, IpPacket.IPV4_HEADER_LENGTH));
        writeIcmp(IcmpHeader.DESTINATION_UNREACHABLE << 8 | FRAGMENTATION_NEEDED, mtu, 0, target,
                offset + IpPacket.IPV4_HEADER_LENGTH, length - IpPacket.IPV4_HEADER_LENGTH);
    }

    /** RFC 8200, 3, and RFC 4443, 3.2. */
    private static void writeIpv6(IpPacket packet, int mtu, ByteBuffer target, int offset, int length) {
        int payload = length - IpPacket.IPV6_HEADER_LENGTH;
        Bytes.put32(target, offset, 6 << 28);
        Bytes.put32(target, offset + 4, payload << 16 | IpProtocol.ICMPV6 << 8 | TTL);
        int source = offset + IpPacket.IPV6_SOURCE_OFFSET;
        Bytes.put64(target, source, packet.destinationHigh());
        Bytes.put64(target, source + Long.BYTES, packet.destinationLow());
        int destination = offset + IpPacket.IPV6_DESTINATION_OFFSET;
        Bytes.put64(target, destination, packet.sourceHigh());
        Bytes.put64(target, destination + Long.BYTES, packet.sourceLow());
        long pseudoHeader = InternetChecksum.sum(target, source, 32) + payload + IpProtocol.ICMPV6;
        writeIcmp(V6_PACKET_TOO_BIG << 8, mtu, pseudoHeader, target, offset + IpPacket.IPV6_HEADER_LENGTH, payload);
    }

    /** The quote stands already: the checksum covers it. */
    private static void writeIcmp(int typeAndCode, int mtu, long pseudoHeaderSum, ByteBuffer target, int offset, int length) {
        Bytes.put32(target, offset, typeAndCode << 16);
        Bytes.put32(target, offset + REST_OFFSET, mtu);
        int checksum = ~InternetChecksum.fold(pseudoHeaderSum + InternetChecksum.sum(target, offset, length)) & 0xffff;
        Bytes.put16(target, offset + IcmpHeader.CHECKSUM_OFFSET, checksum);
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
