package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.internal.jfr.HandlerFailureEvent;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a handler throws or returns null: closed, the packet is dropped and counted; open, it is forwarded as it
 * stands. Either way the log says so at most once in {@link #LOG_INTERVAL_NS}.
 *
 * <p>Belongs to one worker's thread.
 */
public final class HandlerFailures {
    static final long LOG_INTERVAL_NS = 10_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(HandlerFailures.class);

    private final boolean isFailOpen;
    private final LongSupplier clock;
    private long count;
    private long lastLogNs;

    /**
     * Makes the policy of one worker.
     *
     * @param isFailOpen whether such packets are forwarded
     * @param clock      monotonic nanoseconds
     */
    public HandlerFailures(boolean isFailOpen, LongSupplier clock) {
        this.isFailOpen = isFailOpen;
        this.clock = clock;
    }

    /** A verdict for the packet, or null to drop it as {@code HANDLER_FAILED}. */
    Verdict onThrown(Throwable thrown) {
        return onFailure("threw", thrown);
    }

    /** The same for a handler that returned null. */
    Verdict onNull() {
        return onFailure("returned null", null);
    }

    /** A timer, a task or the end of a flow; no packet is at stake. */
    void onCallbackThrown(Throwable thrown) {
        note("threw in a timer, a task or onFlowEnd", "nothing was dropped for it", thrown);
    }

    private Verdict onFailure(String what, Throwable thrown) {
        note(what, isFailOpen ? "its packets are forwarded (failOpen)" : "its packets are dropped", thrown);
        return isFailOpen ? Verdict.FORWARD : null;
    }

    private void note(String what, String consequence, Throwable thrown) {
        long nowNs = clock.getAsLong();
        if (count++ == 0 || nowNs - lastLogNs >= LOG_INTERVAL_NS) {
            lastLogNs = nowNs;
            LOG.error("the packet handler {} ({} times so far); {}", what, count, consequence, thrown);
            HandlerFailureEvent.emit(thrown, count);
        }
    }
}
