package io.github.gwlb4j.gwlb;

/**
 * Told when tunnels come and go: the place to set up, and take down, what a tunnel needs, such as addresses and routes of its
 * interfaces.
 *
 * <p>Called on callback threads, never on one that handles packets. For each endpoint one call at a time, in order: created, timed
 * out any number of times, destroyed, and then perhaps created again as another {@link Tunnel}. Calls for different endpoints come
 * at the same time on several threads, and wait for each other only when there are more than the setting allows.
 *
 * <p>A slow listener delays its own tunnel: while {@link #onCreated} runs, packets are held, if the tunnel has interfaces, and pass
 * already, if its mode is {@link TunnelMode#INLINE}. {@link #onDestroyed} is called exactly once for each {@link #onCreated} that
 * has returned normally and each {@link #onAdopted}, and for no other; not if the tunnel is handed over to another process.
 *
 * <p>Several listeners are told of creation in the order in which they were given, of the end in the reverse one.
 *
 * <pre>{@code
 * final class TunnelLog implements TunnelListener {
 *     @Override
 *     public void onCreated(Tunnel tunnel) {
 *         System.out.println(tunnel.name() + " has come");
 *     }
 *
 *     @Override
 *     public void onDestroyed(Tunnel tunnel, Reason reason) {
 *         System.out.println(tunnel.name() + " has gone: " + reason + " after " + tunnel.stats().receivedPackets() + " packets");
 *     }
 * }
 * }</pre>
 */
public interface TunnelListener {
    /** Why a tunnel ends. */
    enum Reason {
        /** No packet came or went back for the idle timeout, and the listener did not keep it. */
        TIMED_OUT,
        /** The program asked for it. */
        REQUESTED,
        /** Someone has deleted one of its interfaces. Another tunnel is made at once; if it loses one, too, within 10 s, after the back-off of a failed creation. */
        INTERFACE_LOST,
        /** A later listener's {@link #onCreated} failed, so the tunnel never came to be. */
        CREATION_FAILED,
        /** The appliance is closing. */
        CLOSED
    }

    /** The answer to {@link #onTimedOut}. */
    enum TimeoutDecision {
        /** Destroy the tunnel; the next packet of the endpoint creates a new one. */
        DESTROY,
        /** Keep it for one more idle timeout. Counts once: if no packet comes until then, it is destroyed whatever the answer. */
        KEEP
    }

    /**
     * A tunnel is being created, because the first packet of its endpoint has come, or because it was declared or asked for. Its
     * interfaces, if its mode has some, exist.
     *
     * <p>What this throws makes the creation fail: the interfaces are closed, the endpoint's packets dropped, and it is tried again
     * after a back-off; listeners told before this one hear {@link Reason#CREATION_FAILED}. In mode {@link TunnelMode#INLINE} there
     * is nothing to fail: it is logged and counted, packets pass, and this tunnel's end is not told.
     *
     * @param tunnel the new tunnel
     */
    default void onCreated(Tunnel tunnel) {
    }

    /**
     * A tunnel goes on that a process before this one had, see {@link GwlbApplianceBuilder#takeover}: its interfaces with their addresses and
     * routes never went away, and the listeners of that process have been told of its creation. {@link #onCreated} is not called for it
     * here, nor {@link #onDestroyed} there; its end will be told here. Packets pass already. What this throws is logged and changes nothing.
     *
     * @param tunnel as new as this process, but for {@link Tunnel#createdAt}
     */
    default void onAdopted(Tunnel tunnel) {
    }

    /**
     * No packet has come or gone back for the idle timeout. If packets come before this returns, the answer does not matter. One
     * listener that wants to keep the tunnel is enough. What this throws is logged and counts as {@link TimeoutDecision#DESTROY}.
     *
     * @param tunnel the silent tunnel
     * @return whether to destroy it
     */
    default TimeoutDecision onTimedOut(Tunnel tunnel) {
        return TimeoutDecision.DESTROY;
    }

    /**
     * A tunnel ends. No packet passes through its interfaces any more; they are closed when this returns. What this throws is
     * logged and keeps nothing from ending.
     *
     * <p>The end of the appliance waits for this for a limited time only; then interfaces are closed meanwhile, and a call that
     * has not been made yet comes late.
     *
     * @param tunnel its counters stay readable
     * @param reason why
     */
    default void onDestroyed(Tunnel tunnel, Reason reason) {
    }
}
