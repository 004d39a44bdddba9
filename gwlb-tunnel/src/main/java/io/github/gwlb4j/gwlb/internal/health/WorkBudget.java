package io.github.gwlb4j.gwlb.internal.health;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * A share of one CPU for a thread whose work strangers decide about: they must not take the time that packets need, least of all from
 * a thread that goes before those of packets. Belongs to one thread.
 *
 * <p>What is not used is saved up to a burst, so that only who asks without end is made to wait.
 */
final class WorkBudget {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long LONGEST_PAUSE_NS = 1_000_000_000L;

    private final int shareDivisor;
    private final long burstNs;
    private long creditNs;
    private long lastNs;
    private long lastUsedNs;

    /**
     * Begins with a full burst.
     *
     * @param shareDivisor one in so many nanoseconds may be used
     * @param burstNs      most CPU time that can be saved up
     * @param nowNs        monotonic time
     * @param usedNs       CPU time that the thread has used so far
     */
    WorkBudget(int shareDivisor, long burstNs, long nowNs, long usedNs) {
        this.shareDivisor = shareDivisor;
        this.burstNs = burstNs;
        this.creditNs = burstNs;
        this.lastNs = nowNs;
        this.lastUsedNs = usedNs;
    }

    /** CPU time of the calling thread; 0 for ever where the system does not tell, and then it never has to wait. */
    static long usedByThisThreadNs() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : 0;
    }

    /**
     * How long the thread has to pause until it has paid for what it used.
     *
     * @param nowNs  monotonic time
     * @param usedNs CPU time that the thread has used so far
     * @return nanoseconds; 0 if it may go on
     */
    long pauseNs(long nowNs, long usedNs) {
        creditNs = Math.min(burstNs, creditNs + (nowNs - lastNs) / shareDivisor - (usedNs - lastUsedNs));
        lastNs = nowNs;
        lastUsedNs = usedNs;
        return creditNs >= 0 ? 0 : Math.min(LONGEST_PAUSE_NS, -creditNs * shareDivisor);
    }
}
