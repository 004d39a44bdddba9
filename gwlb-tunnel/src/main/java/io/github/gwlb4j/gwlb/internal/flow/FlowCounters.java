package io.github.gwlb4j.gwlb.internal.flow;

import java.util.concurrent.atomic.LongAdder;

/** What a flow table counts. Usable from any thread. Nothing is counted for packets of known flows, so the hot path has none. */
final class FlowCounters {
    final LongAdder inserted = new LongAdder();
    final LongAdder expired = new LongAdder();
    final LongAdder evicted = new LongAdder();
    final LongAdder full = new LongAdder();
    final LongAdder noHeaderRoom = new LongAdder();
    final LongAdder busy = new LongAdder();

    long flows() {
        return inserted.sum() - expired.sum() - evicted.sum();
    }
}
