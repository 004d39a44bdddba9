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
 * @param receivedPackets  datagrams received
 * @param receivedBytes    their UDP payload bytes: GENEVE header and inner packet
 * @param forwardedPackets datagrams sent back
 * @param forwardedBytes   their UDP payload bytes
 * @param droppedByHandler datagrams that the handler dropped
 * @param drops            datagrams dropped for each reason; every reason has an entry
 * @param receiveBufferDrops datagrams that the kernel dropped because a receive buffer was full, before they could be
 *                         received; looked at about once a second; -1 where the system does not tell
 * @param returnSockets    sockets open for replies now
 * @param workers          the part of each worker
 * @param tunnels          the tunnels that exist now
 */
public record ApplianceStats(long receivedPackets, long receivedBytes, long forwardedPackets, long forwardedBytes,
                             long droppedByHandler, Map<DropReason, Long> drops, long receiveBufferDrops, int returnSockets,
                             List<WorkerStats> workers, List<TunnelStats> tunnels) {
    /**
     * Copies the collections.
     *
     * @param receivedPackets  datagrams received
     * @param receivedBytes    their UDP payload bytes
     * @param forwardedPackets datagrams sent back
     * @param forwardedBytes   their UDP payload bytes
     * @param droppedByHandler datagrams that the handler dropped
     * @param drops            datagrams dropped for each reason
     * @param receiveBufferDrops datagrams that the kernel dropped; -1 where it does not tell
     * @param returnSockets    sockets open for replies now
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
     * Datagrams dropped for one reason.
     *
     * @param reason which
     * @return 0 or more
     */
    public long dropped(DropReason reason) {
        return drops.get(reason);
    }

    /**
     * Datagrams dropped for any reason but the handler's verdict.
     *
     * @return the sum over {@link #drops()}
     */
    public long droppedByReason() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The invariant: received = forwarded + dropped by the handler + dropped by reason.
     *
     * @return true, or there is an error in this library
     */
    public boolean isBalanced() {
        return receivedPackets == forwardedPackets + droppedByHandler + droppedByReason();
    }
}
