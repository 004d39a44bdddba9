package io.github.gwlb4j.pcap;

/**
 * Link types: at which layer the bytes of a captured packet start. Registered values are 0 to 65535, see
 * <a href="https://www.tcpdump.org/linktypes.html">tcpdump.org/linktypes.html</a>; the negative ones are this library's own,
 * for hex dumps that start further in, and never stand in a file.
 */
public final class LinkType {

    /** BSD loopback: 4 bytes address family in the byte order of the capturing host, then IP. */
    public static final int NULL = 0;
    /** Ethernet, without frame check sequence. */
    public static final int ETHERNET = 1;
    /** Raw IP, the number that some systems have put into files in place of {@link #RAW}. */
    public static final int RAW_BSD = 12;
    /** Raw IP, as written on OpenBSD. */
    public static final int RAW_OPENBSD = 14;
    /** Raw IP: the packet starts with an IPv4 or IPv6 header. */
    public static final int RAW = 101;
    /** OpenBSD loopback: like {@link #NULL}, the address family in network byte order. */
    public static final int LOOP = 108;
    /** Linux cooked capture, 16 bytes ({@code tcpdump -i any}). */
    public static final int LINUX_SLL = 113;
    /** Raw IPv4. */
    public static final int IPV4 = 228;
    /** Raw IPv6. */
    public static final int IPV6 = 229;
    /** Linux cooked capture version 2, 20 bytes. */
    public static final int LINUX_SLL2 = 276;

    /** Private: the bytes start at a UDP header, there is no IP header. */
    public static final int UDP_HEADER = -1;
    /** Private: the bytes are the payload of a UDP datagram, such as a GENEVE header. */
    public static final int UDP_PAYLOAD = -2;

    private LinkType() {
    }

    /**
     * A name for messages.
     *
     * @param linkType any value
     * @return the tcpdump.org name without {@code LINKTYPE_}, or {@code LINKTYPE n} for one not known here
     */
    public static String nameOf(int linkType) {
        return switch (linkType) {
            case NULL -> "NULL";
            case ETHERNET -> "ETHERNET";
            case RAW_BSD, RAW_OPENBSD, RAW -> "RAW";
            case LOOP -> "LOOP";
            case LINUX_SLL -> "LINUX_SLL";
            case IPV4 -> "IPV4";
            case IPV6 -> "IPV6";
            case LINUX_SLL2 -> "LINUX_SLL2";
            case UDP_HEADER -> "UDP header";
            case UDP_PAYLOAD -> "UDP payload";
            default -> "LINKTYPE " + linkType;
        };
    }
}
