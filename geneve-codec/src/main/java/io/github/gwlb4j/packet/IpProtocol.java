package io.github.gwlb4j.packet;

/** IP protocol numbers (IANA "Protocol Numbers") that this library treats by name. Immutable; usable from any thread. */
public final class IpProtocol {
    /** IPv6 hop-by-hop options, an extension header (RFC 8200, 4.3). */
    public static final int HOP_BY_HOP = 0;
    /** Internet Control Message Protocol (RFC 792). */
    public static final int ICMP = 1;
    /** Transmission Control Protocol (RFC 9293). */
    public static final int TCP = 6;
    /** User Datagram Protocol (RFC 768). */
    public static final int UDP = 17;
    /** Datagram Congestion Control Protocol (RFC 4340). */
    public static final int DCCP = 33;
    /** IPv6 routing header, an extension header (RFC 8200, 4.4). */
    public static final int ROUTING = 43;
    /** IPv6 fragment header, an extension header (RFC 8200, 4.5). */
    public static final int FRAGMENT = 44;
    /** Generic Routing Encapsulation (RFC 2784). */
    public static final int GRE = 47;
    /** Encapsulating Security Payload: what follows is encrypted (RFC 4303). */
    public static final int ESP = 50;
    /** Authentication header, an extension header in IPv6 (RFC 4302). */
    public static final int AUTHENTICATION = 51;
    /** ICMP for IPv6 (RFC 4443). */
    public static final int ICMPV6 = 58;
    /** IPv6: nothing follows (RFC 8200, 4.7). */
    public static final int NO_NEXT_HEADER = 59;
    /** IPv6 destination options, an extension header (RFC 8200, 4.6). */
    public static final int DESTINATION_OPTIONS = 60;
    /** Stream Control Transmission Protocol (RFC 9260). */
    public static final int SCTP = 132;
    /** IPv6 mobility header, an extension header (RFC 6275). */
    public static final int MOBILITY = 135;
    /** UDP-Lite (RFC 3828). */
    public static final int UDP_LITE = 136;
    /** Host identity protocol, an extension header (RFC 7401). */
    public static final int HOST_IDENTITY = 139;
    /** Shim6, an extension header (RFC 5533). */
    public static final int SHIM6 = 140;

    private IpProtocol() {
    }

    /**
     * Whether a transport protocol's header starts with a source and a destination port.
     *
     * @param protocol 0 to 255
     * @return true for TCP, UDP, SCTP, DCCP and UDP-Lite
     */
    public static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP || protocol == SCTP || protocol == DCCP || protocol == UDP_LITE;
    }

    /**
     * A protocol's short name, for people.
     *
     * @param protocol 0 to 255
     * @return lower case, for example {@code tcp}; the number if it has no name here
     */
    public static String name(int protocol) {
        switch (protocol) {
            case ICMP: return "icmp";
            case TCP: return "tcp";
            case UDP: return "udp";
            case DCCP: return "dccp";
            case GRE: return "gre";
            case ESP: return "esp";
            case AUTHENTICATION: return "ah";
            case ICMPV6: return "icmp6";
            case SCTP: return "sctp";
            case UDP_LITE: return "udplite";
            default: return Integer.toString(protocol);
        }
    }
}
