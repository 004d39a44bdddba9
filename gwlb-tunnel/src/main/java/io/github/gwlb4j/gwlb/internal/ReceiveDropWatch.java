package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.internal.jfr.ReceiveBufferDropsEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes receive-buffer drops seen: an event for each look that finds some, a log line now and then. Belongs to the control
 * thread.
 */
final class ReceiveDropWatch {
    static final long LOG_INTERVAL_NS = 60_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(ReceiveDropWatch.class);

    private long seen;
    private long logged;
    private long loggedNs;

    void look(long total, long nowNs) {
        if (total <= seen) {
            return; // none new, or the system does not tell (-1)
        }
        ReceiveBufferDropsEvent.emit(total - seen);
        seen = total;
        if (logged == 0 || nowNs - loggedNs >= LOG_INTERVAL_NS) {
            LOG.warn("the kernel dropped {} datagrams because a receive buffer was full ({} since start): raise receiveBufferBytes "
                    + "for bursts, add workers or make the handler faster if busy ratios stay near 1", total - logged, total);
            logged = total;
            loggedNs = nowNs;
        }
    }
}
