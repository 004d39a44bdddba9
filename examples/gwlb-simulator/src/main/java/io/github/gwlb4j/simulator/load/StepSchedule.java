package io.github.gwlb4j.simulator.load;

/**
 * When the packets of a step are due. Runs are due at even distances; the packets of a run are due together.
 *
 * @param step             number of the step in the test; part of each stamp
 * @param packetsPerSecond rate
 * @param runLength        packets of a run
 * @param startNs          when the first run is due, by {@link System#nanoTime()}
 * @param durationNs       nothing is due from then on
 */
record StepSchedule(int step, int packetsPerSecond, int runLength, long startNs, long durationNs) {
    /** Short steps are drawn in tenths of a second. */
    private static final long SHORT_NS = 20_000_000_000L;
    private static final long SHORT_INTERVAL_NS = 100_000_000;
    private static final long LONG_INTERVAL_NS = 1_000_000_000;

    long runs() {
        return Math.max(1, Math.round((double) packetsPerSecond * durationNs / 1e9 / runLength));
    }

    long packets() {
        return runs() * runLength;
    }

    long dueNs(long run) {
        return startNs + (long) (run * (1e9 * runLength / packetsPerSecond));
    }

    /** How many runs are due by now. */
    long dueRuns(long nowNs) {
        return nowNs < startNs ? 0 : Math.min(runs(), (long) ((nowNs - startNs) * (packetsPerSecond / 1e9 / runLength)) + 1);
    }

    long endNs() {
        return startNs + durationNs;
    }

    long intervalNs() {
        return durationNs <= SHORT_NS ? SHORT_INTERVAL_NS : LONG_INTERVAL_NS;
    }

    /** One more than the step takes: what comes after its end. */
    int intervals() {
        return (int) ((durationNs + intervalNs() - 1) / intervalNs()) + 1;
    }

    int interval(long nowNs) {
        return (int) Math.max(0, Math.min(intervals() - 1, (nowNs - startNs) / intervalNs()));
    }
}
