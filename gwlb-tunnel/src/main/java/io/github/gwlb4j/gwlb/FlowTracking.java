package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.internal.Limits;
import java.time.Duration;

/**
 * Settings of inline flow tracking, see {@link GwlbApplianceBuilder#flowTracking}. Immutable; usable from any thread.
 *
 * <p>Each worker has a table of its own, as both directions of a flow come to the same worker. Its index takes 4 to 8 bytes for
 * each of {@link #maxFlows()} at the start; a flow takes about 260 bytes of heap (350 once its key was asked for) when there are more of them than
 * ever before, which later flows use again, and which are never given back.
 *
 * <pre>{@code
 * GwlbAppliance appliance = GwlbAppliance.builder()
 *         .flowTracking(FlowTracking.ofMaxFlows(100_000).withTcpTimeout(Duration.ofMinutes(10)))
 *         .handler(worker -> packet -> {
 *             Flow flow = packet.flow();               // null for a fragment or an ICMP error of no known flow
 *             boolean isHuge = flow != null && flow.bytes(true) + flow.bytes(false) > 1_000_000_000L;
 *             return isHuge ? Verdict.DROP : Verdict.FORWARD;
 *         })
 *         .build();
 * }</pre>
 */
public final class FlowTracking {
    /** Most flows a worker can be told to hold. */
    public static final int MAX_FLOWS = 1 << 24;

    private static final Duration AWS_TCP_TIMEOUT = Duration.ofSeconds(350);
    private static final Duration AWS_OTHER_TIMEOUT = Duration.ofSeconds(120);

    private final int maxFlows;
    private final Duration tcpTimeout;
    private final Duration otherTimeout;

    private FlowTracking(int maxFlows, Duration tcpTimeout, Duration otherTimeout) {
        this.maxFlows = maxFlows;
        this.tcpTimeout = tcpTimeout;
        this.otherTimeout = otherTimeout;
    }

    /**
     * Tracking with the load balancer's own timeouts: 350 s for TCP, 120 s for the rest (AWS, "Gateway Load Balancers", idle timeout).
     *
     * @param perWorker most flows of a worker, 1 to {@link #MAX_FLOWS}; when there are as many, one gives way to a new one
     * @return the settings
     * @throws IllegalArgumentException if the number is out of range
     */
    public static FlowTracking ofMaxFlows(int perWorker) {
        return new FlowTracking(Limits.requireRange("maxFlows of flowTracking", perWorker, 1, MAX_FLOWS), AWS_TCP_TIMEOUT, AWS_OTHER_TIMEOUT);
    }

    /**
     * The same with another timeout of TCP.
     *
     * @param timeout silence after which a flow ends, positive
     * @return new settings
     * @throws IllegalArgumentException if it is not positive or longer than 365 days
     */
    public FlowTracking withTcpTimeout(Duration timeout) {
        return new FlowTracking(maxFlows, Limits.requirePositive("TCP timeout of flowTracking", timeout), otherTimeout);
    }

    /**
     * The same with another timeout of everything but TCP.
     *
     * @param timeout silence after which a flow ends, positive
     * @return new settings
     * @throws IllegalArgumentException if it is not positive or longer than 365 days
     */
    public FlowTracking withOtherTimeout(Duration timeout) {
        return new FlowTracking(maxFlows, tcpTimeout, Limits.requirePositive("other timeout of flowTracking", timeout));
    }

    /**
     * Most flows of each worker.
     *
     * @return 1 to {@link #MAX_FLOWS}
     */
    public int maxFlows() {
        return maxFlows;
    }

    /**
     * Silence after which a TCP flow ends, unless {@link Flow#setTimeoutNs} says otherwise.
     *
     * @return positive
     */
    public Duration tcpTimeout() {
        return tcpTimeout;
    }

    /**
     * Silence after which any other flow ends, unless {@link Flow#setTimeoutNs} says otherwise.
     *
     * @return positive
     */
    public Duration otherTimeout() {
        return otherTimeout;
    }
}
