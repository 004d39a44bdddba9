package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.hook.ScriptFailedException;
import io.github.gwlb4j.gwlb.internal.TunnelLife.Outcome;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelCreatedEvent;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelDestroyedEvent;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transitions between {@link TunnelPhase}s, all of them on the control thread. {@link #step} looks at one tunnel and makes the
 * next one, if it is time; what takes long goes to a callback thread meanwhile, and the tunnel rests until its outcome is there.
 *
 * <p>Belongs to the control thread; the counters and the epoch are read from any.
 */
final class TunnelLifecycle {
    /** Under the manager's name: what happens to tunnels is one story. */
    private static final Logger LOG = LoggerFactory.getLogger(TunnelManager.class);
    /** A flood of made-up endpoint ids fills the table; each of them is silent afterwards, and real endpoints seldom are. */
    private static final long TIMEOUT_WHEN_FULL_NS = TimeUnit.SECONDS.toNanos(60);
    /** Of tunnels that have failed, when no idle timeout is set. */
    private static final long FAILED_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long RELEASE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RELEASE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MAX_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** After the system has refused a thread. */
    private static final long REST_NS = TimeUnit.SECONDS.toNanos(1);

    private final TunnelRules rules;
    private final TunnelTable table;
    private final ReadableTunnels readable;
    private final TunnelTasks tasks;
    private final Executor callbacks;
    private final Runnable wakeWorkers;
    /** Makes the tunnel of an endpoint whose predecessor has ended. */
    private final Consumer<Long> makeSuccessor;
    private boolean isClosing;
    private boolean mustWakeWorkers;
    private long waitNs = Long.MAX_VALUE;
    private volatile int epoch;
    private volatile long tunnelsCreated;
    private volatile long tunnelsDestroyed;
    private volatile long creationFailures;

    TunnelLifecycle(TunnelRules rules, TunnelTable table, ReadableTunnels readable, TunnelTasks tasks, Executor callbacks,
                    Runnable wakeWorkers, Consumer<Long> makeSuccessor) {
        this.rules = rules;
        this.table = table;
        this.readable = readable;
        this.tasks = tasks;
        this.callbacks = callbacks;
        this.wakeWorkers = wakeWorkers;
        this.makeSuccessor = makeSuccessor;
    }

    /** From now on all tunnels end. The workers have ended. */
    void beginClosing() {
        isClosing = true;
        tasks.beginClosing();
    }

    /** Takes a tunnel as far as it gets now; answers how many steps that were. */
    int advance(TunnelState tunnel, long nowNs) {
        int steps = 0;
        while (step(tunnel, nowNs)) {
            steps++;
        }
        return steps;
    }

    /** To be called after a round of {@link #advance}. */
    void wakeWorkers() {
        if (mustWakeWorkers) {
            mustWakeWorkers = false;
            wakeWorkers.run();
        }
    }

    private boolean step(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (life.isBusy()) {
            Outcome outcome = life.takeOutcome();
            if (outcome != null) {
                follow(tunnel, outcome, nowNs);
            }
            return outcome != null;
        }
        if (life.isResting(nowNs)) {
            lookAgainIn(MAX_WAIT_NS);
            return false;
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
            case CREATED -> {
                tunnel.life().isListenerTold = true;
                if (tunnel.phase() == TunnelPhase.CREATING) {
                    activate(tunnel, nowNs);
                }
            }
            case CREATION_FAILED -> fail(tunnel, nowNs);
            case KEEP, LET_GO -> answerTimeout(tunnel, outcome, nowNs);
            case DESTROYED -> end(tunnel);
            case ABANDONED -> throw new IllegalStateException("an abandoned tunnel is never looked at again");
        }
    }

    private boolean create(TunnelState tunnel, long nowNs) {
        if (!isClosing) {
            return submit(tunnel, () -> tasks.create(tunnel), nowNs);
        }
        end(tunnel);
        return true;
    }

    private void activate(TunnelState tunnel, long nowNs) {
        TunnelInterfaces opened = tunnel.life().opened();
        if (opened != null) {
            readable.add(tunnel);
        }
        tunnel.activate(opened);
        tunnel.life().phaseSinceNs = nowNs;
        announce(tunnel);
        tellWorkers();
    }

    private void announce(TunnelState tunnel) {
        tunnel.life().isAnnounced = true;
        tunnelsCreated++;
        LOG.info("tunnel {} created", tunnel);
        TunnelCreatedEvent.emit(tunnel.name());
    }

    private void fail(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        Throwable cause = life.failure();
        if (cause != null) {
            creationFailures++;
        }
        if (tunnel.phase() == TunnelPhase.ACTIVE) {
            LOG.warn("tunnel {}: a listener failed at its creation, traffic is not affected: {}", tunnel, text(cause), trace(cause));
            return;
        }
        life.failures++;
        life.packetsAtFailure = tunnel.receivedPackets();
        life.phaseSinceNs = nowNs;
        life.fulfil();
        tunnel.enter(TunnelPhase.FAILED);
        tellWorkers();
        if (!isClosing) {
            LOG.warn("tunnel {}: creation failed {} time(s), its packets are dropped; next try in {} ms{}: {}", tunnel, life.failures,
                    TimeUnit.NANOSECONDS.toMillis(backOffNs(life.failures)), isDeclared(tunnel) ? "" : " if packets come", text(cause),
                    trace(cause));
        }
    }

    /** Says what went wrong, for people. */
    static String text(Throwable cause) {
        return trace(cause) == null && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }

    /** The stack trace of an error in the program; hooks and the system say enough in their messages. */
    private static Throwable trace(Throwable cause) {
        return cause instanceof ScriptFailedException || cause instanceof IOException ? null : cause;
    }

    /** Doubles with each failure. */
    private long backOffNs(int failures) {
        long factor = 1L << Math.min(failures - 1, 30);
        return rules.retryFirstNs() > rules.retryMaxNs() / factor ? rules.retryMaxNs() : rules.retryFirstNs() * factor;
    }

    private boolean retry(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (isClosing || life.isEndRequested()) {
            end(tunnel);
            return true;
        }
        long failedNs = nowNs - life.phaseSinceNs;
        if (failedNs >= Math.max(1, backOffNs(life.failures)) && isWanted(tunnel)) {
            life.fulfil();
            life.phaseSinceNs = nowNs;
            tunnel.enter(TunnelPhase.CREATING);
            return true;
        }
        if (silenceNs(tunnel, nowNs) >= timeoutNs(FAILED_TIMEOUT_NS) && !isDeclared(tunnel)) {
            end(tunnel);
            return true;
        }
        lookAgainIn(MAX_WAIT_NS);
        return false;
    }

    private boolean isWanted(TunnelState tunnel) {
        TunnelLife life = tunnel.life();
        return life.isWanted() || tunnel.receivedPackets() != life.packetsAtFailure || isDeclared(tunnel);
    }

    private boolean watch(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (!life.isAnnounced) { // in inline mode packets pass already
            announce(tunnel);
            return submit(tunnel, () -> tasks.create(tunnel), nowNs);
        }
        if (isClosing || life.isEndRequested()) {
            beginDestroying(tunnel, isClosing ? Reason.CLOSED : Reason.REQUESTED, nowNs);
            return true;
        }
        if (rules.idleTimeoutNs() == 0 || !isTimedOut(tunnel, nowNs) || isDeclared(tunnel)) {
            return false;
        }
        if (!life.isListenerTold) {
            beginDestroying(tunnel, Reason.TIMED_OUT, nowNs);
            return true;
        }
        life.askedLastPacketNs = tunnel.lastPacketNs(nowNs);
        return submit(tunnel, () -> tasks.timeOut(tunnel), nowNs);
    }

    private boolean isTimedOut(TunnelState tunnel, long nowNs) {
        long timeoutNs = timeoutNs(rules.idleTimeoutNs());
        return silenceNs(tunnel, nowNs) >= timeoutNs && (!isKept(tunnel, nowNs) || nowNs - tunnel.life().keptSinceNs >= timeoutNs);
    }

    /** Whether the listener has kept the tunnel since its last packet. */
    private static boolean isKept(TunnelState tunnel, long nowNs) {
        return tunnel.life().isKept && tunnel.life().keptLastPacketNs == tunnel.lastPacketNs(nowNs);
    }

    private long timeoutNs(long otherwiseNs) {
        long timeoutNs = rules.idleTimeoutNs() > 0 ? rules.idleTimeoutNs() : otherwiseNs;
        return table.isFull() ? Math.min(timeoutNs, TIMEOUT_WHEN_FULL_NS) : timeoutNs;
    }

    /** Time in this phase does not count as silence before it: a slow creation must not time out at once. */
    private static long silenceNs(TunnelState tunnel, long nowNs) {
        return Math.min(tunnel.idleNs(nowNs), nowNs - tunnel.life().phaseSinceNs);
    }

    private void answerTimeout(TunnelState tunnel, Outcome outcome, long nowNs) {
        TunnelLife life = tunnel.life();
        long lastPacketNs = tunnel.lastPacketNs(nowNs);
        if (lastPacketNs != life.askedLastPacketNs) {
            return; // packets came while the listener thought
        }
        if (outcome == Outcome.KEEP && !isKept(tunnel, nowNs)) {
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
        }
        mustWakeWorkers = true;
    }

    private boolean destroy(TunnelState tunnel, long nowNs) {
        TunnelLife life = tunnel.life();
        if (!isClosing && !readable.isReleased(life.releaseVersion)) {
            if (nowNs - life.phaseSinceNs < RELEASE_TIMEOUT_NS) {
                lookAgainIn(RELEASE_POLL_NS);
                return false;
            }
            LOG.warn("tunnel {}: a worker has not let go of its interfaces for {} s, they are closed all the same; does a packet handler hang?",
                    tunnel, TimeUnit.NANOSECONDS.toSeconds(RELEASE_TIMEOUT_NS));
        }
        if (!life.isListenerTold && life.opened() == null) {
            end(tunnel);
            return true;
        }
        return submit(tunnel, () -> tasks.destroy(tunnel), nowNs);
    }

    /** The tunnel is out of the table before its phase says so: whoever sees it destroyed finds its successor, or none. */
    private void end(TunnelState tunnel) {
        TunnelLife life = tunnel.life();
        table.remove(tunnel);
        if (life.isAnnounced) {
            tunnelsDestroyed++;
            LOG.info("tunnel {} destroyed: {}", tunnel, switch (life.endReason) {
                case TIMED_OUT -> "idle timeout";
                case REQUESTED -> "on request";
                case CREATION_FAILED -> "creation failed";
                case CLOSED -> "appliance closed";
            });
            TunnelDestroyedEvent.emit(tunnel, life.endReason);
        } else {
            LOG.info("tunnel {} given up before it was created", tunnel);
        }
        tunnel.enter(TunnelPhase.DESTROYED);
        tellWorkers();
        if (life.isWanted() && !isClosing) {
            makeSuccessor.accept(tunnel.endpointId());
        }
    }

    /** Ends a tunnel whose listener does not return. Its task cleans up when it does. */
    void abandon(TunnelState tunnel, long nowNs) {
        while (tunnel.phase() != TunnelPhase.DESTROYED) {
            if (tunnel.life().abandonTask()) {
                TunnelTasks.closeInterfaces(tunnel);
                tunnel.life().endReason = Reason.CLOSED;
                end(tunnel);
            } else {
                step(tunnel, nowNs);
            }
        }
    }

    private boolean isDeclared(TunnelState tunnel) {
        return rules.declared().contains(tunnel.endpointId());
    }

    /** Packets may be held for a tunnel that has changed. */
    private void tellWorkers() {
        epoch++;
        mustWakeWorkers = true;
    }

    /** Answers false, and rests for a while, if there is no thread to be had. */
    private boolean submit(TunnelState tunnel, Runnable task, long nowNs) {
        tunnel.life().beginTask();
        try {
            callbacks.execute(task);
            return true;
        } catch (Throwable e) { // an Error too: the system may refuse a thread
            LOG.error("tunnel {}: no thread for its listener, next try in {} ms", tunnel, TimeUnit.NANOSECONDS.toMillis(REST_NS), e);
            tunnel.life().cancelTask(nowNs + REST_NS);
            return false;
        }
    }

    private void lookAgainIn(long ns) {
        waitNs = Math.min(waitNs, ns);
    }

    /** To be called before a round of {@link #advance}. */
    void resetWait() {
        waitNs = Long.MAX_VALUE;
    }

    /** How long the control thread may sleep after a round of {@link #advance}. */
    long waitNs() {
        return waitNs;
    }

    int epoch() {
        return epoch;
    }

    long tunnelsCreated() {
        return tunnelsCreated;
    }

    long tunnelsDestroyed() {
        return tunnelsDestroyed;
    }

    long creationFailures() {
        return creationFailures;
    }
}
