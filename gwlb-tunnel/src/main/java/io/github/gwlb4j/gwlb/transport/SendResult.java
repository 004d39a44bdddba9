package io.github.gwlb4j.gwlb.transport;

/** What became of one datagram of a batch when the replies were sent. Immutable; usable from any thread. */
public enum SendResult {
    /** It was not marked as a reply. */
    NOT_MARKED,
    /** The system took it. */
    SENT,
    /** The flow's source port cannot be used here: another program has it, or the system refuses it. */
    PORT_UNAVAILABLE,
    /** All sockets that the setting allows are in use by other flows. */
    PORT_LIMIT,
    /** The system's send buffer is full. */
    WOULD_BLOCK,
    /** The system refused it: no route, a filter, too large for the interface. */
    FAILED
}
