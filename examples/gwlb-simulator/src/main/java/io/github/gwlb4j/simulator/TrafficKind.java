package io.github.gwlb4j.simulator;

import java.util.Locale;

/** The kinds of built-in traffic. Each is a conversation of a client and a server, over IPv4 or IPv6. */
public enum TrafficKind {
    /** A DNS query for a host name and its answer, UDP port 53. */
    DNS,
    /** A TCP connection to port 80 from SYN to FIN: a GET and an answer of several segments. */
    HTTP,
    /** A TCP connection to port 443 with TLS records: ClientHello with a server name, ServerHello, data both ways. */
    TLS,
    /** An ICMP or ICMPv6 echo request and its reply. */
    ICMP,
    /** A UDP datagram to port 4500 and its answer, each in three IP fragments. */
    FRAGMENTS,
    /** UDP packets to port 9000 and back with the largest inner length, 8500 bytes. */
    JUMBO;

    /** Suffix of {@link #label} for IPv6. */
    static final String IPV6_SUFFIX = "6";

    /**
     * The name in reports and on the command line.
     *
     * @param isIpv6 whether the inner packets are IPv6
     * @return for example {@code dns}, and {@code dns6} over IPv6
     */
    public String label(boolean isIpv6) {
        String name = name().toLowerCase(Locale.ROOT);
        return isIpv6 ? name + IPV6_SUFFIX : name;
    }
}
