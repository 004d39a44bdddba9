package io.github.gwlb4j.packet;

/** Whether a packet's transport header is there and its lengths fit. Stateless; allocates nothing. */
final class TransportCheck {
    /** SCTP's common header, and DCCP's shortest. */
    private static final int SCTP_AND_DCCP_HEADER_LENGTH = 12;

    private TransportCheck() {
    }

    /** OK also for protocols that are not known here; not for later fragments, which have no transport header. */
    static PacketStatus statusOf(IpPacket packet) {
        switch (packet.protocol()) {
            case IpProtocol.TCP:
                return TcpHeader.statusOf(packet);
            case IpProtocol.UDP:
                return UdpHeader.statusOf(packet);
            case IpProtocol.ICMP:
            case IpProtocol.ICMPV6:
                return require(packet, IcmpHeader.LENGTH);
            case IpProtocol.UDP_LITE:
                return require(packet, UdpHeader.LENGTH);
            case IpProtocol.SCTP:
            case IpProtocol.DCCP:
                return require(packet, SCTP_AND_DCCP_HEADER_LENGTH);
            default:
                return PacketStatus.OK;
        }
    }

    private static PacketStatus require(IpPacket packet, int lengthBytes) {
        return packet.transportLength() < lengthBytes ? PacketStatus.TRANSPORT_TRUNCATED : PacketStatus.OK;
    }
}
