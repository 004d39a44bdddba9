package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import java.util.concurrent.TimeUnit;

/**
 * The sizes and times of a {@link FlowTable}. Immutable; usable from any thread.
 *
 * @param maxFlows          flows that there is room for, 1 to {@link #MAX_FLOWS}; a third more places are made so that chance
 *                          rarely fills one set early
 * @param inlineHeaderBytes longest GENEVE header that takes no overflow path, 8 to 260; 40 is what the load balancer sends, and
 *                          up to 40 a flow takes two cache lines
 * @param overflowPaths     paths of 320 bytes for longer headers and for flows whose two directions differ, 0 or more
 * @param tcpTimeoutNs      silence after which a TCP flow is forgotten; no shorter than the load balancer's own
 * @param otherTimeoutNs    the same for all other flows
 * @param closingTimeoutNs  the same for TCP flows that were reset, or closed in both directions
 * @param evictAfterNs      silence after which a flow must give way to a new one when its set is full
 */
public record FlowTableConfig(int maxFlows, int inlineHeaderBytes, int overflowPaths, long tcpTimeoutNs, long otherTimeoutNs,
                              long closingTimeoutNs, long evictAfterNs) {
    /** Most flows of one table. With longer inline headers fewer fit; the message of the exception says so. */
    public static final int MAX_FLOWS = 12_000_000;

    private static final long MAX_TIMEOUT_NS = TimeUnit.DAYS.toNanos(1);
    private static final int FLOWS_PER_OVERFLOW_PATH = 32;
    private static final int MIN_OVERFLOW_PATHS = 64;

    /**
     * Checks each setting.
     *
     * @param maxFlows          1 to {@link #MAX_FLOWS}
     * @param inlineHeaderBytes 8 to 260
     * @param overflowPaths     0 or more
     * @param tcpTimeoutNs      10 ms to a day
     * @param otherTimeoutNs    10 ms to a day
     * @param closingTimeoutNs  10 ms to the TCP timeout
     * @param evictAfterNs      10 ms to a day
     * @throws IllegalArgumentException if one is out of its range; the message names it and the range
     */
    public FlowTableConfig {
        check("maxFlows", maxFlows, 1, MAX_FLOWS);
        check("inlineHeaderBytes", inlineHeaderBytes, Geneve.BASE_HEADER_LENGTH, Geneve.MAX_HEADER_LENGTH);
        check("overflowPaths", overflowPaths, 0, MAX_FLOWS);
        check("tcpTimeoutNs", tcpTimeoutNs, FlowClock.MIN_TIMEOUT_NS, MAX_TIMEOUT_NS);
        check("otherTimeoutNs", otherTimeoutNs, FlowClock.MIN_TIMEOUT_NS, MAX_TIMEOUT_NS);
        check("closingTimeoutNs", closingTimeoutNs, FlowClock.MIN_TIMEOUT_NS, tcpTimeoutNs);
        check("evictAfterNs", evictAfterNs, FlowClock.MIN_TIMEOUT_NS, MAX_TIMEOUT_NS);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
    }

    /**
     * The defaults: headers of 40 bytes inline, one overflow path for 32 flows, timeouts as the load balancer's defaults (350 s
     * for TCP, 120 s for everything else), 30 s after a TCP connection is closed; a flow may be evicted when the
     * shorter of the two timeouts is over.
     *
     * @param maxFlows 1 to {@link #MAX_FLOWS}
     * @return the settings
     * @throws IllegalArgumentException if maxFlows is out of range
     */
    public static FlowTableConfig defaults(int maxFlows) {
        return new FlowTableConfig(maxFlows, Gwlb.HEADER_LENGTH, Math.max(MIN_OVERFLOW_PATHS, maxFlows / FLOWS_PER_OVERFLOW_PATH),
                TimeUnit.SECONDS.toNanos(350), TimeUnit.SECONDS.toNanos(120), TimeUnit.SECONDS.toNanos(30),
                TimeUnit.SECONDS.toNanos(120));
    }

    /**
     * The same with other room for headers.
     *
     * @param newInlineHeaderBytes 8 to 260
     * @param newOverflowPaths     0 or more
     * @return new settings
     * @throws IllegalArgumentException if one is out of range
     */
    public FlowTableConfig withHeaderRoom(int newInlineHeaderBytes, int newOverflowPaths) {
        return new FlowTableConfig(maxFlows, newInlineHeaderBytes, newOverflowPaths, tcpTimeoutNs, otherTimeoutNs, closingTimeoutNs,
                evictAfterNs);
    }

    /**
     * The same with other timeouts.
     *
     * @param newTcpTimeoutNs     10 ms or more
     * @param newOtherTimeoutNs   10 ms or more
     * @param newClosingTimeoutNs 10 ms or more, at most the TCP timeout
     * @param newEvictAfterNs     10 ms or more
     * @return new settings
     * @throws IllegalArgumentException if one is out of range
     */
    public FlowTableConfig withTimeouts(long newTcpTimeoutNs, long newOtherTimeoutNs, long newClosingTimeoutNs, long newEvictAfterNs) {
        return new FlowTableConfig(maxFlows, inlineHeaderBytes, overflowPaths, newTcpTimeoutNs, newOtherTimeoutNs,
                newClosingTimeoutNs, newEvictAfterNs);
    }
}
