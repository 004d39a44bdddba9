package io.github.gwlb4j.gwlb.internal.track;

import java.util.concurrent.TimeUnit;

/**
 * The flows of one timeout, in order of their last packet, give or take {@link #slackNs}: a flow moves to the end only if it
 * has not done so for that long, so that a busy flow does not drag its neighbours' lines into the cache with each packet. Belongs to one worker.
 */
final class SilenceList {
    private static final int SLACK_SHARE = 64;
    private static final long MAX_SLACK_NS = TimeUnit.SECONDS.toNanos(1);

    final long timeoutNs;
    private final long slackNs;
    private TrackedFlow first;
    private TrackedFlow last;

    SilenceList(long timeoutNs) {
        this.timeoutNs = timeoutNs;
        this.slackNs = Math.min(timeoutNs / SLACK_SHARE, MAX_SLACK_NS);
    }

    /** The flow that has been silent longest, or null. */
    TrackedFlow first() {
        return first;
    }

    boolean isOver(TrackedFlow flow, long nowNs) {
        return nowNs - flow.silentSinceNs() >= timeoutNs;
    }

    void append(TrackedFlow flow, long nowNs) {
        flow.list = this;
        flow.listedNs = nowNs;
        flow.previous = last;
        flow.next = null;
        if (last == null) {
            first = flow;
        } else {
            last.next = flow;
        }
        last = flow;
    }

    void remove(TrackedFlow flow) {
        if (flow.previous == null) {
            first = flow.next;
        } else {
            flow.previous.next = flow.next;
        }
        if (flow.next == null) {
            last = flow.previous;
        } else {
            flow.next.previous = flow.previous;
        }
        flow.list = null;
        flow.previous = null;
        flow.next = null;
    }

    /** A packet of the flow has come. */
    void touch(TrackedFlow flow, long nowNs) {
        if (nowNs - flow.listedNs > slackNs) {
            if (flow == last) {
                flow.listedNs = nowNs;
            } else {
                remove(flow);
                append(flow, nowNs);
            }
        }
    }
}
