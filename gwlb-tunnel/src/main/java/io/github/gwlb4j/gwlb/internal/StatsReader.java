package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Adds up what the parts of a running appliance count. Usable from any thread. */
final class StatsReader {
    private final DatagramTransport transport;
    private final Workers workers;
    private final TunnelManager tunnels;
    /** Null if no endpoint can be in TUN mode. */
    private final FlowTable flows;
    /** Null if workers do not track flows. */
    private final FlowTracking tracking;

    StatsReader(DatagramTransport transport, Workers workers, TunnelManager tunnels, FlowTable flows, FlowTracking tracking) {
        this.transport = transport;
        this.workers = workers;
        this.tunnels = tunnels;
        this.flows = flows;
        this.tracking = tracking;
    }

    /** A snapshot; how many flows were adopted is known elsewhere. */
    ApplianceStats read(long flowsAdopted) {
        WorkerCounters.Snapshot sum = new WorkerCounters.Snapshot();
        int returnSockets = 0;
        List<WorkerStats> each = new ArrayList<>();
        for (int i = 0; i < workers.made(); i++) {
            WorkerCounters.Snapshot counts = workers.get(i).counters().snapshot();
            sum.add(counts);
            returnSockets += workers.get(i).port().returnSockets();
            each.add(new WorkerStats(i, counts.receivedPackets(), counts.receivedBytes(), counts.forwardedPackets(),
                    counts.forwardedBytes(), counts.readPackets(), counts.deliveredPackets(), counts.droppedByHandler(),
                    workers.busyRatio(i)));
        }
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        sum.addDropsTo(drops);
        return new ApplianceStats(sum.receivedPackets(), sum.receivedBytes(), sum.readPackets(), sum.readBytes(),
                sum.forwardedPackets(), sum.forwardedBytes(), sum.deliveredPackets(), sum.deliveredBytes(), sum.droppedByHandler(),
                sum.heldPackets(), drops, extras(sum, flowsAdopted), transport.receiveBufferDrops(), returnSockets,
                flows == null ? null : flows.stats(), trackedFlows(sum), each, tunnels.stats());
    }

    private ApplianceStats.Extras extras(WorkerCounters.Snapshot sum, long flowsAdopted) {
        return new ApplianceStats.Extras(sum.tappedPackets(), sum.tapDrops(), sum.packetTooBigSent(), tunnels.tunnelsCreated(),
                tunnels.tunnelsDestroyed(), tunnels.creationFailures(), sum.injectedPackets(), sum.injectFailures(),
                sum.callbackFailures(), tunnels.tunnelsAdopted(), flowsAdopted);
    }

    private FlowTrackingStats trackedFlows(WorkerCounters.Snapshot sum) {
        return tracking == null ? null : new FlowTrackingStats(sum.flows(), (long) workers.made() * tracking.maxFlows(),
                sum.flowsCreated(), sum.flowsExpired(), sum.flowsEvicted());
    }
}
