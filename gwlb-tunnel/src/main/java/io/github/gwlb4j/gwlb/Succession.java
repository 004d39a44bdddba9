package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.internal.ApplianceRuntime;
import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import io.github.gwlb4j.gwlb.internal.handover.HandoverException;
import io.github.gwlb4j.gwlb.internal.handover.HandoverGiver;
import io.github.gwlb4j.gwlb.internal.handover.HandoverServer;
import io.github.gwlb4j.gwlb.internal.handover.PlaceInLine;
import io.github.gwlb4j.gwlb.internal.handover.StartLock;
import io.github.gwlb4j.gwlb.internal.handover.Takeover;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An appliance's place in a row of processes: it takes over from the one before, and hands over to the one after.
 *
 * <p>The methods of the first part are for the thread that starts the appliance, in their order; {@link #close} for the one that
 * closes it; those of {@link HandoverGiver} for a hand-over's.
 */
final class Succession implements HandoverGiver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GwlbAppliance.class);
    /** As long as a hook script may take by default. */
    private static final long SETTLE_NS = Duration.ofSeconds(30).toNanos();

    private final ApplianceConfig config;
    private final LinuxTransport transport;
    private final ApplianceRuntime runtime;
    private final Owner owner;
    private final HandoverServer server;
    private final PlaceInLine place;
    /** Null unless this process takes over. */
    private Takeover takeover;
    /** Null until this process closes. */
    private StartLock closeLock;

    /** The appliance. Called on the thread of a hand-over. */
    interface Owner {
        /** Whether it may be given away; it does not begin to close afterwards without waiting for the hand-over. */
        boolean giveAway();

        /** Another process forwards, and nothing runs here any more. */
        void isGivenAway();
    }

    private Succession(ApplianceConfig config, LinuxTransport transport, ApplianceRuntime runtime, Owner owner) {
        this.config = config;
        this.transport = transport;
        this.runtime = runtime;
        this.owner = owner;
        this.place = new PlaceInLine(config.takeover, config.handedOverSettings(), config.workers);
        this.server = new HandoverServer(config.takeover, this, Threads.keepingFileAccess(config.isDroppingCapabilities));
    }

    /** Null if hand-overs are not wanted. */
    static Succession of(ApplianceConfig config, DatagramTransport transport, ApplianceRuntime runtime, Owner owner) throws IOException {
        if (config.takeover == null) {
            return null;
        }
        if (!(transport instanceof LinuxTransport)) {
            throw new IOException("takeover needs the Linux transport, and so Linux and an IPv4 listen address: leave it out");
        }
        return new Succession(config, (LinuxTransport) transport, runtime, owner);
    }

    // ---- from the process before

    /** Asks the process that runs, if there is one, for its sockets and flows; before the ports are opened. Waits for one that comes or goes. */
    void begin() throws IOException {
        transport.allowSuccessor();
        place.find();
        takeover = place.takeover();
        if (takeover != null) {
            transport.adopt(takeover.takeSockets());
            takeover.takeFlows(runtime.flows());
        }
    }

    boolean isTakingOver() {
        return takeover != null;
    }

    /** Takes the rest; when this returns the other process has stopped, and this one is to start at once. */
    void takeOver() throws IOException {
        try {
            runtime.adopt(takeover.takeTunnels(runtime.flows(), config.workers));
            takeover.commit();
        } catch (IOException e) {
            throw new IOException("cannot take over from process " + takeover.peerPid() + ", which goes on: " + e.getMessage(), e);
        }
    }

    /** This process forwards: the next one is to find it. If this throws, the other one goes on. */
    void isRunning() throws IOException {
        server.open();
        server.start();
        place.releaseLock();
        if (takeover != null) {
            takeover.confirm();
            LOG.info("took over from process {}: {} flow record(s){}", takeover.peerPid(), takeover.flows(),
                    takeover.flowsWithoutRoom() == 0 ? "" : ", " + takeover.flowsWithoutRoom() + " more without room (setting maxFlows) or ended");
            takeover.close();
        }
    }

    /** All that was to be made is made: the next process can take over. */
    void isReady() {
        server.isReady();
    }

    /** The start is not wanted any more: waiting for the other process fails at once, and that one goes on unless it has given everything. From any thread. */
    void giveUpStarting() {
        place.giveUp();
    }

    /** Flow records taken from the process before; a flow that changed meanwhile counts again. */
    long flowsTakenOver() {
        return takeover == null ? 0 : takeover.flows();
    }

    /** The start has failed: the other process goes on. */
    void abandon() {
        place.close();
        server.close();
    }

    /** No hand-over begins from now on; one that runs ends first, well or not. If there is none, processes that start wait until {@link #isGone}. */
    @Override
    public void close() {
        try {
            closeLock = StartLock.take(config.takeover);
        } catch (IOException e) {
            LOG.debug("{}", e.getMessage()); // whoever starts now may find a port or an interface in use, and says so
        }
        server.close();
    }

    /** Nothing of this process is in the way of another. */
    void isGone() {
        if (closeLock != null) {
            closeLock.close();
        }
    }

    // ---- to the process after

    @Override
    public Map<String, String> settings() {
        return config.handedOverSettings();
    }

    @Override
    public int[] sockets() {
        return transport.descriptors();
    }

    @Override
    public FlowTable flows() {
        return runtime.flows();
    }

    @Override
    public String pause(BooleanSupplier isWanted) {
        return runtime.pause(SETTLE_NS, isWanted);
    }

    @Override
    public List<HandedTunnel> tunnels() throws HandoverException {
        return runtime.toHandOver();
    }

    @Override
    public void resume() {
        runtime.resume();
    }

    @Override
    public boolean giveAway() {
        return owner.giveAway();
    }

    @Override
    public void end(String summary) {
        runtime.stopHandedOver();
        LOG.info("{}; this appliance ends", summary);
        owner.isGivenAway();
    }
}
