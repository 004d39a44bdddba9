package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.internal.flow.FlowFile;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import io.github.gwlb4j.gwlb.internal.handover.HandoverException;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running appliance: its transport, workers, control thread and tunnels, put together and taken apart in order.
 *
 * <p>What starts and stops is for the owner; the rest from any thread.
 */
public final class ApplianceRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(ApplianceRuntime.class);
    private static final long STOP_TIMEOUT_MS = 10_000;
    /** Longer than a hook script may take by default. */
    private static final long DECLARED_TIMEOUT_NS = 40_000_000_000L;
    private static final int IPV6_MIN_MTU = 1280;

    private final DatagramTransport transport;
    private final TunnelRules tunnelRules;
    private final PacketRules packetRules;
    private final LongSupplier clock = System::nanoTime;
    private final SharedState shared;
    private final Workers workers;
    private final TunnelManager tunnels;
    private final ControlThread control;
    private final ReceiveDropWatch receiveDrops = new ReceiveDropWatch();
    /** Null if no endpoint can be in TUN mode. */
    private final FlowTableCare flowCare;
    /** Null if flows are not saved. */
    private final FlowSaver saver;
    private final Standstill standstill;
    private final StatsReader statistics;
    private Set<Long> restoredEndpoints = Set.of();
    private boolean mayGoBack;
    private volatile long flowsAdopted;

    /**
     * Puts an appliance together; nothing runs yet.
     *
     * @param transport     closed by {@link #stop}
     * @param tunnelRules   settings of the lives of tunnels
     * @param packetRules   settings of the packet path
     * @param tun           settings of interfaces
     * @param flowConfig    sizes and times of the flow table
     * @param capture       where copies of packets go; null for nowhere
     * @param listeners     told of tunnels, in this order
     * @param workerSettings how many workers, and of their threads
     * @param isDroppingCapabilities whether threads give up capabilities that they have no use for
     * @param onWorkerDeath called on a worker's thread if an error ends it
     * @throws IllegalStateException if there is no memory for the flow table; the message names the option
     */
    public ApplianceRuntime(DatagramTransport transport, TunnelRules tunnelRules, PacketRules packetRules, TunSettings tun,
                            FlowTableConfig flowConfig, PacketCapture capture, List<TunnelListener> listeners, WorkerSettings workerSettings,
                            boolean isDroppingCapabilities, Runnable onWorkerDeath) {
        int workerCount = workerSettings.count();
        this.transport = transport;
        this.tunnelRules = tunnelRules;
        this.packetRules = packetRules;
        Runnable dropRights = isDroppingCapabilities ? Threads::keepOnly : () -> { };
        this.workers = new Workers(workerSettings, packetRules, clock, dropRights, onWorkerDeath);
        EndpointModes modes = tunnelRules.modes();
        boolean hasFlows = modes.has(TunnelMode.TUN);
        boolean hasInterfaces = modes.hasInterfaces();
        if (hasInterfaces && packetRules.tunnelMtu() < IPV6_MIN_MTU) {
            LOG.warn("tunnelMtu is {}: the kernel has no IPv6 on interfaces below {} (RFC 8200), and drops such packets without a word",
                    packetRules.tunnelMtu(), IPV6_MIN_MTU);
        }
        ReadableTunnels readable = new ReadableTunnels(workerCount);
        FlowTable flows = hasFlows ? new FlowTable(flowConfig) : null;
        this.flowCare = hasFlows ? new FlowTableCare(flows) : null;
        this.saver = hasFlows && tun.flowTableFile() != null
                ? new FlowSaver(new FlowFile(tun.flowTableFile()), tun.flowTableInterval().toNanos(), flows,
                        Threads.keepingFileAccess(isDroppingCapabilities)) : null;
        TunnelCallbacks callbacks = new TunnelCallbacks(tunnelRules.maxCallbacks());
        this.tunnels = new TunnelManager(tunnelRules, workerCount, listeners,
                new InterfaceOpener(tun, packetRules.tunnelMtu(), workerCount), readable, callbacks, clock, this::wakeControl,
                workers::wakeUp);
        this.shared = new SharedState(tunnelRules.admission(), tunnels, hasInterfaces ? readable : null, flows,
                fragmentRecords(hasFlows || packetRules.flowTracking() != null, tun), capture);
        // It starts the threads that make interfaces and call listeners.
        boolean hasUseForRights = hasInterfaces || !listeners.isEmpty();
        this.control = new ControlThread("gwlb4j-control", tunnels, callbacks, hasUseForRights ? () -> { } : dropRights, this::maintain);
        this.standstill = new Standstill(control, tunnels, workers, saver);
        this.statistics = new StatsReader(transport, workers, tunnels, flows, packetRules.flowTracking());
    }

    private static FragmentRecords fragmentRecords(boolean areNeeded, TunSettings tun) {
        return areNeeded ? new FragmentRecords(tun.fragmentRecords(), FragmentRecords.DEFAULT_TIMEOUT_NS) : null;
    }

    private void wakeControl() {
        control.wake();
    }

    private void maintain() {
        transport.maintain();
        long nowNs = clock.getAsLong();
        workers.maintain(nowNs);
        receiveDrops.look(transport.receiveBufferDrops(), nowNs);
        if (flowCare != null) {
            flowCare.turn(nowNs);
        }
    }

    /**
     * Opens the ports and makes the handlers; nothing runs yet. If this or one of the following methods fails, {@link #abandon} is due.
     *
     * @param handlers makes each worker's handler
     * @throws IOException if a port cannot be opened; the message names the fix
     */
    public void prepare(PacketHandler.Factory handlers) throws IOException {
        workers.make(handlers, transport, shared);
    }

    /** Fills the flow table from its file, if it has one; before {@link #launch}, and not if another process has passed on its flows. */
    public void restoreFlows() {
        if (saver != null) {
            restoredEndpoints = saver.restore();
            flowsAdopted = saver.restoredFlows();
        }
    }

    /**
     * Takes the tunnels that another process has, after {@link #prepare}. Until {@link #keepAdopted} it may go on after all.
     *
     * @param handed with descriptors, which are this appliance's from now on
     * @throws IOException if one cannot be taken
     */
    public void adopt(List<HandedTunnel> handed) throws IOException {
        int taken = 0;
        mayGoBack = true;
        try {
            while (taken < handed.size()) {
                tunnels.adopt(handed.get(taken++));
            }
        } finally {
            handed.subList(taken, handed.size()).forEach(HandedTunnel::close);
        }
    }

    /**
     * The other process has ended: what was adopted is this one's.
     *
     * @param flows how many flow records it has passed on
     */
    public void keepAdopted(long flows) {
        flowsAdopted = flows;
        mayGoBack = false;
    }

    /**
     * Starts the threads, after {@link #prepare}.
     *
     * @throws IllegalStateException if a handler's onStart threw
     */
    public void launch() {
        LOG.info("started: {}, {} worker(s), GENEVE option class 0x{}, mode {}", transport.describe(), workers.count(),
                String.format("%04x", packetRules.optionClass()), tunnelRules.modes().usual());
        control.start();
        workers.start();
    }

    /**
     * Creates the tunnels that are to be there from the start, after {@link #launch}: the declared ones, which are waited for, and those
     * of flows that were saved.
     *
     * @throws IOException if a declared tunnel cannot be created; the message names the fix
     */
    public void createTunnels() throws IOException {
        restoredEndpoints.forEach(tunnels::tunnelOf);
        tunnels.createDeclared();
        tunnels.awaitDeclared(Math.max(DECLARED_TIMEOUT_NS, tunnelRules.closeTimeoutNs()));
    }

    /** From now on flows are saved, if they are to be; after {@link #createTunnels}. */
    public void startSaving() {
        if (saver != null) {
            saver.start();
        }
    }

    /** The start has failed: closes all that was opened. Adopted tunnels do not end, if the other process goes on with them. */
    public void abandon() {
        if (mayGoBack) {
            control.freeze();
            tunnels.giveAway();
            control.thaw();
        }
        takeApart();
    }

    // ---- from this process to the next

    /**
     * The flow table of TUN mode.
     *
     * @return null if no endpoint can be in that mode
     */
    public FlowTable flows() {
        return shared.flows();
    }

    /**
     * Has everything rest that changes flows and tunnels, until {@link #resume} on the same thread: no tunnel is coming or going, no
     * listener is being called, and each worker has dealt with all that it has received. What comes waits in the kernel.
     *
     * @param settleNs how long tunnels have to come to rest
     * @param isWanted asked while they do: false ends the waiting
     * @return null; or why it cannot be, and all goes on
     */
    public String pause(long settleNs, BooleanSupplier isWanted) {
        return standstill.begin(settleNs, isWanted);
    }

    /** Goes on after {@link #pause}; on the same thread. */
    public void resume() {
        standstill.end();
    }

    /**
     * The tunnels, for another process; only while paused.
     *
     * @return with descriptors that stay open here
     * @throws HandoverException if one cannot be handed over
     */
    public List<HandedTunnel> toHandOver() throws HandoverException {
        return tunnels.toHandOver(clock.getAsLong());
    }

    /** Closes everything while paused, on the same thread; another process forwards now, so no tunnel ends. */
    public void stopHandedOver() {
        if (saver != null) {
            saver.resume(false);
        }
        transport.close(); // first: whatever a handler still sends at its end must not reach the load balancer from here
        tunnels.giveAway();
        control.thaw();
        takeApart();
    }

    /** Ends the threads and closes everything. */
    public void stop() {
        takeApart();
        LOG.info("closed");
    }

    private void takeApart() {
        if (saver != null) {
            saver.stop();
        }
        workers.stop(STOP_TIMEOUT_MS);
        transport.close();
        workers.closeHandlers();
        long listenersMs = TimeUnit.NANOSECONDS.toMillis(tunnelRules.closeTimeoutNs());
        if (!control.stop(listenersMs + STOP_TIMEOUT_MS)) {
            LOG.warn("the control thread has not ended: it is left behind");
        }
    }

    /**
     * Waits until no packet has come for a second.
     *
     * @param atMostNs how long at most
     * @return whether it became silent
     * @throws InterruptedException if the caller is interrupted
     */
    public boolean awaitSilence(long atMostNs) throws InterruptedException {
        return workers.awaitSilence(atMostNs);
    }

    /**
     * Adds up the counters of all workers.
     *
     * @return a snapshot
     */
    public ApplianceStats stats() {
        return statistics.read(flowsAdopted);
    }

    /** Makes {@link #createTunnels} fail soon if it still waits for declared tunnels. From any thread. */
    public void giveUpStarting() {
        tunnels.giveUpDeclared();
    }

    /**
     * Whether the caller is a thread of this appliance, which cannot wait for its end.
     *
     * @return true inside a packet handler or a listener
     */
    public boolean isOwnThread() {
        return tunnels.isInCallback() || workers.isCaller();
    }

    /**
     * The lives of the tunnels.
     *
     * @return for explicit creation and destruction
     */
    public TunnelManager tunnels() {
        return tunnels;
    }

    /**
     * What keeps workers from their work: one has died, or its handler does not return.
     *
     * @return phrases for people; empty if all is well
     */
    public List<String> problems() {
        return workers.problems(clock.getAsLong());
    }
}
