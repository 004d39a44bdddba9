package io.github.gwlb4j.gwlb;

import java.util.List;
import java.util.Map;

/**
 * What an appliance tells over JMX, as {@code io.github.gwlb4j:type=Appliance,name=…} in the platform's MBean server. Read
 * only; from any thread.
 */
public interface ApplianceMXBean {
    /**
     * Where the appliance stands in its life.
     *
     * @return name of a {@link GwlbAppliance.State}
     */
    String getState();

    /**
     * Whether the health page would answer 200.
     *
     * @return true if there are no problems
     */
    boolean isHealthy();

    /**
     * Why it is not healthy.
     *
     * @return phrases for people; empty if healthy
     */
    List<String> getProblems();

    /**
     * Time since the start.
     *
     * @return whole seconds
     */
    long getUptimeSeconds();

    /**
     * Datagrams received.
     *
     * @return since the start
     */
    long getReceivedPackets();

    /**
     * Bytes received.
     *
     * @return UDP payload since the start
     */
    long getReceivedBytes();

    /**
     * Datagrams sent back.
     *
     * @return since the start
     */
    long getForwardedPackets();

    /**
     * Bytes sent back.
     *
     * @return UDP payload since the start
     */
    long getForwardedBytes();

    /**
     * Packets written into TUN interfaces.
     *
     * @return since the start
     */
    long getDeliveredPackets();

    /**
     * Packets read out of TUN interfaces.
     *
     * @return since the start
     */
    long getReadPackets();

    /**
     * Packets that wait for their tunnel to be created.
     *
     * @return now
     */
    long getHeldPackets();

    /**
     * Flows in the flow table.
     *
     * @return now; 0 if no endpoint can be in TUN mode
     */
    long getFlowCount();

    /**
     * Inline flows that are tracked.
     *
     * @return now; 0 if tracking is off
     */
    long getTrackedFlowCount();

    /**
     * Packets of the handler's own that were sent.
     *
     * @return since the start
     */
    long getInjectedPackets();

    /**
     * Packets of the handler's own that could not be sent.
     *
     * @return since the start
     */
    long getInjectFailures();

    /**
     * Times that a handler's timer, task or {@link PacketHandler#onFlowEnd} threw.
     *
     * @return since the start
     */
    long getCallbackFailures();

    /**
     * Datagrams that the handler dropped.
     *
     * @return since the start
     */
    long getDroppedByHandler();

    /**
     * Datagrams dropped for each reason.
     *
     * @return since the start, by name of the {@link DropReason}; every reason has an entry
     */
    Map<String, Long> getDropsByReason();

    /**
     * Datagrams that the kernel dropped because a receive buffer was full.
     *
     * @return since the start; -1 where the system does not tell
     */
    long getReceiveBufferDrops();

    /**
     * Sockets open for replies.
     *
     * @return now
     */
    int getReturnSockets();

    /**
     * How busy each worker is.
     *
     * @return share of the last second in which it did not wait for packets, 0 to 1, by worker
     */
    List<Double> getWorkerBusyRatios();

    /**
     * How many tunnels there are.
     *
     * @return now
     */
    int getTunnelCount();

    /**
     * The tunnels one by one.
     *
     * @return now, by endpoint id
     */
    List<TunnelInfo> getTunnels();

    /**
     * A tunnel's counters, as JMX shows them. Immutable.
     *
     * @param endpoint         the endpoint's name, for example {@code vpce-0123456789abcdef0}
     * @param mode             name of its {@link TunnelMode}
     * @param phase            name of its {@link TunnelPhase}
     * @param receivedPackets  packets from the endpoint
     * @param receivedBytes    inner bytes of those
     * @param deliveredPackets packets written into its interface
     * @param forwardedPackets packets sent back
     * @param forwardedBytes   inner bytes of those
     * @param droppedByHandler packets that the handler dropped
     * @param idleSeconds      time since the last packet
     */
    record TunnelInfo(String endpoint, String mode, String phase, long receivedPackets, long receivedBytes, long deliveredPackets,
                      long forwardedPackets, long forwardedBytes, long droppedByHandler, double idleSeconds) {
    }
}
