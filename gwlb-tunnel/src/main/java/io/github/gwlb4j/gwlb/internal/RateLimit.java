package io.github.gwlb4j.gwlb.internal;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket: so many times a second, with bursts of one second's worth. Full at the start.
 *
 * <p>Belongs to one thread. Allocates nothing. Time is what the caller says it is, in the manner of {@link System#nanoTime}: any
 * origin, and it may wrap around. A clock that jumps ahead grants one burst at most. One that steps back by up to a second, as
 * do times that were taken in another order than they are used in, is waited for; one that goes back further starts anew.
 */
public final class RateLimit {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private long lastNs;
    /** Nanoseconds times rate, so that no rate is rounded: one second's worth of nanoseconds pays for one token. */
    private long credit;

    /**
     * A full bucket.
     *
     * @param perSecond tokens a second and at most at once, 0 or more; 0 grants none
     * @param nowNs     the time now
     * @throws IllegalArgumentException if the rate is negative
     */
    public RateLimit(int perSecond, long nowNs) {
        if (perSecond < 0) {
            throw new IllegalArgumentException("rate is " + perSecond + " per second, must be 0 or more");
        }
        this.perSecond = perSecond;
        this.lastNs = nowNs;
        this.credit = perSecond * SECOND_NS;
    }

    /**
     * Takes one token.
     *
     * @param nowNs the time now
     * @return false if there is none
     */
    public boolean tryAcquire(long nowNs) {
        refill(nowNs);
        if (credit < SECOND_NS) {
            return false;
        }
        credit -= SECOND_NS;
        return true;
    }

    private void refill(long nowNs) {
        long elapsedNs = nowNs - lastNs;
        if (elapsedNs < -SECOND_NS) {
            lastNs = nowNs;
        } else if (elapsedNs > 0) {
            lastNs = nowNs;
            credit = Math.min(perSecond * SECOND_NS, credit + Math.min(elapsedNs, SECOND_NS) * perSecond);
        }
    }
}
