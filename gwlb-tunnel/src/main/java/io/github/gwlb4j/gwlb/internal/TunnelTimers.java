package io.github.gwlb4j.gwlb.internal;

import java.util.concurrent.TimeUnit;

/** How long tunnels may be silent, and wait. Belongs to the control thread. */
final class TunnelTimers {
    /** A flood of made-up endpoint ids fills the table; each of them is silent afterwards, and real endpoints seldom are. */
    private static final long TIMEOUT_WHEN_FULL_NS = TimeUnit.SECONDS.toNanos(60);
    /** Of tunnels that have failed, when no idle timeout is set. */
    private static final long FAILED_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);
    /** Tunnels that are about to time out are not looked at more often. */
    private static final long MIN_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int MAX_DOUBLINGS = 30;

    private final TunnelRules rules;
    private final TunnelTable table;

    TunnelTimers(TunnelRules rules, TunnelTable table) {
        this.rules = rules;
        this.table = table;
    }

    boolean isDeclared(TunnelState tunnel) {
        return rules.declared().contains(tunnel.endpointId());
    }

    /** Whether an active tunnel has been silent for too long, a reprieve that the listener gave included. */
    boolean isTimedOut(TunnelState tunnel, long nowNs) {
        if (rules.idleTimeoutNs() == 0) {
            return false;
        }
        long timeoutNs = shorterWhenFull(rules.idleTimeoutNs());
        return silenceNs(tunnel, nowNs) >= timeoutNs && !isDeclared(tunnel)
                && (!isKept(tunnel, nowNs) || nowNs - tunnel.life().keptSinceNs >= timeoutNs);
    }

    /** How long to leave an active tunnel alone that {@link #isTimedOut} does not hold for; {@link Long#MAX_VALUE} if for ever. */
    long untilTimedOutNs(TunnelState tunnel, long nowNs) {
        if (rules.idleTimeoutNs() == 0 || isDeclared(tunnel)) {
            return Long.MAX_VALUE;
        }
        long silenceNs = silenceNs(tunnel, nowNs);
        long countedNs = isKept(tunnel, nowNs) ? Math.min(silenceNs, nowNs - tunnel.life().keptSinceNs) : silenceNs;
        return Math.max(MIN_LOOK_NS, shorterWhenFull(rules.idleTimeoutNs()) - countedNs);
    }

    /** Whether the listener has kept the tunnel since its last packet: it may do so once. */
    boolean isKept(TunnelState tunnel, long nowNs) {
        return tunnel.life().isKept && tunnel.life().keptLastPacketNs == tunnel.lastPacketNs(nowNs);
    }

    /** Whether to create a failed tunnel again: its back-off is over, and it is of use to someone. */
    boolean isRetryDue(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        return nowNs - life.phaseSinceNs >= Math.max(1, backOffNs(life.failures))
                && (life.isWanted() || tunnel.receivedPackets() != life.packetsAtFailure || isDeclared(tunnel));
    }

    /** Whether nobody has been interested in a failed tunnel for so long that it may go. */
    boolean isForgotten(TunnelState tunnel, long nowNs) {
        long timeoutNs = rules.idleTimeoutNs() > 0 ? rules.idleTimeoutNs() : FAILED_TIMEOUT_NS;
        return silenceNs(tunnel, nowNs) >= shorterWhenFull(timeoutNs) && !isDeclared(tunnel);
    }

    /** Wait after that many failures in a row; doubles with each. */
    long backOffNs(int failures) {
        int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
        return rules.retryFirstNs() > rules.retryMaxNs() >> doublings ? rules.retryMaxNs() : rules.retryFirstNs() << doublings;
    }

    private long shorterWhenFull(long timeoutNs) {
        return table.isFull() ? Math.min(timeoutNs, TIMEOUT_WHEN_FULL_NS) : timeoutNs;
    }

    /** Counted within the present phase only: a tunnel that took long to create must not time out at once. */
    private static long silenceNs(TunnelState tunnel, long nowNs) {
        return Math.min(tunnel.idleNs(nowNs), nowNs - tunnel.life().phaseSinceNs);
    }
}
