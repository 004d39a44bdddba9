package io.github.gwlb4j.gwlb.internal.flow;

/** What became of {@link FlowTable#remember}. Immutable; usable from any thread. */
public enum RememberResult {
    /** The flow was known with this way back. */
    UNCHANGED(true),
    /** The flow was known; its way back in this direction, or its TCP state, is new. */
    UPDATED(true),
    /** The flow is new, or had expired. */
    INSERTED(true),
    /** A new flow, but every place that it could have is taken by flows that live. */
    FULL(false),
    /** The GENEVE header is longer than what fits inline, or the directions differ, and no overflow path is free. */
    NO_HEADER_ROOM(false),
    /** Another thread was changing the same flow, or its set, for longer than this one may spin. */
    BUSY(false);

    private final boolean isRemembered;

    RememberResult(boolean isRemembered) {
        this.isRemembered = isRemembered;
    }

    /**
     * Whether this very way back is in the table now. If not, an earlier one of the flow may still be.
     *
     * @return true for the first three
     */
    public boolean isRemembered() {
        return isRemembered;
    }
}
