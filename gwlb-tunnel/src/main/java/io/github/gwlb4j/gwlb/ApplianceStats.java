package io.github.gwlb4j.gwlb;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counters of a whole appliance since its start, added up over its workers. Immutable.
 *
 * <p>Each worker's part is read between two of its batches, so {@link #isBalanced()} holds for every snapshot.
 *
 * @param receivedPackets  datagrams received from the load balancer
 * @param receivedBytes    their UDP payload bytes: GENEVE header and inner packet
 * @param readPackets      packets read out of TUN interfaces
 * @param readBytes        their bytes
 * @param forwardedPackets datagrams sent back to the load balancer
 * @param forwardedBytes   their UDP payload bytes
 * @param deliveredPackets packets written into TUN interfaces, copies for taps not counted
 * @param deliveredBytes   their bytes
 * @param droppedByHandler datagrams that the handler dropped
 * @param heldPackets      packets that wait now for their tunnel to be created
 * @param drops            packets dropped for each reason; every reason has an entry
 * @param extras           what is counted beside the packets' fates
 * @param receiveBufferDrops datagrams that the kernel dropped because a receive buffer was full, before they could be
 *                         received; looked at about once a second; -1 where the system does not tell
 * @param returnSockets    sockets open for replies now
 * @param flows            the flow table of TUN mode; null if no endpoint is in that mode
 * @param trackedFlows     inline flow tracking; null if it is off
 * @param workers          the part of each worker
 * @param tunnels          the tunnels that exist now
 */
public record ApplianceStats(long receivedPackets, long receivedBytes, long readPackets, long readBytes, long forwardedPackets,
                             long forwardedBytes, long deliveredPackets, long deliveredBytes, long droppedByHandler, long heldPackets,
                             Map<DropReason, Long> drops, Extras extras, long receiveBufferDrops, int returnSockets,
                             FlowTableStats flows, FlowTrackingStats trackedFlows, List<WorkerStats> workers, List<TunnelStats> tunnels) {
    /**
     * What is counted beside the packets' fates.
     *
     * @param tappedPackets    copies written into the interfaces of {@link TunnelMode#INLINE_WITH_TAP}
     * @param tapDrops         copies that such an interface did not take
     * @param packetTooBigSent ICMP errors sent about packets that were too large
     * @param tunnelsCreated   tunnels whose creation succeeded
     * @param tunnelsDestroyed tunnels that have ended
     * @param creationFailures times that a tunnel could not be created
     * @param injectedPackets  packets of the handler's own that were sent, see {@link Flow#inject}
     * @param injectFailures   such packets that could not be sent: malformed, too large, the queue full, or the system refused
     * @param callbackFailures times that a handler's timer, task or {@link PacketHandler#onFlowEnd} threw
     * @param tunnelsAdopted   tunnels that the process before this one had, see {@link GwlbApplianceBuilder#takeover}
     * @param flowsAdopted     flow records of the process before this one: handed over, or out of {@link TunSettings#flowTableFile}
     */
    public record Extras(long tappedPackets, long tapDrops, long packetTooBigSent, long tunnelsCreated, long tunnelsDestroyed,
                         long creationFailures, long injectedPackets, long injectFailures, long callbackFailures, long tunnelsAdopted,
                         long flowsAdopted) {
    }

    /**
     * Copies the collections.
     *
     * @param receivedPackets  datagrams received from the load balancer
     * @param receivedBytes    their UDP payload bytes: GENEVE header and inner packet
     * @param readPackets      packets read out of TUN interfaces
     * @param readBytes        their bytes
     * @param forwardedPackets datagrams sent back to the load balancer
     * @param forwardedBytes   their UDP payload bytes
     * @param deliveredPackets packets written into TUN interfaces, copies for taps not counted
     * @param deliveredBytes   their bytes
     * @param droppedByHandler datagrams that the handler dropped
     * @param heldPackets      packets that wait now for their tunnel to be created
     * @param drops            packets dropped for each reason; every reason has an entry
     * @param extras           what is counted beside the packets' fates
     * @param receiveBufferDrops datagrams that the kernel dropped because a receive buffer was full, before they could be
     *                         received; looked at about once a second; -1 where the system does not tell
     * @param returnSockets    sockets open for replies now
     * @param flows            the flow table of TUN mode; null if no endpoint is in that mode
     * @param trackedFlows     inline flow tracking; null if it is off
     * @param workers          the part of each worker
     * @param tunnels          the tunnels that exist now
     */
    public ApplianceStats {
        Map<DropReason, Long> all = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            all.put(reason, drops.getOrDefault(reason, 0L));
        }
        drops = Collections.unmodifiableMap(all);
        workers = List.copyOf(workers);
        tunnels = List.copyOf(tunnels);
    }

    /**
     * Packets dropped for one reason.
     *
     * @param reason which
     * @return 0 or more
     */
    public long dropped(DropReason reason) {
        return drops.get(reason);
    }

    /**
     * Packets dropped for any reason but the handler's verdict.
     *
     * @return the sum over {@link #drops()}
     */
    public long droppedByReason() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The invariant: received + read from interfaces = forwarded + delivered to interfaces + dropped by the handler + held +
     * dropped by reason.
     *
     * @return true, or there is an error in this library
     */
    public boolean isBalanced() {
        return receivedPackets + readPackets
                == forwardedPackets + deliveredPackets + droppedByHandler + heldPackets + droppedByReason();
    }
}
