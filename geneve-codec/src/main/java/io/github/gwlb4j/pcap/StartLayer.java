package io.github.gwlb4j.pcap;

/** At which layer the packets of a hex dump start; the dump itself does not say. */
public enum StartLayer {
    /**
     * Each packet is tried, in this order, as IP, Ethernet, Linux cooked, UDP and GENEVE, and the first that fits is taken: all
     * lengths down to the UDP datagram must agree and its destination port must be the expected one; GENEVE, which has no port,
     * must have version 0, options that fill their length exactly and a payload of the type it names.
     */
    AUTO(LinkType.RAW),
    /** An Ethernet header. */
    ETHERNET(LinkType.ETHERNET),
    /** A Linux cooked header of 16 bytes. */
    SLL(LinkType.LINUX_SLL),
    /** The outer IPv4 or IPv6 header. */
    IP(LinkType.RAW),
    /** The outer UDP header. */
    UDP(LinkType.UDP_HEADER),
    /** The GENEVE header. */
    GENEVE(LinkType.UDP_PAYLOAD);

    private final int linkType;

    StartLayer(int linkType) {
        this.linkType = linkType;
    }

    /** The link type that the packets carry; meaningless for AUTO, which is resolved packet by packet. */
    int linkType() {
        return linkType;
    }
}
