package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.internal.flow.BusyFlows;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** An appliance without threads: the caller is its worker, its control thread and its callback threads, one step at a time. */
public final class SteppedAppliance implements AutoCloseable {
    private final ManualClock clock;
    private final Queue<Runnable> callbacks = new ArrayDeque<>();
    private final TunnelManager tunnels;
    private final FlowTable flows;
    private final FlowTableCare care;
    private final Worker worker;
    private boolean areCallbacksHeld;

    public SteppedAppliance(DatagramPort port, TunnelRules rules, PacketRules packetRules, TunSettings tun, FlowTableConfig flowConfig,
                            PacketCapture capture, List<TunnelListener> listeners, PacketHandler handler, ManualClock clock) {
        this.clock = clock;
        ReadableTunnels readable = new ReadableTunnels(1);
        boolean hasFlows = rules.modes().has(TunnelMode.TUN);
        flows = hasFlows ? new FlowTable(flowConfig) : null;
        care = hasFlows ? new FlowTableCare(flows) : null;
        tunnels = new TunnelManager(rules, 1, listeners, new InterfaceOpener(tun, packetRules.tunnelMtu(), 1), readable,
                callbacks::add, clock, () -> { }, () -> { });
        SharedState shared = new SharedState(rules.admission(), tunnels, readable, flows,
                hasFlows || packetRules.flowTracking() != null ? new FragmentRecords(tun.fragmentRecords(), FragmentRecords.DEFAULT_TIMEOUT_NS) : null, capture);
        worker = new Worker(0, port, packetRules, shared, handler, clock);
        worker.start();
        tunnels.createDeclared();
        settle();
    }

    /** Lets everything happen that does not wait for time. */
    public void settle() {
        for (int quiet = 0; quiet < 2;) {
            int work = worker.doWork() + control();
            quiet = work == 0 ? quiet + 1 : 0;
        }
        if (care != null) {
            care.turn(clock.getAsLong());
        }
    }

    /** One turn of the control thread and the callback threads alone. */
    public int control() {
        int work = tunnels.doWork();
        while (!areCallbacksHeld && !callbacks.isEmpty()) {
            callbacks.remove().run();
            work++;
        }
        return work;
    }

    /** One turn of the worker alone. */
    public int work() {
        return worker.doWork();
    }

    /** Listeners and the opening of interfaces take for ever, or no longer. */
    public void holdCallbacks(boolean areHeld) {
        areCallbacksHeld = areHeld;
    }

    /** Runs a task while another worker seems to be changing every flow. */
    public void whileFlowsAreBusy(Runnable task) throws ReflectiveOperationException {
        BusyFlows.during(flows, task);
    }

    public boolean destroyTunnel(long endpointId) {
        return tunnels.destroy(endpointId);
    }

    public ApplianceStats stats() {
        WorkerCounters.Snapshot counts = worker.counters().snapshot();
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        counts.addDropsTo(drops);
        return new ApplianceStats(counts.receivedPackets(), counts.receivedBytes(), counts.readPackets(), counts.readBytes(),
                counts.forwardedPackets(), counts.forwardedBytes(), counts.deliveredPackets(), counts.deliveredBytes(),
                counts.droppedByHandler(), counts.heldPackets(), drops,
                new ApplianceStats.Extras(counts.tappedPackets(), counts.tapDrops(), counts.packetTooBigSent(), tunnels.tunnelsCreated(),
                        tunnels.tunnelsDestroyed(), tunnels.creationFailures(), counts.injectedPackets(), counts.injectFailures(),
                        counts.callbackFailures(), tunnels.tunnelsAdopted(), 0),
                0, 0, flows == null ? null : flows.stats(),
                new FlowTrackingStats(counts.flows(), 0, counts.flowsCreated(), counts.flowsExpired(), counts.flowsEvicted()), List.of(), tunnels.stats());
    }

    /** As the appliance closes: the worker first, then the tunnels. */
    @Override
    public void close() {
        worker.retire();
        areCallbacksHeld = false;
        tunnels.beginClosing();
        settle();
        tunnels.close();
    }
}
