package io.github.gwlb4j.gwlb;

/** What a {@link PacketHandler} decides about a packet. Immutable; usable from any thread. */
public enum Verdict {
    /** Send the packet, as it stands in the buffer now, back to the load balancer, which carries it on. */
    FORWARD,
    /** Do not send it back. It is counted as dropped by the handler. */
    DROP
}
