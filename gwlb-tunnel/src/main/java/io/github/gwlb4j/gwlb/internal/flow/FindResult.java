package io.github.gwlb4j.gwlb.internal.flow;

/** What {@link FlowTable#find} knows. Immutable; usable from any thread. */
public enum FindResult {
    /** The flow's way back has been copied. */
    FOUND,
    /** No such flow, or it has expired. */
    UNKNOWN,
    /** Another thread was changing this very flow for longer than this one may spin. */
    BUSY
}
