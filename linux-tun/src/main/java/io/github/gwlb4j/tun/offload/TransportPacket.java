package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;

/**
 * A packet looked at for merging: its kind, its flow, and whether it equals another in all that must not change. Owned by
 * one thread; allocates nothing. Set by {@link #read}, valid until the next.
 */
final class TransportPacket {

    private static final long HASH_MULTIPLIER = 0x9e3779b97f4a7c15L;

    ByteBuffer buffer;
    int offset;
    int length;
    boolean ipv4;
    boolean tcp;
    /** Length of the IP header, and so the offset of the TCP or UDP header. */
    int l4Start;
    /** Length of both headers; undefined where the packet has no flow. */
    int headerLength;
    int payloadLength;
    /** Whether addresses and ports are known, so that order within the flow can be kept. */
    boolean hasFlow;
    /** Whether this packet could belong to any flow, so that order must be kept among all. */
    boolean mayBeAnyFlow;

    /** Looks at a packet; {@link CoalesceOutcome#STARTED} means that it may be merged as far as it alone can tell. */
    CoalesceOutcome read(ByteBuffer packets, int packetOffset, int packetLength) {
        buffer = packets;
        offset = packetOffset;
        length = packetLength;
        hasFlow = false;
        mayBeAnyFlow = false;
        int version = packetLength < IpFields.IPV4_LENGTH ? 0 : u8(0) >>> 4;
        CoalesceOutcome outcome = switch (version) {
            case 4 -> readIpv4();
            case 6 -> readIpv6();
            default -> CoalesceOutcome.NOT_TCP_OR_UDP;
        };
        if (!hasFlow) {
            return outcome;
        }
        return tcp ? readTcp() : readUdp();
    }

    private int u8(int at) {
        return Byte.toUnsignedInt(buffer.get(offset + at));
    }

    private int u16(int at) {
        return Short.toUnsignedInt(buffer.getShort(offset + at));
    }

    private CoalesceOutcome readIpv4() {
        ipv4 = true;
        int protocol = u8(IpFields.IPV4_PROTOCOL);
        if (protocol != IpFields.PROTOCOL_TCP && protocol != IpFields.PROTOCOL_UDP) {
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        l4Start = IpFields.IPV4_LENGTH;
        boolean plain = u8(0) == 0x45 && (u16(IpFields.IPV4_FRAGMENT) & ~IpFields.DONT_FRAGMENT) == 0;
        return classify(protocol, plain, u16(IpFields.IPV4_TOTAL_LENGTH) == length);
    }

    private CoalesceOutcome readIpv6() {
        ipv4 = false;
        if (length < IpFields.IPV6_LENGTH) {
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        int next = u8(IpFields.IPV6_NEXT_HEADER);
        if (next == IpFields.PROTOCOL_ICMPV6) {
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        l4Start = IpFields.IPV6_LENGTH;
        boolean plain = next == IpFields.PROTOCOL_TCP || next == IpFields.PROTOCOL_UDP;
        return classify(next, plain, u16(IpFields.IPV6_PAYLOAD_LENGTH) + IpFields.IPV6_LENGTH == length);
    }

    private CoalesceOutcome classify(int protocol, boolean plain, boolean lengthRight) {
        tcp = protocol == IpFields.PROTOCOL_TCP;
        int l4MinLength = tcp ? IpFields.TCP_MIN_LENGTH : IpFields.UDP_LENGTH_BYTES;
        if (!plain) {
            mayBeAnyFlow = true;
            return CoalesceOutcome.FRAGMENT_OR_OPTIONS;
        }
        if (!lengthRight || length < l4Start + l4MinLength) {
            mayBeAnyFlow = true;
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        hasFlow = true;
        return CoalesceOutcome.STARTED;
    }

    private CoalesceOutcome readTcp() {
        int reservedAndOffset = u8(l4Start + IpFields.TCP_DATA_OFFSET);
        int flags = u8(l4Start + IpFields.TCP_FLAGS);
        headerLength = l4Start + (reservedAndOffset >>> 4) * 4;
        if (headerLength < l4Start + IpFields.TCP_MIN_LENGTH || headerLength > length) {
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        payloadLength = length - headerLength;
        if ((reservedAndOffset & 0x0f) != 0 || (flags & ~IpFields.PSH) != IpFields.ACK) {
            return CoalesceOutcome.TCP_FLAGS;
        }
        if (payloadLength == 0) {
            return CoalesceOutcome.NO_PAYLOAD;
        }
        boolean otherZero = u16(l4Start + IpFields.TCP_CHECKSUM) == 0xffff;
        return otherZero || ipv4 && u16(IpFields.IPV4_CHECKSUM) == 0xffff ? CoalesceOutcome.CHECKSUM_FORM : CoalesceOutcome.STARTED;
    }

    private CoalesceOutcome readUdp() {
        headerLength = l4Start + IpFields.UDP_LENGTH_BYTES;
        payloadLength = length - headerLength;
        if (u16(l4Start + IpFields.UDP_LENGTH) != length - l4Start) {
            return CoalesceOutcome.NOT_TCP_OR_UDP;
        }
        if (payloadLength == 0) {
            return CoalesceOutcome.NO_PAYLOAD;
        }
        boolean none = u16(l4Start + IpFields.UDP_CHECKSUM) == 0;
        return none || ipv4 && u16(IpFields.IPV4_CHECKSUM) == 0xffff ? CoalesceOutcome.CHECKSUM_FORM : CoalesceOutcome.STARTED;
    }

    boolean hasPush() {
        return tcp && hasPush(buffer, offset, ipv4);
    }

    /** Of a TCP packet without IPv4 options and IPv6 extension headers, as all whose flow is known. */
    static boolean hasPush(ByteBuffer buffer, int packet, boolean ipv4) {
        return (buffer.get(packet + l4Start(ipv4) + IpFields.TCP_FLAGS) & IpFields.PSH) != 0;
    }

    int sequence() {
        return tcp ? sequence(buffer, offset, ipv4) : 0;
    }

    /** As {@link #hasPush(ByteBuffer, int, boolean)}. */
    static int sequence(ByteBuffer buffer, int packet, boolean ipv4) {
        return buffer.getInt(packet + l4Start(ipv4) + IpFields.TCP_SEQUENCE);
    }

    int ipv4Id() {
        return ipv4 ? ipv4Id(buffer, offset) : 0;
    }

    static int ipv4Id(ByteBuffer buffer, int packet) {
        return Short.toUnsignedInt(buffer.getShort(packet + IpFields.IPV4_ID));
    }

    private static int l4Start(boolean ipv4) {
        return ipv4 ? IpFields.IPV4_LENGTH : IpFields.IPV6_LENGTH;
    }

    /** Hash of version, protocol, addresses and ports. */
    int flowHash() {
        long hash = tcp ? 1 : 2;
        int addresses = offset + (ipv4 ? IpFields.IPV4_ADDRESSES : IpFields.IPV6_ADDRESSES);
        for (int at = addresses; at < offset + l4Start; at += 8) {
            hash = (hash ^ buffer.getLong(at)) * HASH_MULTIPLIER;
            hash ^= hash >>> 32;
        }
        hash = (hash ^ buffer.getInt(offset + l4Start)) * HASH_MULTIPLIER;
        return (int) (hash >>> 32);
    }

    /** Whether another packet, which has a flow and the same version and protocol, has the same addresses and ports. */
    boolean sameFlow(int other) {
        // Addresses end where the ports start, in both versions.
        for (int at = ipv4 ? IpFields.IPV4_ADDRESSES : IpFields.IPV6_ADDRESSES; at < l4Start; at += Long.BYTES) {
            if (buffer.getLong(offset + at) != buffer.getLong(other + at)) {
                return false;
            }
        }
        return sameInt(other, l4Start);
    }

    /** Whether another packet of the same flow has the same headers but for what a split counts up or computes. */
    boolean sameHeaders(int other, int otherHeaderLength) {
        if (headerLength != otherHeaderLength) {
            return false;
        }
        // IPv4: version, header length, type of service; fragment bits, time to live, protocol.
        // IPv6: version, traffic class, flow label; next header, hop limit.
        boolean sameIp = ipv4 ? sameShort(other, 0) && sameInt(other, IpFields.IPV4_FRAGMENT)
                : sameInt(other, 0) && sameShort(other, IpFields.IPV6_NEXT_HEADER);
        return sameIp && (!tcp || sameTcp(other));
    }

    /** TCP flags differ by PSH at most, which is handled apart. */
    private boolean sameTcp(int other) {
        if (!sameInt(other, l4Start + IpFields.TCP_ACK_NUMBER) || !sameShort(other, l4Start + IpFields.TCP_WINDOW)
                || !sameShort(other, l4Start + IpFields.TCP_URGENT)) {
            return false;
        }
        for (int at = l4Start + IpFields.TCP_MIN_LENGTH; at < headerLength; at += Integer.BYTES) {
            if (!sameInt(other, at)) {
                return false;
            }
        }
        return true;
    }

    private boolean sameInt(int other, int at) {
        return buffer.getInt(offset + at) == buffer.getInt(other + at);
    }

    private boolean sameShort(int other, int at) {
        return buffer.getShort(offset + at) == buffer.getShort(other + at);
    }

    boolean checksumsRight() {
        return checksumsRight(buffer, offset, length, ipv4, tcp);
    }

    static boolean checksumsRight(ByteBuffer buffer, int packet, int length, boolean ipv4, boolean tcp) {
        int protocol = tcp ? IpFields.PROTOCOL_TCP : IpFields.PROTOCOL_UDP;
        int l4Start = l4Start(ipv4);
        int l4Length = length - l4Start;
        if (ipv4 && Checksums.sum(buffer, packet, l4Start) != 0xffff) {
            return false;
        }
        long pseudo = ipv4 ? Checksums.pseudoHeader4(buffer, packet, protocol, l4Length)
                : Checksums.pseudoHeader6(buffer, packet, protocol, l4Length);
        return Checksums.fold(pseudo + Checksums.sum(buffer, packet + l4Start, l4Length)) == 0xffff;
    }
}
