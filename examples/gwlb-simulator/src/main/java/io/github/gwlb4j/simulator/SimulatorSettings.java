package io.github.gwlb4j.simulator;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What {@link GwlbSimulator.Builder} has collected and checked. Immutable.
 *
 * @param target           where the appliance listens
 * @param sources          addresses of the load balancer nodes, at least one
 * @param endpointIds      ids of the endpoints, at least one
 * @param optionClass      GENEVE option class
 * @param seed             of all that is random
 * @param timeoutNs        after so long a packet is missing
 * @param packetsPerSecond 0: as fast as the window allows
 * @param window           most unanswered packets, 0: no limit
 * @param durationNs       how long to send, 0: each packet once
 * @param expectedDrops    packets that match one of them must not come back
 * @param isOneWay         whether nothing is to come back
 * @param innerPacketRule  which changes of inner packets are allowed
 * @param maxSockets       most source ports of a node
 */
record SimulatorSettings(
        InetSocketAddress target,
        List<InetAddress> sources,
        List<Long> endpointIds,
        int optionClass,
        long seed,
        long timeoutNs,
        int packetsPerSecond,
        int window,
        long durationNs,
        List<PacketFilter> expectedDrops,
        boolean isOneWay,
        InnerPacketRule innerPacketRule,
        int maxSockets) {
}
