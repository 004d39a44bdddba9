package io.github.gwlb4j.firewall.state;

import java.util.concurrent.TimeUnit;

/** One token bucket that holds the tokens of a second. Belongs to one thread; allocates nothing. */
final class TokenBucket {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private boolean isUsed;
    private long fullAtNs;

    /** @param perSecond 0 for none at all */
    TokenBucket(int perSecond) {
        this.perSecond = perSecond;
    }

    boolean take(long nowNs) {
        if (perSecond == 0) {
            return false;
        }
        long tokenNs = SECOND_NS / perSecond;
        long missingNs = isUsed ? Math.max(0, fullAtNs - nowNs) : 0;
        if (missingNs > SECOND_NS - tokenNs) {
            return false;
        }
        isUsed = true;
        fullAtNs = nowNs + missingNs + tokenNs;
        return true;
    }
}
