package io.github.gwlb4j.gwlb.transport;

/**
 * By what {@link LinuxTransport} chooses the worker of a datagram, where there are several. Immutable; usable from any thread.
 *
 * <p>The load balancer gives both directions of a flow one source port (RFC 8926 section 3.3 says SHOULD, captures show it), so the
 * outer header is enough to bring them to one worker. It is not for what has no ports of its own, fragments and ICMP errors, nor for
 * a tunnel endpoint that chooses another port for each direction. The inner modes do not look at the outer header at all: a classic
 * BPF program finds the inner packet behind GENEVE options of any length (SO_ATTACH_REUSEPORT_CBPF, socket(7), Linux 4.5) and
 * hashes, under a secret of this transport, the same for both directions. An ICMP error goes where the packet goes that it quotes.
 * What is not GENEVE with an IP packet inside goes where its outer header says, or to the first worker if it ends too early.
 *
 * <p>The kernel chooses once for datagrams that it has merged ({@link UdpOffload}): if two flows share an outer port and have packets
 * of one size, some of one follow the other's, now and then.
 */
public enum Steering {
    /**
     * {@link #INNER_FLOW}; but {@link #OUTER_FLOW} for an appliance without inline mode, whose workers share one flow table. Measured, the
     * program costs the kernel 60 ns a datagram, and 150 ns with IPv6 inside or other options than AWS's, of the 4,700 ns that receiving
     * it and sending it back take.
     */
    AUTO,
    /** The kernel's own way: a hash of the outer addresses and ports. */
    OUTER_FLOW,
    /**
     * Inner addresses, and ports of TCP, UDP, SCTP, DCCP and UDP-Lite. By addresses alone: fragments, the first one too, so that all of a
     * packet meet, but not always at their flow's worker; other protocols; IPv6 with extension headers.
     */
    INNER_FLOW,
    /**
     * Inner addresses alone: whatever passes between two hosts meets one worker, fragments too; two hosts cannot keep more than one
     * worker busy.
     */
    INNER_ADDRESSES
}
