package io.github.gwlb4j.firewall.log;

import java.util.concurrent.atomic.AtomicLongArray;

/** A number of decisions for each kind. One thread counts, any may read. */
final class KindCounters {
    private final AtomicLongArray counts = new AtomicLongArray(DecisionKind.COUNT);

    void increment(int kind) {
        counts.lazySet(kind, counts.getPlain(kind) + 1);
    }

    long get(int kind) {
        return counts.getOpaque(kind);
    }

    long sum() {
        long sum = 0;
        for (int kind = 0; kind < DecisionKind.COUNT; kind++) {
            sum += get(kind);
        }
        return sum;
    }
}
