package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Read-only flyweight over one IPv4 or IPv6 packet: wrap, which checks the lengths once, then read.
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused for packet after packet. It allocates nothing and
 * never moves the buffer's position. {@link PacketEditor} changes a packet in place.
 *
 * <p>{@link #wrap} answers whether the IP layer is sound, IPv6 extension headers included; {@link #transportStatus} says the
 * same of the transport header. What is stated about offsets holds until the next {@link #wrap} or until someone changes the
 * length fields. Addresses are two longs: IPv6's upper and lower 64 bits; an IPv4 address is the lower 32 bits of the second,
 * the first is 0.
 */
public final class IpPacket {
    /** Longest chain of IPv6 extension headers that is walked. */
    public static final int MAX_EXTENSION_HEADERS = 16;
    /** Length in bytes of an IPv4 header without options (RFC 791, 3.1). */
    public static final int IPV4_HEADER_LENGTH = 20;
    /** Length in bytes of an IPv6 header without extension headers (RFC 8200, 3). */
    public static final int IPV6_HEADER_LENGTH = 40;

    private static final int IPV4_MORE_FRAGMENTS = 0x2000;
    private static final int IPV4_DONT_FRAGMENT = 0x4000;
    private static final int FRAGMENT_OFFSET_MASK = 0x1fff;

    private final ExtensionHeaders extensions = new ExtensionHeaders();
    private PacketStatus status = PacketStatus.IP_HEADER_TRUNCATED;
    private ByteBuffer buffer;
    private int offset;
    private int version;
    private int totalLength;
    private int protocol;
    private int transportOffset;
    /** More-fragments bit and fragment offset in 8-byte units, where IPv4's header has them; 0 in a whole packet. */
    private int fragment;
    private boolean hasExtensions;

    /** Makes a flyweight that wraps nothing yet. */
    public IpPacket() {
    }

    /**
     * Lays this flyweight over a packet and checks the IP layer. Bytes behind the packet's stated length are allowed
     * (Ethernet pads).
     *
     * @param buffer      holds the packet; its byte order does not matter
     * @param offset      absolute position of the IP header's first byte
     * @param lengthBytes bytes available from there
     * @return {@link PacketStatus#OK}, or what is wrong; only after OK may anything else be called
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit: a mistake of the caller, never of a sender
     */
    public PacketStatus wrap(ByteBuffer buffer, int offset, int lengthBytes) {
        return setStatus(parse(buffer, offset, lengthBytes, false));
    }

    /**
     * As {@link #wrap}, for a packet whose end is missing, as captures and ICMP errors have them: the stated length may exceed
     * what is there, and {@link #totalLength()} is what is there then.
     *
     * @param buffer      holds the packet's start; its byte order does not matter
     * @param offset      absolute position of the IP header's first byte
     * @param lengthBytes bytes available from there
     * @return {@link PacketStatus#OK}, or what is wrong; only after OK may anything else be called
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit: a mistake of the caller, never of a sender
     */
    public PacketStatus wrapTruncated(ByteBuffer buffer, int offset, int lengthBytes) {
        return setStatus(parse(buffer, offset, lengthBytes, true));
    }

    private PacketStatus setStatus(PacketStatus parsed) {
        if (status != parsed) { // storing a reference costs a garbage collector's barrier
            status = parsed;
        }
        return parsed;
    }

    private PacketStatus parse(ByteBuffer buffer, int offset, int lengthBytes, boolean isTruncated) {
        Objects.checkFromIndexSize(offset, lengthBytes, buffer.limit());
        if (this.buffer != buffer) {
            this.buffer = buffer;
        }
        this.offset = offset;
        if (lengthBytes < IPV4_HEADER_LENGTH) {
            return statusOfStub(lengthBytes);
        }
        long start = Bytes.i64(buffer, offset);
        version = (int) (start >>> 60);
        if (version == 4) {
            return parseIpv4(start, lengthBytes, isTruncated);
        }
        return version == 6 ? parseIpv6(start, lengthBytes, isTruncated) : PacketStatus.IP_VERSION_UNKNOWN;
    }

    private PacketStatus statusOfStub(int lengthBytes) {
        version = lengthBytes == 0 ? 4 : Bytes.u8(buffer, offset) >>> 4;
        return version == 4 || version == 6 ? PacketStatus.IP_HEADER_TRUNCATED : PacketStatus.IP_VERSION_UNKNOWN;
    }

    /** The first 8 bytes: version, IHL, type of service, total length, identification, flags and fragment offset. */
    private PacketStatus parseIpv4(long start, int available, boolean isTruncated) {
        int headerLength = (int) (start >>> 54) & 0x3c;
        int stated = (int) (start >>> 32) & 0xffff;
        if (headerLength < IPV4_HEADER_LENGTH || headerLength > stated) {
            return PacketStatus.IPV4_HEADER_LENGTH_WRONG;
        }
        if (stated > available && (!isTruncated || headerLength > available)) {
            return PacketStatus.IP_LENGTH_EXCEEDS_DATA;
        }
        totalLength = Math.min(stated, available);
        fragment = (int) start & (IPV4_MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK);
        protocol = Bytes.u8(buffer, offset + IpLayout.IPV4_PROTOCOL_OFFSET);
        transportOffset = offset + headerLength;
        return PacketStatus.OK;
    }

    /** The first 8 bytes: version, traffic class, flow label, payload length, next header, hop limit. */
    private PacketStatus parseIpv6(long start, int available, boolean isTruncated) {
        if (available < IPV6_HEADER_LENGTH) {
            return PacketStatus.IP_HEADER_TRUNCATED;
        }
        int stated = IPV6_HEADER_LENGTH + ((int) start >>> 16);
        if (stated > available && !isTruncated) {
            return PacketStatus.IP_LENGTH_EXCEEDS_DATA;
        }
        totalLength = Math.min(stated, available);
        fragment = 0;
        protocol = (int) start >>> 8 & 0xff;
        transportOffset = offset + IPV6_HEADER_LENGTH;
        hasExtensions = ExtensionHeaders.isExtensionHeader(protocol);
        return hasExtensions ? walkExtensionHeaders() : PacketStatus.OK;
    }

    private PacketStatus walkExtensionHeaders() {
        extensions.reset();
        PacketStatus walked = extensions.walk(buffer, protocol, transportOffset, offset + totalLength);
        protocol = extensions.protocol;
        transportOffset = extensions.transportOffset;
        fragment = extensions.fragmentOffset >> 3 | (extensions.moreFragments ? IPV4_MORE_FRAGMENTS : 0);
        return walked;
    }

    /** IPv6: an unfinished routing header, so that the destination in the IP header is not the one in the checksum. */
    boolean hasSegmentsLeft() {
        return version == 6 && hasExtensions && extensions.hasSegmentsLeft;
    }

    /** IPv6: absolute position of the address that stands in the transport checksum's pseudo header (RFC 8200, 8.1). */
    int finalDestinationOffset() {
        return hasExtensions && extensions.finalDestinationOffset >= 0
                ? extensions.finalDestinationOffset : offset + IpLayout.IPV6_DESTINATION_OFFSET;
    }

    /**
     * Checks the lengths of the transport header: TCP's data offset, UDP's length, and that ports or ICMP fields are there.
     *
     * @return {@link PacketStatus#OK} also for protocols that are not known here and for fragments other than the first
     */
    public PacketStatus transportStatus() {
        return isLaterFragment() ? PacketStatus.OK : TransportCheck.statusOf(this);
    }

    /**
     * Lays another flyweight over the packet that this ICMP error quotes. The quote is cut short by its sender, so its
     * stated length may exceed what is there.
     *
     * @param quoted receives the quoted packet; {@link #totalLength()} of it is what is there
     * @return {@link PacketStatus#OK}, or why there is no quoted packet to be read; {@link PacketStatus#NOT_IP} if this is no ICMP error
     */
    public PacketStatus wrapQuoted(IpPacket quoted) {
        if (!isIcmpError()) {
            return PacketStatus.NOT_IP;
        }
        return quoted.wrapTruncated(buffer, transportOffset + IcmpHeader.LENGTH, transportLength() - IcmpHeader.LENGTH);
    }

    /** {@return what {@link #wrap} answered last: {@link PacketStatus#OK}, or what is wrong with the IP layer} */
    public PacketStatus status() {
        return status;
    }

    /**
     * Whether this is an ICMP or ICMPv6 error message, which quotes the packet it is about (RFC 792, RFC 4443).
     *
     * @return true for destination unreachable, source quench, redirect, time exceeded, parameter problem, packet too big
     */
    public boolean isIcmpError() {
        if (!hasIcmpHeader()) {
            return false;
        }
        int type = Bytes.u8(buffer, transportOffset);
        return protocol == IpProtocol.ICMP ? IcmpHeader.isError(type) : IcmpHeader.isIcmpv6Error(type);
    }

    /**
     * Whether the packet starts with a whole ICMP header that belongs to its IP version.
     *
     * @return true if {@link IcmpHeader} may be wrapped around it
     */
    public boolean hasIcmpHeader() {
        return protocol == (version == 4 ? IpProtocol.ICMP : IpProtocol.ICMPV6)
                && !isLaterFragment() && transportLength() >= IcmpHeader.LENGTH;
    }

    /**
     * Whether source and destination port can be read: the protocol has ports, this is not a later fragment, and the bytes
     * are there.
     *
     * @return true if {@link #sourcePort()} and {@link #destinationPort()} may be called
     */
    public boolean hasPorts() {
        return !isLaterFragment() && IpProtocol.hasPorts(protocol) && transportLength() >= 4;
    }

    /** {@return the transport source port, 0 to 65535; meaningless without {@link #hasPorts()}} */
    public int sourcePort() {
        return Bytes.u16(buffer, transportOffset);
    }

    /** {@return the transport destination port, 0 to 65535; meaningless without {@link #hasPorts()}} */
    public int destinationPort() {
        return Bytes.u16(buffer, transportOffset + 2);
    }

    private boolean isLaterFragment() {
        return (fragment & FRAGMENT_OFFSET_MASK) != 0;
    }

    /** Both ports in one read, the source port on top; meaningless without {@link #hasPorts()}. */
    int ports() {
        return Bytes.i32(buffer, transportOffset);
    }

    /** IPv4: both addresses in one read, the source on top. */
    long ipv4Addresses() {
        return Bytes.i64(buffer, offset + IpLayout.IPV4_SOURCE_OFFSET);
    }

    /** {@return the IP version, 4 or 6} */
    public int version() {
        return version;
    }

    /** {@return the buffer given to {@link #wrap}} */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** {@return where the IP header starts: absolute position in {@link #buffer()}} */
    public int offset() {
        return offset;
    }

    /** {@return the length of the packet with its IP header in bytes, as that header states it} */
    public int totalLength() {
        return totalLength;
    }

    /** {@return the length of the IP header with IPv4 options or IPv6 extension headers in bytes, 20 or more} */
    public int headerLength() {
        return transportOffset - offset;
    }

    /**
     * The protocol behind the IP header and all extension headers.
     *
     * @return 0 to 255, see {@link IpProtocol}; in a later IPv6 fragment, what the fragment header says
     */
    public int protocol() {
        return protocol;
    }

    /** {@return where the transport header starts, or the data of a later fragment: absolute position in {@link #buffer()}} */
    public int transportOffset() {
        return transportOffset;
    }

    /** {@return the bytes from {@link #transportOffset()} to the packet's end, 0 or more} */
    public int transportLength() {
        return offset + totalLength - transportOffset;
    }

    /** {@return the upper half of the source address; IPv6: the first 64 bits; IPv4: 0} */
    public long sourceHigh() {
        return version == 4 ? 0 : Bytes.i64(buffer, offset + IpLayout.IPV6_SOURCE_OFFSET);
    }

    /** {@return the lower half of the source address; IPv6: the last 64 bits; IPv4: the address, 0 to 2^32-1} */
    public long sourceLow() {
        return version == 4
                ? Integer.toUnsignedLong(Bytes.i32(buffer, offset + IpLayout.IPV4_SOURCE_OFFSET))
                : Bytes.i64(buffer, offset + IpLayout.IPV6_SOURCE_OFFSET + Long.BYTES);
    }

    /** {@return the upper half of the destination address; IPv6: the first 64 bits; IPv4: 0} */
    public long destinationHigh() {
        return version == 4 ? 0 : Bytes.i64(buffer, offset + IpLayout.IPV6_DESTINATION_OFFSET);
    }

    /** {@return the lower half of the destination address; IPv6: the last 64 bits; IPv4: the address, 0 to 2^32-1} */
    public long destinationLow() {
        return version == 4
                ? Integer.toUnsignedLong(Bytes.i32(buffer, offset + IpLayout.IPV4_DESTINATION_OFFSET))
                : Bytes.i64(buffer, offset + IpLayout.IPV6_DESTINATION_OFFSET + Long.BYTES);
    }

    /** {@return the time to live or hop limit, 0 to 255} */
    public int ttl() {
        return Bytes.u8(buffer, offset + (version == 4 ? IpLayout.IPV4_TTL_OFFSET : IpLayout.IPV6_HOP_LIMIT_OFFSET));
    }

    /**
     * IPv4 type of service or IPv6 traffic class: DSCP in the upper 6 bits, ECN in the lower 2 (RFC 2474, RFC 3168).
     *
     * @return 0 to 255
     */
    public int trafficClass() {
        return version == 4 ? Bytes.u8(buffer, offset + 1) : Bytes.u16(buffer, offset) >>> 4 & 0xff;
    }

    /**
     * Whether this is a part of a packet. An IPv6 atomic fragment (offset 0, nothing follows) is a whole one (RFC 6946).
     *
     * @return true for first, middle and last fragments
     */
    public boolean isFragment() {
        return fragment != 0;
    }

    /**
     * Where this fragment's data belongs in the whole.
     *
     * @return bytes, a multiple of 8; 0 in a first fragment and in whole packets
     */
    public int fragmentOffset() {
        return (fragment & FRAGMENT_OFFSET_MASK) << 3;
    }

    /**
     * Whether more fragments follow this one.
     *
     * @return true in first and middle fragments
     */
    public boolean hasMoreFragments() {
        return (fragment & IPV4_MORE_FRAGMENTS) != 0;
    }

    /**
     * The protocol that all fragments of a packet agree on: IPv4's, or the one in the IPv6 fragment header, which may be
     * another extension header.
     *
     * @return 0 to 255; meaningful if {@link #isFragment()}
     */
    public int fragmentProtocol() {
        return version == 4 ? protocol : hasExtensions ? extensions.fragmentProtocol : 0;
    }

    /**
     * What tells the fragments of one packet from those of another.
     *
     * @return IPv4: 16 bits; IPv6: the fragment header's 32 bits, 0 if there is none
     */
    public int identification() {
        if (version == 4) {
            return Bytes.u16(buffer, offset + IpLayout.IPV4_IDENTIFICATION_OFFSET);
        }
        return hasExtensions && extensions.fragmentHeaderOffset >= 0
                ? Bytes.i32(buffer, extensions.fragmentHeaderOffset + 4) : 0;
    }

    /**
     * IPv4's DF bit. IPv6 routers never fragment.
     *
     * @return whether the packet must not be fragmented on its way
     */
    public boolean isDontFragment() {
        return version == 6 || (Bytes.u16(buffer, offset + IpLayout.IPV4_FRAGMENT_OFFSET) & IPV4_DONT_FRAGMENT) != 0;
    }

    /**
     * Addresses, protocol, ports and length in one line, for people. Cold path: allocates.
     *
     * @return for example {@code udp 10.0.0.1:53 > 10.0.0.2:4711, 120 bytes}
     */
    @Override
    public String toString() {
        return status == PacketStatus.OK ? PacketText.summary(this) : status.label();
    }
}
