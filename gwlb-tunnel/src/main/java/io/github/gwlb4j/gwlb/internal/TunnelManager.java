package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import io.github.gwlb4j.gwlb.internal.handover.HandoverException;
import io.github.gwlb4j.tun.TunDevice;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All tunnels of an appliance. Workers ask for an endpoint's tunnel, and make it on its first packet; the control thread takes
 * each through its phases ({@link TunnelLifecycle}); what takes long runs on callback threads ({@link TunnelTasks}).
 *
 * <p>{@link #tunnelOf} is for workers: no lock, and nothing allocated for an endpoint that is known, refused or over the limit.
 * {@link #doWork}, {@link #waitNs} and {@link #close} belong to the control thread; the rest is usable from any thread.
 */
public final class TunnelManager {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelManager.class);
    private static final long CLOSE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final TunnelRules rules;
    private final TunnelTable table;
    private final int workers;
    private final LongSupplier clock;
    private final Runnable wakeControl;
    private final Runnable wakeWorkers;
    private final TunnelNews news = new TunnelNews();
    private final TunnelTasks tasks;
    private final TunnelLifecycle lifecycle;
    private final DeclaredTunnels declared;
    private final TunnelInterfaces.Opener opener;
    private final ReadableTunnels readable;
    private volatile boolean isClosing;

    /**
     * Makes a manager without tunnels.
     *
     * @param rules       of the tunnels' lives
     * @param workers     how many workers count
     * @param listeners   to be told on callback threads, in this order
     * @param opener      opens the interfaces of modes that have some, on callback threads
     * @param readable    where workers find the tunnels to read from
     * @param callbacks   runs what takes long, not on the control thread; see {@link TunnelCallbacks}
     * @param clock       monotonic nanoseconds
     * @param wakeControl makes the control thread call {@link #doWork} soon
     * @param wakeWorkers makes the workers look at the tunnels for which they hold packets, and at the readable ones
     */
    TunnelManager(TunnelRules rules, int workers, List<TunnelListener> listeners, TunnelInterfaces.Opener opener,
                  ReadableTunnels readable, Executor callbacks, LongSupplier clock, Runnable wakeControl, Runnable wakeWorkers) {
        this.rules = rules;
        this.table = new TunnelTable(rules.maxTunnels());
        this.workers = workers;
        this.clock = clock;
        this.wakeControl = wakeControl;
        this.wakeWorkers = wakeWorkers;
        this.tasks = new TunnelTasks(new ListenerChain(listeners), opener, wakeControl);
        this.lifecycle = new TunnelLifecycle(rules, table, readable, tasks, callbacks, news, this::tunnelOf);
        this.declared = new DeclaredTunnels(rules, table, clock);
        this.opener = opener;
        this.readable = readable;
    }

    /** For workers: the endpoint's tunnel, made if need be; null if it is not allowed or there are as many as the setting allows. */
    TunnelState tunnelOf(long endpointId) {
        TunnelState tunnel = table.find(endpointId);
        return tunnel != null || table.isFull() || !rules.admission().admitsEndpoint(endpointId) ? tunnel : make(endpointId);
    }

    private TunnelState make(long endpointId) {
        if (isClosing) {
            return null;
        }
        TunnelState made = new TunnelState(endpointId, rules.modes().of(endpointId), workers, Instant.now(), clock);
        TunnelState tunnel = table.add(made);
        if (tunnel == made) {
            wakeControl.run();
        }
        return tunnel;
    }

    /**
     * Makes an endpoint's tunnel, as a packet would.
     *
     * @param endpointId of the endpoint
     * @return whether there is one now or, after one that is ending, soon; false if the endpoint is not allowed, there are as
     *         many tunnels as the setting allows, or the appliance is closing
     */
    public boolean create(long endpointId) {
        while (true) {
            TunnelState tunnel = tunnelOf(endpointId);
            if (tunnel == null || isClosing) {
                return false;
            }
            TunnelPhase phase = tunnel.phase();
            boolean isComing = (phase == TunnelPhase.CREATING || phase == TunnelPhase.ACTIVE) && !tunnel.life().isEndRequested();
            if (isComing) {
                return true;
            }
            tunnel.life().want();
            if (tunnel.phase() != TunnelPhase.DESTROYED) { // else the wish came too late for it
                wakeControl.run();
                return true;
            }
        }
    }

    /**
     * Destroys an endpoint's tunnel; one that is being created, as soon as it is. The endpoint's next packet makes a new one.
     *
     * @param endpointId of the endpoint
     * @return whether there is one
     */
    public boolean destroy(long endpointId) {
        TunnelState tunnel = table.find(endpointId);
        if (tunnel == null) {
            return false;
        }
        tunnel.life().requestEnd();
        wakeControl.run();
        return true;
    }

    /** Makes the tunnels of all declared endpoints. */
    public void createDeclared() {
        rules.declared().forEach(this::tunnelOf);
    }

    /**
     * Waits until the tunnels of all declared endpoints are active.
     *
     * @param timeoutNs how long at most
     * @throws IOException if one could not be created, or not in time, or the caller was interrupted; names each and why
     */
    public void awaitDeclared(long timeoutNs) throws IOException {
        declared.await(timeoutNs);
    }

    /** Makes {@link #awaitDeclared} give up soon. */
    public void giveUpDeclared() {
        declared.giveUp();
    }

    /**
     * Takes all tunnels as far as they get now.
     *
     * @return how much there was to do
     */
    public int doWork() {
        int work = 0;
        long nowNs = clock.getAsLong();
        lifecycle.beginRound();
        for (TunnelState tunnel : table.tunnels()) {
            work += lifecycle.advance(tunnel, nowNs);
        }
        if (lifecycle.mustWakeWorkers()) {
            wakeWorkers.run();
        }
        return work;
    }

    /**
     * How long the control thread may sleep after {@link #doWork}, unless woken.
     *
     * @return nanoseconds, {@link Long#MAX_VALUE} if nothing is awaited
     */
    public long waitNs() {
        return lifecycle.waitNs();
    }

    /** Whether the caller is inside a listener's callback, so that closing must not wait for it. */
    boolean isInCallback() {
        return tasks.isCaller();
    }

    /**
     * Ends all tunnels, after the workers have ended: several at a time, and for as long as the rules say at most. Interfaces are
     * closed then even if a listener has not returned.
     *
     * @return whether all listeners have returned
     */
    public boolean close() {
        beginClosing();
        long startNs = clock.getAsLong();
        boolean isInterrupted = false;
        doWork();
        while (!table.tunnels().isEmpty() && clock.getAsLong() - startNs < rules.closeTimeoutNs()) {
            isInterrupted |= Thread.interrupted(); // parking would not wait
            LockSupport.parkNanos(this, CLOSE_POLL_NS);
            doWork();
        }
        boolean haveAllReturned = table.tunnels().isEmpty();
        if (!haveAllReturned) {
            abandonRest();
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return haveAllReturned;
    }

    /** From now on no tunnel is made, and {@link #doWork} ends all there are. */
    void beginClosing() {
        isClosing = true;
        lifecycle.beginClosing();
    }

    private void abandonRest() {
        List<TunnelState> rest = table.tunnels();
        LOG.warn("closing goes on without the listeners of {} tunnel(s), which have not returned for {} ms; interfaces are closed now, "
                + "threads are left behind: {}", rest.size(), TimeUnit.NANOSECONDS.toMillis(rules.closeTimeoutNs()),
                rest.stream().limit(10).map(TunnelState::name).toList());
        rest.forEach(tunnel -> lifecycle.abandon(tunnel, clock.getAsLong()));
    }

    // ---- from one process to the next

    /**
     * Takes a tunnel that another process has had; before the workers run.
     *
     * @param handed with descriptors, which belong to this manager from now on
     * @throws IOException if its interfaces cannot be used, or there are too many tunnels; the descriptors are closed
     */
    void adopt(HandedTunnel handed) throws IOException {
        TunnelInterfaces interfaces = handed.mode().hasIngressInterface() ? opener.adopt(handed) : null;
        TunnelState tunnel = TunnelState.adopted(handed, interfaces, workers, clock);
        if (table.add(tunnel) != tunnel) {
            TunnelTasks.closeInterfaces(tunnel);
            throw new IOException("there is no room for tunnel " + tunnel + " (setting maxTunnels), or it was passed on twice");
        }
        if (interfaces != null) {
            readable.add(tunnel);
        }
    }

    /** For whoever has frozen the control thread: a tunnel that is coming or going, or whose listener is being called; null if none. */
    TunnelState unsettled() {
        return table.tunnels().stream().filter(tunnel -> tunnel.life().isBusy() || tunnel.phase() == TunnelPhase.CREATING
                || tunnel.phase() == TunnelPhase.DESTROYING || tunnel.life().isInterfaceLost()).findFirst().orElse(null);
    }

    /** What keeps a tunnel from being settled, for people: names the listener that has not returned, if it is one. */
    String business(TunnelState tunnel) {
        String called = tasks.calledListener(tunnel);
        return "tunnel " + tunnel + " is " + tunnel.phase() + (called == null ? "" : " and " + called + " has not returned");
    }

    /** For whoever has frozen the control thread: the tunnels that another process can have. One that has failed is made again there. */
    List<HandedTunnel> toHandOver(long nowNs) throws HandoverException {
        List<HandedTunnel> handed = new ArrayList<>();
        for (TunnelState tunnel : table.tunnels()) {
            if (tunnel.phase() == TunnelPhase.ACTIVE) {
                TunnelInterfaces open = tunnel.interfaces();
                TunnelLife life = tunnel.life();
                handed.add(new HandedTunnel(tunnel.endpointId(), tunnel.mode(), life.isAnnounced, life.isListenerTold,
                        tunnel.createdAt().toEpochMilli(), tunnel.idleNs(nowNs), descriptors(open == null ? null : open.ingress()),
                        descriptors(open == null ? null : open.egress())));
            }
        }
        return handed;
    }

    private int[] descriptors(TunDevice device) throws HandoverException {
        int[] descriptors = new int[device == null ? 0 : workers];
        for (int i = 0; i < descriptors.length; i++) {
            descriptors[i] = device.queue(i).fileDescriptor();
            if (descriptors[i] < 0) {
                throw new HandoverException("interface " + device.name() + " is not the kernel's, or has been deleted: it cannot be handed over");
            }
        }
        return descriptors;
    }

    /** For whoever has frozen the control thread: all tunnels are another process's now. No listener hears of that. */
    void giveAway() {
        beginClosing();
        table.tunnels().forEach(lifecycle::giveAway);
    }

    /**
     * Tunnels that a process before this one had.
     *
     * @return at the start
     */
    long tunnelsAdopted() {
        return news.tunnelsAdopted();
    }

    /** Changes when held packets may have to move: a tunnel's creation has succeeded or failed, or a tunnel has gone. */
    int epoch() {
        return lifecycle.epoch();
    }

    /**
     * Tunnels that have become active.
     *
     * @return since the start
     */
    public long tunnelsCreated() {
        return news.tunnelsCreated();
    }

    /**
     * Tunnels that have been active and are gone.
     *
     * @return since the start
     */
    public long tunnelsDestroyed() {
        return news.tunnelsDestroyed();
    }

    /**
     * Times that an interface could not be opened or was deleted again soon, or a listener failed at a tunnel's creation.
     *
     * @return since the start
     */
    public long creationFailures() {
        return news.creationFailures();
    }

    /**
     * Reads the counters of all tunnels. From any thread.
     *
     * @return a snapshot, by endpoint id
     */
    public List<TunnelStats> stats() {
        return table.tunnels().stream().map(TunnelState::stats)
                .sorted(Comparator.comparingLong(TunnelStats::endpointId)).toList();
    }
}
