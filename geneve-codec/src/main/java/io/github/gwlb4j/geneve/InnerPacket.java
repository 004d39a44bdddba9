package io.github.gwlb4j.geneve;

import io.github.gwlb4j.packet.EthernetFrame;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;

/**
 * The payload of a GENEVE datagram, looked through to its IP packet: bare IPv4 and IPv6, or an Ethernet frame around them.
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing. A Gateway Load Balancer sends
 * bare IP only; there {@link IpPacket} alone is enough.
 */
public final class InnerPacket {
    private final EthernetFrame ethernet = new EthernetFrame();
    private final IpPacket ip = new IpPacket();
    private boolean isEthernet;

    /** Makes a view that wraps nothing yet. */
    public InnerPacket() {
    }

    /**
     * Lays this view over a datagram's payload.
     *
     * @param header validated with {@link GeneveStatus#OK}
     * @return {@link PacketStatus#OK} if {@link #ip()} may be read, {@link PacketStatus#NOT_IP} if the payload is something
     *         else, such as ARP, or what is wrong with it
     */
    public PacketStatus wrap(GeneveHeader header) {
        return wrap(header, false);
    }

    /**
     * As {@link #wrap}, for a datagram whose end is missing, as captures have them: the IP packet may state more bytes than
     * there are.
     *
     * @param header wrapped around what there is of the datagram, its options complete
     * @return as {@link #wrap}
     */
    public PacketStatus wrapTruncated(GeneveHeader header) {
        return wrap(header, true);
    }

    private PacketStatus wrap(GeneveHeader header, boolean isTruncated) {
        isEthernet = header.protocolType() == Geneve.PROTOCOL_ETHERNET;
        if (!isEthernet) {
            return wrapIp(header, header.protocolType(), header.payloadOffset(), header.payloadLength(), isTruncated);
        }
        PacketStatus status = ethernet.wrap(header.buffer(), header.payloadOffset(), header.payloadLength());
        return status == PacketStatus.OK
                ? wrapIp(header, ethernet.etherType(), ethernet.payloadOffset(), ethernet.payloadLength(), isTruncated) : status;
    }

    private PacketStatus wrapIp(GeneveHeader header, int etherType, int offset, int length, boolean isTruncated) {
        int version = etherType == Geneve.PROTOCOL_IPV4 ? 4 : 6;
        if (version == 6 && etherType != Geneve.PROTOCOL_IPV6) {
            return PacketStatus.NOT_IP;
        }
        PacketStatus status = isTruncated
                ? ip.wrapTruncated(header.buffer(), offset, length) : ip.wrap(header.buffer(), offset, length);
        return status == PacketStatus.OK && ip.version() != version ? PacketStatus.IP_VERSION_MISMATCH : status;
    }

    /**
     * Whether the payload is an Ethernet frame.
     *
     * @return true if {@link #ethernet()} may be read, provided that it is not {@link PacketStatus#ETHERNET_TRUNCATED}
     */
    public boolean isEthernet() {
        return isEthernet;
    }

    /**
     * The Ethernet frame around the packet.
     *
     * @return the same flyweight each time
     */
    public EthernetFrame ethernet() {
        return ethernet;
    }

    /**
     * The IP packet.
     *
     * @return the same flyweight each time; to be read only after {@link PacketStatus#OK}
     */
    public IpPacket ip() {
        return ip;
    }
}
