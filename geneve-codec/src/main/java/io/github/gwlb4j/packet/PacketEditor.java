package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Changes a packet in place and keeps its checksums right by updating them for the changed field (RFC 1624), so a wrong
 * checksum stays exactly as wrong as it was.
 *
 * <p>Stateless; call it on the thread that owns the packet. Nothing is allocated. Lengths never change, so the
 * {@link IpPacket} stays valid. TCP, UDP, UDP-Lite, DCCP and ICMPv6 checksums cover the addresses and are updated where the
 * header is there; a UDP checksum of 0 (none) stays 0, and one that becomes 0 is written as 0xFFFF (RFC 768). In later
 * fragments only the IP header changes: the transport checksum is in the first one. SCTP's CRC covers no addresses; changing
 * SCTP ports is refused.
 */
public final class PacketEditor {
    private static final int NONE = -1;
    private static final int ECN_MASK = 3;

    private PacketEditor() {
    }

    /**
     * Sets the IPv4 source address.
     *
     * @param packet  IPv4, wrapped with {@link PacketStatus#OK}
     * @param address 32 bits, the first octet on top
     * @return false if the packet is not IPv4; nothing is changed then
     */
    public static boolean setIpv4Source(IpPacket packet, int address) {
        return setIpv4Address(packet, IpLayout.IPV4_SOURCE_OFFSET, address);
    }

    /**
     * Sets the IPv4 destination address.
     *
     * @param packet  IPv4, wrapped with {@link PacketStatus#OK}
     * @param address 32 bits, the first octet on top
     * @return false if the packet is not IPv4; nothing is changed then
     */
    public static boolean setIpv4Destination(IpPacket packet, int address) {
        return setIpv4Address(packet, IpLayout.IPV4_DESTINATION_OFFSET, address);
    }

    /**
     * Sets the IPv6 source address.
     *
     * @param packet IPv6, wrapped with {@link PacketStatus#OK}
     * @param high   first 64 bits
     * @param low    last 64 bits
     * @return false if the packet is not IPv6; nothing is changed then
     */
    public static boolean setIpv6Source(IpPacket packet, long high, long low) {
        return setIpv6Address(packet, IpLayout.IPV6_SOURCE_OFFSET, high, low);
    }

    /**
     * Sets the destination address in the IPv6 header. Behind a routing header with segments left the transport checksum
     * belongs to the final destination (RFC 8200, 8.1), so both stay as they are.
     *
     * @param packet IPv6, wrapped with {@link PacketStatus#OK}
     * @param high   first 64 bits
     * @param low    last 64 bits
     * @return false if the packet is not IPv6; nothing is changed then
     */
    public static boolean setIpv6Destination(IpPacket packet, long high, long low) {
        return setIpv6Address(packet, IpLayout.IPV6_DESTINATION_OFFSET, high, low);
    }

    /**
     * Sets the transport source port.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param port   0 to 65535
     * @return false if the packet has no ports that can be changed: a later fragment, another protocol, SCTP, or cut short
     */
    public static boolean setSourcePort(IpPacket packet, int port) {
        return setPort(packet, 0, port);
    }

    /**
     * Sets the transport destination port.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param port   0 to 65535
     * @return false if the packet has no ports that can be changed: a later fragment, another protocol, SCTP, or cut short
     */
    public static boolean setDestinationPort(IpPacket packet, int port) {
        return setPort(packet, 2, port);
    }

    /**
     * Sets time to live or hop limit.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param ttl    0 to 255
     */
    public static void setTtl(IpPacket packet, int ttl) {
        if (packet.version() == 4) {
            // Checksums add up 16-bit words: TTL shares one with the protocol.
            setIpv4Word(packet, IpLayout.IPV4_TTL_OFFSET, (ttl & 0xff) << 8 | packet.protocol());
        } else {
            Bytes.put8(packet.buffer(), packet.offset() + IpLayout.IPV6_HOP_LIMIT_OFFSET, ttl);
        }
    }

    /**
     * Sets the differentiated services code point (RFC 2474).
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param dscp   0 to 63
     */
    public static void setDscp(IpPacket packet, int dscp) {
        setTrafficClass(packet, (dscp & 0x3f) << 2 | packet.trafficClass() & ECN_MASK);
    }

    /**
     * Sets the explicit congestion notification field (RFC 3168).
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param ecn    0 to 3
     */
    public static void setEcn(IpPacket packet, int ecn) {
        setTrafficClass(packet, packet.trafficClass() & ~ECN_MASK | ecn & ECN_MASK);
    }

    /**
     * Takes over what an outer header says of congestion when a packet leaves a tunnel (RFC 6040, see {@link Ecn#decapsulate}).
     * DSCP and TTL stay the inner ones.
     *
     * @param packet   the inner packet, wrapped with {@link PacketStatus#OK}
     * @param outerEcn ECN field of the outer header, 0 to 3
     * @return false if the packet must be dropped; nothing is changed then
     */
    public static boolean applyOuterEcn(IpPacket packet, int outerEcn) {
        int inner = packet.trafficClass() & ECN_MASK;
        int combined = Ecn.decapsulate(inner, outerEcn & ECN_MASK);
        if (combined == Ecn.DROP) {
            return false;
        }
        if (combined != inner) {
            setEcn(packet, combined);
        }
        return true;
    }

    /**
     * Lowers the maximum segment size of a TCP SYN, so that both ends send segments that fit a smaller path.
     *
     * @param packet  wrapped with {@link PacketStatus#OK}
     * @param tcp     reused, so that nothing is allocated; lies over the packet's TCP header afterwards if there is one
     * @param maximum 0 to 65535
     * @return whether it was lowered: false for anything but a SYN with an MSS option above the maximum
     */
    public static boolean clampMss(IpPacket packet, TcpHeader tcp, int maximum) {
        if (!tcp.wrap(packet) || !tcp.has(TcpHeader.SYN)) {
            return false;
        }
        int option = tcp.findMss();
        if (option == NONE) {
            return false;
        }
        ByteBuffer buffer = packet.buffer();
        int at = option + 2;
        int before = Bytes.u16(buffer, at);
        if (before <= maximum) {
            return false;
        }
        Bytes.put16(buffer, at, maximum);
        int checksumAt = packet.transportOffset() + TcpHeader.CHECKSUM_OFFSET;
        boolean isOdd = (at - packet.transportOffset() & 1) != 0; // its bytes lie in two words then, each in the other half
        Bytes.put16(buffer, checksumAt, isOdd
                ? InternetChecksum.update16(Bytes.u16(buffer, checksumAt), swapped(before), swapped(maximum))
                : InternetChecksum.update16(Bytes.u16(buffer, checksumAt), before, maximum));
        return true;
    }

    private static int swapped(int word) {
        return word << 8 & 0xff00 | word >> 8 & 0xff;
    }

    private static void setTrafficClass(IpPacket packet, int trafficClass) {
        int word = Bytes.u16(packet.buffer(), packet.offset());
        if (packet.version() == 4) {
            setIpv4Word(packet, 0, word & 0xff00 | trafficClass);
        } else {
            Bytes.put16(packet.buffer(), packet.offset(), word & 0xf00f | trafficClass << 4);
        }
    }

    private static boolean setIpv4Address(IpPacket packet, int fieldOffset, int address) {
        if (packet.version() != 4) {
            return false;
        }
        ByteBuffer buffer = packet.buffer();
        int at = packet.offset() + fieldOffset;
        int before = Bytes.i32(buffer, at);
        Bytes.put32(buffer, at, address);
        int checksumAt = packet.offset() + IpLayout.IPV4_CHECKSUM_OFFSET;
        Bytes.put16(buffer, checksumAt, InternetChecksum.update32(Bytes.u16(buffer, checksumAt), before, address));
        int transport = transportChecksumAt(packet);
        if (transport != NONE) {
            putTransportChecksum(packet, transport, InternetChecksum.update32(Bytes.u16(buffer, transport), before, address));
        }
        return true;
    }

    private static boolean setIpv6Address(IpPacket packet, int fieldOffset, long high, long low) {
        if (packet.version() != 6) {
            return false;
        }
        ByteBuffer buffer = packet.buffer();
        int at = packet.offset() + fieldOffset;
        long highBefore = Bytes.i64(buffer, at);
        long lowBefore = Bytes.i64(buffer, at + Long.BYTES);
        Bytes.put64(buffer, at, high);
        Bytes.put64(buffer, at + Long.BYTES, low);
        boolean isCovered = fieldOffset == IpLayout.IPV6_SOURCE_OFFSET || !packet.hasSegmentsLeft();
        int transport = isCovered ? transportChecksumAt(packet) : NONE;
        if (transport != NONE) {
            int checksum = InternetChecksum.update64(Bytes.u16(buffer, transport), highBefore, high);
            putTransportChecksum(packet, transport, InternetChecksum.update64(checksum, lowBefore, low));
        }
        return true;
    }

    private static boolean setPort(IpPacket packet, int fieldOffset, int port) {
        if (!packet.hasPorts()) {
            return false;
        }
        int transport = transportChecksumAt(packet);
        if (transport == NONE) {
            return isUdpWithoutChecksum(packet) && putPort(packet, fieldOffset, port);
        }
        int before = Bytes.u16(packet.buffer(), packet.transportOffset() + fieldOffset);
        putPort(packet, fieldOffset, port);
        putTransportChecksum(packet, transport, InternetChecksum.update16(Bytes.u16(packet.buffer(), transport), before, port));
        return true;
    }

    private static boolean putPort(IpPacket packet, int fieldOffset, int port) {
        Bytes.put16(packet.buffer(), packet.transportOffset() + fieldOffset, port);
        return true;
    }

    private static void setIpv4Word(IpPacket packet, int fieldOffset, int after) {
        ByteBuffer buffer = packet.buffer();
        int at = packet.offset() + fieldOffset;
        int before = Bytes.u16(buffer, at);
        Bytes.put16(buffer, at, after);
        int checksumAt = packet.offset() + IpLayout.IPV4_CHECKSUM_OFFSET;
        Bytes.put16(buffer, checksumAt, InternetChecksum.update16(Bytes.u16(buffer, checksumAt), before, after));
    }

    private static boolean isUdpWithoutChecksum(IpPacket packet) {
        int at = checksumFieldAt(packet, UdpHeader.CHECKSUM_OFFSET);
        return packet.protocol() == IpProtocol.UDP && at != NONE && Bytes.u16(packet.buffer(), at) == 0;
    }

    /** Where the transport checksum stands, or NONE: a later fragment, no checksum over addresses, none computed, cut short. */
    private static int transportChecksumAt(IpPacket packet) {
        if (packet.fragmentOffset() != 0) {
            return NONE;
        }
        switch (packet.protocol()) {
            case IpProtocol.TCP: return checksumFieldAt(packet, TcpHeader.CHECKSUM_OFFSET);
            case IpProtocol.UDP: return isUdpWithoutChecksum(packet) ? NONE : checksumFieldAt(packet, UdpHeader.CHECKSUM_OFFSET);
            case IpProtocol.UDP_LITE:
            case IpProtocol.DCCP: return checksumFieldAt(packet, UdpHeader.CHECKSUM_OFFSET);
            case IpProtocol.ICMPV6: return checksumFieldAt(packet, IcmpHeader.CHECKSUM_OFFSET);
            default: return NONE;
        }
    }

    private static int checksumFieldAt(IpPacket packet, int field) {
        return packet.transportLength() >= field + 2 ? packet.transportOffset() + field : NONE;
    }

    private static void putTransportChecksum(IpPacket packet, int at, int checksum) {
        boolean isZeroReserved = packet.protocol() == IpProtocol.UDP || packet.protocol() == IpProtocol.UDP_LITE;
        Bytes.put16(packet.buffer(), at, checksum == 0 && isZeroReserved ? 0xffff : checksum);
    }
}
