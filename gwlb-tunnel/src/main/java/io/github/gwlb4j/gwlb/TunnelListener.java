package io.github.gwlb4j.gwlb;

/**
 * Told when tunnels come and go. In inline mode a tunnel is an endpoint that has sent a packet.
 *
 * <p>Called on the control thread, never on a packet thread, in order for each tunnel: created, timed out any number of
 * times, destroyed. A listener that is slow delays later callbacks, not packets; one that throws is logged and changes
 * nothing.
 */
public interface TunnelListener {
    /** Why a tunnel ends. */
    enum Reason {
        /** No packet came or went back for the idle timeout, and the listener did not keep it. */
        TIMED_OUT,
        /** The program asked for it. */
        REQUESTED,
        /** A later listener's {@link #onCreated} failed, so the tunnel never came to be. */
        CREATION_FAILED,
        /** The appliance is closing. */
        CLOSED
    }

    /** The answer to {@link #onTimedOut}. */
    enum TimeoutDecision {
        /** Destroy the tunnel; a later packet of the endpoint creates a new one. */
        DESTROY,
        /** Keep it for one more idle timeout. Counts once: if no packet comes until then, the tunnel is destroyed. */
        KEEP
    }

    /**
     * The first packet of an endpoint has come. In inline mode its packets are being handled already.
     *
     * @param tunnel the new tunnel
     */
    default void onCreated(Tunnel tunnel) {
    }

    /**
     * No packet has come for the idle timeout.
     *
     * @param tunnel the silent tunnel
     * @return whether to destroy it
     */
    default TimeoutDecision onTimedOut(Tunnel tunnel) {
        return TimeoutDecision.DESTROY;
    }

    /**
     * A tunnel has ended.
     *
     * @param tunnel its counters stay readable
     * @param reason why
     */
    default void onDestroyed(Tunnel tunnel, Reason reason) {
    }
}
