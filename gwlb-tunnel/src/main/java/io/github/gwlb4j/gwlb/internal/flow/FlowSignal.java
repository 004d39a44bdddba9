package io.github.gwlb4j.gwlb.internal.flow;

/** What a packet means for the life of its flow. Immutable; usable from any thread. */
public enum FlowSignal {
    /** Traffic of the flow and nothing more. */
    DATA,
    /** A TCP packet that opens: the ports of a closed connection are used anew. */
    TCP_SYN,
    /** A TCP packet that closes its direction. */
    TCP_FIN,
    /** A TCP packet that closes both directions. */
    TCP_RST,
    /**
     * A later fragment or an ICMP error about the flow: it keeps the flow alive, but what the load balancer wrote on it never
     * replaces what it wrote on the flow's own packets.
     */
    RELATED
}
