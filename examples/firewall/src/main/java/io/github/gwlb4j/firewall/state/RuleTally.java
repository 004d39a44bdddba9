package io.github.gwlb4j.firewall.state;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What each rule of one version has decided, by one worker. Written by the worker's thread, read from any, a moment old.
 */
public final class RuleTally {
    /** In the place of a rule's index: it was there when the connection began, and a reload has taken it away. */
    public static final int DEPARTED = -1;

    private static final int PACKETS = 0;
    private static final int BYTES = 1;
    private static final int CONNECTIONS = 2;
    private static final int STRIDE = 3;

    private final PolicyVersion version;
    /** Three numbers a rule; the last three are of rules that are gone. */
    private final AtomicLongArray counts;

    private RuleTally(PolicyVersion version) {
        this.version = version;
        this.counts = new AtomicLongArray((version.policy().ruleCount() + 1) * STRIDE);
    }

    /**
     * Counters for rules that have decided nothing yet.
     *
     * @param version the rules
     * @return all zero
     */
    public static RuleTally of(PolicyVersion version) {
        return new RuleTally(version);
    }

    /**
     * Counters for other rules: one that both versions have goes on, what the others had is added up under {@link #DEPARTED}.
     *
     * @param next the other rules
     * @return new counters
     */
    public RuleTally carriedOver(PolicyVersion next) {
        RuleTally tally = new RuleTally(next);
        for (int rule = DEPARTED; rule < version.policy().ruleCount(); rule++) {
            int to = tally.place(next.indexOf(rule, version.tag(rule)));
            for (int i = 0; i < STRIDE; i++) {
                tally.counts.addAndGet(to + i, counts.get(place(rule) + i));
            }
        }
        return tally;
    }

    /**
     * A packet that a rule decided about. On the worker's thread.
     *
     * @param rule            index, or {@link #DEPARTED}
     * @param bytes           its length
     * @param isNewConnection whether it is the one that decided about its connection
     */
    public void count(int rule, int bytes, boolean isNewConnection) {
        int at = place(rule);
        counts.lazySet(at + PACKETS, counts.getPlain(at + PACKETS) + 1);
        counts.lazySet(at + BYTES, counts.getPlain(at + BYTES) + bytes);
        if (isNewConnection) {
            counts.lazySet(at + CONNECTIONS, counts.getPlain(at + CONNECTIONS) + 1);
        }
    }

    private int place(int rule) {
        return (rule == DEPARTED ? version.policy().ruleCount() : rule) * STRIDE;
    }

    /**
     * The rules that are counted.
     *
     * @return their version
     */
    public PolicyVersion version() {
        return version;
    }

    /**
     * Packets that a rule decided about, the later packets of its connections included.
     *
     * @param rule index, or {@link #DEPARTED}
     * @return 0 or more
     */
    public long packets(int rule) {
        return counts.getOpaque(place(rule) + PACKETS);
    }

    /**
     * Their bytes, from the inner IP header on.
     *
     * @param rule index, or {@link #DEPARTED}
     * @return 0 or more
     */
    public long bytes(int rule) {
        return counts.getOpaque(place(rule) + BYTES);
    }

    /**
     * Connections that a rule let open, or new ones that it refused.
     *
     * @param rule index, or {@link #DEPARTED}
     * @return 0 or more
     */
    public long connections(int rule) {
        return counts.getOpaque(place(rule) + CONNECTIONS);
    }
}
