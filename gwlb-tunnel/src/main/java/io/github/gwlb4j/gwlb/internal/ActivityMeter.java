package io.github.gwlb4j.gwlb.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How busy a worker is, from two clock reads for each wait and none for a packet.
 *
 * <p>{@link #beginWait} and {@link #endWait} belong to the worker's thread, {@link #sample} to the control thread; the rest
 * is for any thread. Readers may see a wait's end a moment late; the ratio is clamped.
 */
public final class ActivityMeter {
    private static final VarHandle WAITED;
    private static final VarHandle TURN;

    static {
        try {
            WAITED = MethodHandles.lookup().findVarHandle(ActivityMeter.class, "waitedNs", long.class);
            TURN = MethodHandles.lookup().findVarHandle(ActivityMeter.class, "turnNs", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long waitedNs;
    /** When a wait last began or ended, or the worker last looked for work in vain. */
    private long turnNs;
    private volatile boolean isWaiting;
    private long sampledNs;
    private long sampledWaitedNs;
    private volatile double busyRatio;

    /**
     * Begins measuring.
     *
     * @param nowNs monotonic time
     */
    public ActivityMeter(long nowNs) {
        turnNs = nowNs;
        sampledNs = nowNs;
    }

    /**
     * The worker has nothing to do.
     *
     * @param nowNs monotonic time
     */
    public void beginWait(long nowNs) {
        TURN.setOpaque(this, nowNs);
        isWaiting = true;
    }

    /**
     * The worker looks for work again.
     *
     * @param nowNs monotonic time
     */
    public void endWait(long nowNs) {
        isWaiting = false;
        WAITED.setOpaque(this, waitedNs + nowNs - turnNs);
        TURN.setOpaque(this, nowNs);
    }

    /**
     * The worker, which does not sleep, has looked for work and found none.
     *
     * @param lookedNs how long that took
     * @param nowNs    monotonic time
     */
    public void lookedInVain(long lookedNs, long nowNs) {
        WAITED.setOpaque(this, waitedNs + lookedNs);
        TURN.setOpaque(this, nowNs);
    }

    /**
     * When the worker last began or ended a wait, or looked for work in vain.
     *
     * @return monotonic time in nanoseconds
     */
    public long turnNs() {
        return (long) TURN.getOpaque(this);
    }

    /**
     * Ends an interval and starts the next.
     *
     * @param nowNs monotonic time
     */
    public void sample(long nowNs) {
        long waited = (long) WAITED.getOpaque(this) + (isWaiting ? Math.max(0, nowNs - turnNs()) : 0);
        long interval = nowNs - sampledNs;
        if (interval > 0) {
            busyRatio = Math.min(1, Math.max(0, 1 - (double) (waited - sampledWaitedNs) / interval));
            sampledNs = nowNs;
            sampledWaitedNs = waited;
        }
    }

    /**
     * Share of the last interval in which the worker did not wait.
     *
     * @return 0 to 1; 0 before the first sample
     */
    public double busyRatio() {
        return busyRatio;
    }
}
