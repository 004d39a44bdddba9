package io.github.gwlb4j.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps a short time again and again and notes when it woke late: the whole process did not run, because the JVM stopped it or the
 * machine had no CPU for it. Times are {@link System#nanoTime}, the same clock in every process of a machine.
 */
final class HiccupThread {
    static final long NOTED_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int MAX_NOTED = 1000;

    private List<Hiccup> noted = new ArrayList<>();

    /**
     * One of them.
     *
     * @param endNs    when the thread ran again
     * @param lengthNs how much too late that was
     */
    record Hiccup(long endNs, long lengthNs) {
        long overlapNs(Hiccup other) {
            return Math.max(0, Math.min(endNs, other.endNs) - Math.max(endNs - lengthNs, other.endNs - other.lengthNs));
        }
    }

    static HiccupThread start() {
        HiccupThread hiccups = new HiccupThread();
        Thread thread = new Thread(hiccups::run, "soak-hiccups");
        thread.setDaemon(true);
        thread.start();
        return hiccups;
    }

    private void run() {
        long beforeNs = System.nanoTime();
        while (true) {
            LockSupport.parkNanos(SLEEP_NS);
            long nowNs = System.nanoTime();
            if (nowNs - beforeNs - SLEEP_NS >= NOTED_NS) {
                note(new Hiccup(nowNs, nowNs - beforeNs - SLEEP_NS));
            }
            beforeNs = nowNs;
        }
    }

    private synchronized void note(Hiccup hiccup) {
        if (noted.size() < MAX_NOTED) {
            noted.add(hiccup);
        }
    }

    /** Those since the last call. */
    synchronized List<Hiccup> take() {
        List<Hiccup> taken = noted;
        noted = new ArrayList<>();
        return taken;
    }
}
