package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.jfr.FlowTableFullEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the flow table about once a second: forgets flows that are silent, a tenth of the table at a time, and makes seen
 * that it is full: an event for each look that finds it so, a log line now and then. Belongs to the control thread.
 */
final class FlowTableCare {
    static final long LOG_INTERVAL_NS = 60_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(FlowTableCare.class);
    private static final int TURNS_FOR_A_ROUND = 10;

    private final FlowTable flows;
    private long seenFull;
    private long loggedFull;
    private long loggedNs;

    FlowTableCare(FlowTable flows) {
        this.flows = flows;
    }

    void turn(long nowNs) {
        FlowTableStats stats = flows.stats();
        flows.expire(nowNs, stats.slots() / TURNS_FOR_A_ROUND + 1);
        if (stats.full() == seenFull) {
            return;
        }
        FlowTableFullEvent.emit(stats.slots(), stats.full() - seenFull);
        seenFull = stats.full();
        if (loggedFull == 0 || nowNs - loggedNs >= LOG_INTERVAL_NS) {
            LOG.warn("the flow table is full: {} packets of new flows dropped ({} since start), {} flows held; raise maxFlows, or look "
                    + "for a flood", stats.full() - loggedFull, stats.full(), stats.flows());
            loggedFull = stats.full();
            loggedNs = nowNs;
        }
    }
}
