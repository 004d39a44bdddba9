package io.github.gwlb4j.gwlb;

/** Why a {@link Flow} has ended. */
public enum FlowEnd {
    /** It was silent for its timeout. */
    EXPIRED,
    /** The table was full, and it gave way to a new flow. */
    EVICTED,
    /** {@link Flow#forget} was called. */
    FORGOTTEN,
    /** Its tunnel was destroyed. */
    TUNNEL_CLOSED,
    /** The appliance closes. */
    APPLIANCE_CLOSED
}
