package io.github.gwlb4j.simulator;

/** Says when the next packet is due, at a fixed rate. Not thread-safe. */
final class Pacer {
    /** A delay longer than this is not made up for: the packets after it would come as a burst that nobody asked for. */
    private static final double MAX_DEBT_NS = 20_000_000;

    private final double intervalNs;
    private final long startNs;
    private double nextNs;

    /** A pacer for so many packets a second; 0: always due. */
    Pacer(double packetsPerSecond, long startNs) {
        this.intervalNs = packetsPerSecond == 0 ? 0 : 1e9 / packetsPerSecond;
        this.startNs = startNs;
    }

    boolean isDue(long nowNs) {
        double elapsed = nowNs - startNs;
        nextNs = Math.max(nextNs, elapsed - MAX_DEBT_NS);
        return elapsed >= nextNs;
    }

    /** Leaves out the time of so many packets, counted from now, so that a silence is never shorter than it should be. */
    void skip(long packets, long nowNs) {
        nextNs = Math.max(nextNs, nowNs - startNs) + packets * intervalNs;
    }

    /** A packet was sent. */
    void sent() {
        nextNs += intervalNs;
    }
}
