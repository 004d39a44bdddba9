package io.github.gwlb4j.gwlb.internal.flow;

import java.util.concurrent.TimeUnit;

/**
 * Time as the tables keep it: 32 bits of ticks of 2^20 ns, about a millisecond, compared modulo 2^32 and so good for
 * differences of up to 26 days. Continuous where {@link System#nanoTime()} wraps around.
 */
final class FlowClock {
    static final long MIN_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(10);
    static final int TICKS_PER_SECOND = ticksOf(TimeUnit.SECONDS.toNanos(1));
    private static final int SHIFT = 20;
    private static final long NS_PER_MS = 1_000_000L;

    private FlowClock() {
    }

    /** The tick of a moment. */
    static int tick(long nowNs) {
        return (int) (nowNs >> SHIFT);
    }

    /** Ticks as milliseconds, rounded down. */
    static long ms(int ticks) {
        return ((long) ticks << SHIFT) / NS_PER_MS;
    }

    /** A time as ticks, rounded up, at least 1. */
    static int ticksOf(long durationNs) {
        return (int) (durationNs - 1 >> SHIFT) + 1;
    }
}
