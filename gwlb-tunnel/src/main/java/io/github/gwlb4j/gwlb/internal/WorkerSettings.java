package io.github.gwlb4j.gwlb.internal;

/**
 * The settings of the workers' threads. Immutable; usable from any thread.
 *
 * @param count      1 or more
 * @param cpus       worker i runs on the i-th of these, beginning anew after the last; empty: on any
 * @param busyPollNs for how long a worker without work goes on looking for some before it sleeps, nanoseconds
 */
public record WorkerSettings(int count, int[] cpus, long busyPollNs) {
    /** The CPU of a worker, -1 for any. */
    int cpuOf(int worker) {
        return cpus.length == 0 ? -1 : cpus[worker % cpus.length];
    }
}
