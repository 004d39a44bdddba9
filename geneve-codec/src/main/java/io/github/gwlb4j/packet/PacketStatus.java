package io.github.gwlb4j.packet;

/**
 * What is wrong with an IP packet or its transport header, or {@link #OK}.
 *
 * <p>A value, not an exception: the receive path counts it. Immutable; usable from any thread.
 */
public enum PacketStatus {
    /** Nothing is wrong. */
    OK("well-formed"),
    /** The payload is not an IP packet, for example ARP in an Ethernet frame. */
    NOT_IP("not an IP packet"),
    /** The payload is an Ethernet frame that ends inside its header or a VLAN tag. */
    ETHERNET_TRUNCATED("Ethernet header is truncated"),
    /** The EtherType of the Ethernet frame says IPv4 or IPv6, the version nibble says otherwise. */
    IP_VERSION_MISMATCH("EtherType does not fit the IP version"),
    /** Fewer bytes than the fixed IP header (20 for IPv4, 40 for IPv6). */
    IP_HEADER_TRUNCATED("IP header is truncated"),
    /** The version nibble is neither 4 nor 6. */
    IP_VERSION_UNKNOWN("IP version is neither 4 nor 6"),
    /** IPv4: the header length is under 20 bytes or reaches past the total length (RFC 791, 3.1). */
    IPV4_HEADER_LENGTH_WRONG("IPv4 header length is wrong"),
    /** The IP header states more bytes than there are. */
    IP_LENGTH_EXCEEDS_DATA("IP length exceeds the data"),
    /** IPv6: an extension header reaches past the packet's end (RFC 8200, 4). */
    EXTENSION_HEADER_TRUNCATED("IPv6 extension header is truncated"),
    /** IPv6: more extension headers than {@link IpPacket#MAX_EXTENSION_HEADERS}. */
    EXTENSION_HEADERS_TOO_MANY("too many IPv6 extension headers"),
    /** The packet ends inside its transport header. */
    TRANSPORT_TRUNCATED("transport header is truncated"),
    /** TCP: the data offset is under 20 bytes or reaches past the packet's end (RFC 9293, 3.1). */
    TCP_DATA_OFFSET_WRONG("TCP data offset is wrong"),
    /** UDP: the length is under 8 bytes or more than the packet holds (RFC 768). */
    UDP_LENGTH_WRONG("UDP length is wrong");

    private final String label;

    PacketStatus(String label) {
        this.label = label;
    }

    /**
     * Says the same in words, for counters and logs.
     *
     * @return a short phrase in English, without a full stop
     */
    public String label() {
        return label;
    }
}
