package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.internal.TunnelLife.Outcome;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * The transitions between {@link TunnelPhase}s. {@link #advance} looks at one tunnel and makes those that are due; what takes long
 * goes to a callback thread, and the tunnel rests until its outcome is there. So no two callbacks of one tunnel, nor of a tunnel and
 * its successor, ever overlap.
 *
 * <p>Belongs to the control thread; the epoch is read from any.
 */
final class TunnelLifecycle {
    private static final long RELEASE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RELEASE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MAX_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Twice what a hook script may take by default. */
    private static final long SLOW_TASK_NS = TimeUnit.SECONDS.toNanos(60);
    /** An interface that is lost so soon after its creation again and again is treated as one that cannot be created. */
    private static final long SOON_NS = TimeUnit.SECONDS.toNanos(10);
    /** After the system has refused a thread. */
    private static final long REST_NS = TimeUnit.SECONDS.toNanos(1);

    private final TunnelTable table;
    private final TunnelTimers timers;
    private final ReadableTunnels readable;
    private final TunnelTasks tasks;
    private final Executor callbacks;
    private final TunnelNews news;
    private final LongFunction<TunnelState> makeTunnel;
    private boolean isClosing;
    private boolean mustWakeWorkers;
    private long waitNs = Long.MAX_VALUE;
    private volatile int epoch;

    TunnelLifecycle(TunnelRules rules, TunnelTable table, ReadableTunnels readable, TunnelTasks tasks, Executor callbacks,
                    TunnelNews news, LongFunction<TunnelState> makeTunnel) {
        this.table = table;
        this.timers = new TunnelTimers(rules, table);
        this.readable = readable;
        this.tasks = tasks;
        this.callbacks = callbacks;
        this.news = news;
        this.makeTunnel = makeTunnel;
    }

    /** From now on all tunnels end, and no worker reads from any. */
    void beginClosing() {
        isClosing = true;
        tasks.beginClosing();
    }

    /** Before each round of {@link #advance}. */
    void beginRound() {
        waitNs = Long.MAX_VALUE;
        mustWakeWorkers = false;
    }

    /** Takes a tunnel as far as it gets now; answers how many steps that were. */
    int advance(TunnelState tunnel, long nowNs) {
        int steps = 0;
        while (step(tunnel, nowNs)) {
            steps++;
        }
        return steps;
    }

    /** Whether this round has changed something that workers must see soon. */
    boolean mustWakeWorkers() {
        return mustWakeWorkers;
    }

    /** After a round: how long until the next one, unless woken. */
    long waitNs() {
        return waitNs;
    }

    private boolean step(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (life.isBusy()) {
            Outcome outcome = life.takeOutcome();
            if (outcome != null) {
                follow(tunnel, outcome, nowNs);
            } else if (life.isTaskSlow(nowNs, SLOW_TASK_NS)) {
                news.taskIsSlow(tunnel, SLOW_TASK_NS);
            }
            return outcome != null;
        }
        if (life.isResting(nowNs)) {
            return lookAgainIn(MAX_WAIT_NS);
        }
        return switch (tunnel.phase()) {
            case CREATING -> create(tunnel, nowNs);
            case ACTIVE -> watch(tunnel, nowNs);
            case FAILED -> retry(tunnel, nowNs);
            case DESTROYING -> destroy(tunnel, nowNs);
            case DESTROYED -> false;
        };
    }

    private void follow(TunnelState tunnel, Outcome outcome, long nowNs) {
        switch (outcome) {
            case CREATED -> created(tunnel, nowNs);
            case CREATION_FAILED -> creationFailed(tunnel, nowNs);
            case ADOPTED -> { }
            case KEEP, LET_GO -> answered(tunnel, outcome, nowNs);
            case DESTROYED -> end(tunnel);
            case ABANDONED -> throw new IllegalStateException("an abandoned tunnel is out of the table");
        }
    }

    private boolean create(TunnelState tunnel, long nowNs) {
        if (isClosing) {
            end(tunnel);
            return true;
        }
        return submit(tunnel, () -> tasks.create(tunnel), nowNs);
    }

    private void created(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        life.isListenerTold = true;
        if (tunnel.phase() == TunnelPhase.CREATING) { // in inline mode it is active already
            life.isAnnounced = true;
            life.phaseSinceNs = nowNs;
            life.fulfil();
            tunnel.activate(life.opened());
            if (life.opened() != null) {
                readable.add(tunnel); // now that a worker which takes the list at once finds the interfaces there
            }
            news.created(tunnel);
            tellWorkers();
        }
    }

    private void creationFailed(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (tunnel.phase() == TunnelPhase.ACTIVE) {
            news.listenerFailedInline(tunnel, life.failure());
            return;
        }
        life.failures++;
        life.packetsAtFailure = tunnel.receivedPackets();
        life.phaseSinceNs = nowNs;
        tunnel.enter(TunnelPhase.FAILED);
        if (!isClosing) {
            news.creationFailed(tunnel, timers.backOffNs(life.failures), timers.isDeclared(tunnel));
        }
        tellWorkers();
    }

    private boolean retry(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (isClosing || life.isEndRequested()) {
            end(tunnel);
        } else if (timers.isRetryDue(tunnel, nowNs)) {
            life.fulfil();
            life.phaseSinceNs = nowNs;
            tunnel.enter(TunnelPhase.CREATING);
        } else if (timers.isForgotten(tunnel, nowNs)) {
            end(tunnel);
        } else {
            return lookAgainIn(MAX_WAIT_NS);
        }
        return true;
    }

    private boolean watch(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (life.isAdopted) {
            life.isAdopted = false;
            news.adopted(tunnel);
            return !life.isListenerTold || submit(tunnel, () -> tasks.adopt(tunnel), nowNs);
        }
        if (!life.isAnnounced) { // in inline mode its packets pass already
            life.isAnnounced = true;
            news.created(tunnel);
            return submit(tunnel, () -> tasks.create(tunnel), nowNs);
        }
        boolean isTimedOut = timers.isTimedOut(tunnel, nowNs);
        if (isClosing) {
            beginDestroying(tunnel, Reason.CLOSED, nowNs);
        } else if (life.isEndRequested()) {
            beginDestroying(tunnel, Reason.REQUESTED, nowNs);
        } else if (life.isInterfaceLost()) {
            life.soonLost = nowNs - life.phaseSinceNs < SOON_NS ? life.soonLost + 1 : 0;
            beginDestroying(tunnel, Reason.INTERFACE_LOST, nowNs);
        } else if (isTimedOut && life.isListenerTold) {
            life.askedLastPacketNs = tunnel.lastPacketNs(nowNs);
            return submit(tunnel, () -> tasks.timeOut(tunnel), nowNs);
        } else if (isTimedOut) {
            beginDestroying(tunnel, Reason.TIMED_OUT, nowNs);
        } else {
            return lookAgainIn(timers.untilTimedOutNs(tunnel, nowNs));
        }
        return true;
    }

    private void answered(TunnelState tunnel, Outcome answer, long nowNs) {
        TunnelLife life = tunnel.life();
        long lastPacketNs = tunnel.lastPacketNs(nowNs);
        boolean haveThingsChanged = lastPacketNs != life.askedLastPacketNs || life.isEndRequested() || isClosing;
        if (haveThingsChanged) {
            return;
        }
        if (answer == Outcome.KEEP && !timers.isKept(tunnel, nowNs)) {
            life.isKept = true;
            life.keptSinceNs = nowNs;
            life.keptLastPacketNs = lastPacketNs;
        } else {
            beginDestroying(tunnel, Reason.TIMED_OUT, nowNs);
        }
    }

    private void beginDestroying(TunnelState tunnel, Reason reason, long nowNs) {
        TunnelLife life = tunnel.life();
        life.endReason = reason;
        life.phaseSinceNs = nowNs;
        tunnel.enter(TunnelPhase.DESTROYING);
        if (tunnel.interfaces() != null) {
            life.releaseVersion = readable.remove(tunnel);
            mustWakeWorkers = true;
        }
    }

    private boolean destroy(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (!isClosing && !readable.isReleased(life.releaseVersion)) {
            if (nowNs - life.phaseSinceNs < RELEASE_TIMEOUT_NS) {
                return lookAgainIn(RELEASE_POLL_NS);
            }
            news.notReleased(tunnel, RELEASE_TIMEOUT_NS);
        }
        if (life.isListenerTold || life.opened() != null) {
            return submit(tunnel, () -> tasks.destroy(tunnel), nowNs);
        }
        end(tunnel);
        return true;
    }

    /** The tunnel is out of the table before its phase says so: whoever sees it destroyed finds its successor, or none. */
    private void end(TunnelState tunnel) {
        TunnelLife life = tunnel.life();
        table.remove(tunnel);
        tunnel.enter(TunnelPhase.DESTROYED);
        if (life.isAnnounced) {
            news.destroyed(tunnel, life.endReason);
        } else {
            news.givenUp(tunnel);
        }
        tellWorkers();
        if (life.isWanted() || life.endReason == Reason.INTERFACE_LOST && !life.isEndRequested()) {
            makeSuccessor(tunnel);
        }
    }

    /** After a lost interface at once; but a hook that deletes its own interface must not make this a loop. */
    private void makeSuccessor(TunnelState tunnel) {
        TunnelState successor = makeTunnel.apply(tunnel.endpointId());
        if (successor == null) {
            return;
        }
        TunnelLife life = successor.life();
        life.soonLost = tunnel.life().soonLost;
        if (life.soonLost > 1) {
            life.failures = life.soonLost - 2; // and one
            life.failed(new IOException("one of its interfaces was deleted within " + TimeUnit.NANOSECONDS.toSeconds(SOON_NS)
                    + " s of its creation, " + life.soonLost + " times in a row; does its script, or another program, delete it?"));
            creationFailed(successor, life.phaseSinceNs);
        }
    }

    /** Lets a tunnel go that another process has now: nobody is told, and its interfaces live on there. */
    void giveAway(TunnelState tunnel) {
        TunnelTasks.closeInterfaces(tunnel);
        table.remove(tunnel);
        tunnel.enter(TunnelPhase.DESTROYED);
        tellWorkers();
    }

    /** Ends a tunnel at once, its listener having had its time. A task that still runs, or waits, cleans up when it ends. */
    void abandon(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        do {
            advance(tunnel, nowNs);
        } while (life.isBusy() && !life.abandonTask()); // it has just ended, so there is a next step
        if (tunnel.phase() != TunnelPhase.DESTROYED) {
            TunnelTasks.closeInterfaces(tunnel);
            life.endReason = life.endReason == null ? Reason.CLOSED : life.endReason;
            end(tunnel);
        }
    }

    private void tellWorkers() {
        epoch++;
        mustWakeWorkers = true;
    }

    /** Answers false if there is no thread to be had; the tunnel then rests for a while. */
    private boolean submit(TunnelState tunnel, Runnable task, long nowNs) {
        tunnel.life().beginTask(nowNs);
        try {
            callbacks.execute(task);
            return true;
        } catch (Throwable e) { // an Error is what the system's refusal of a thread looks like
            tunnel.life().cancelTask(nowNs + REST_NS);
            news.noThread(tunnel, REST_NS, e);
            return false;
        }
    }

    /** There is nothing to be done now. */
    private boolean lookAgainIn(long ns) {
        waitNs = Math.min(waitNs, ns);
        return false;
    }

    /** Changes when a tunnel leaves {@link TunnelPhase#CREATING} or comes to its end: held packets may have to move. */
    int epoch() {
        return epoch;
    }
}
