package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What is to be remembered of one tunnel between two looks at it. The plain fields belong to the control thread; requests come
 * from any thread, outcomes from the callback thread that works for this tunnel, which is one at most.
 */
final class TunnelLife {
    /** How a task on a callback thread ended. */
    enum Outcome {
        /** Interfaces are open, listeners told. */
        CREATED,
        /** An interface could not be opened, or a listener threw; {@link #failure} says which. Nothing is left open. */
        CREATION_FAILED,
        /** Listeners told that the tunnel is of a process before this one. */
        ADOPTED,
        /** A listener wants to keep the silent tunnel. */
        KEEP,
        /** No listener wants to keep it. */
        LET_GO,
        /** Listeners told, interfaces closed. */
        DESTROYED,
        /** Not an end: closing does not wait for the task any more. */
        ABANDONED
    }

    /** When the present phase began. */
    long phaseSinceNs;
    /** Another process has had the tunnel, and nobody here has been told of that. */
    boolean isAdopted;
    /** The world has been told: log, flight recorder, counter. */
    boolean isAnnounced;
    /** The listener knows this tunnel, and so is to hear of its end. */
    boolean isListenerTold;
    /** Creations that have failed in a row. */
    int failures;
    /** Times in a row that this tunnel and those before it have lost an interface soon after their creation. */
    int soonLost;
    /** Received before the last failure. */
    long packetsAtFailure;
    /** Last packet when the listener was asked about the silence, and when it last kept the tunnel. */
    long askedLastPacketNs;
    long keptLastPacketNs;
    long keptSinceNs;
    boolean isKept;
    /** Which list of readable tunnels is without this one. */
    long releaseVersion;
    Reason endReason;

    private boolean isBusy;
    private long taskSinceNs;
    private boolean isKnownAsSlow;
    private boolean isResting;
    private long restUntilNs;
    private final AtomicReference<Outcome> outcome = new AtomicReference<>();
    /** Open, though perhaps not yet in use. */
    private volatile TunnelInterfaces opened;
    private volatile Throwable failure;
    private volatile boolean isEndRequested;
    private volatile boolean isWanted;
    private volatile boolean isInterfaceLost;

    /** Another process has had the tunnel. Before anyone else sees it. */
    void adopt(HandedTunnel handed, TunnelInterfaces interfaces) {
        isAdopted = true;
        isAnnounced = handed.isAnnounced();
        isListenerTold = handed.isListenerTold();
        phaseSinceNs -= handed.idleNs();
        opened = interfaces;
    }

    /** A task is about to be submitted. Control thread only. */
    void beginTask(long nowNs) {
        isBusy = true;
        isKnownAsSlow = false;
        taskSinceNs = nowNs;
    }

    /** Whether the present task has taken so long; true once. Control thread only. */
    boolean isTaskSlow(long nowNs, long limitNs) {
        boolean isNews = !isKnownAsSlow && nowNs - taskSinceNs >= limitNs;
        isKnownAsSlow |= isNews;
        return isNews;
    }

    /** The task could not be submitted; nothing is to be tried until the given time. Control thread only. */
    void cancelTask(long restUntil) {
        isBusy = false;
        isResting = true;
        restUntilNs = restUntil;
    }

    boolean isResting(long nowNs) {
        isResting = isResting && nowNs - restUntilNs < 0;
        return isResting;
    }

    /** Whether a task runs, or waits for a thread, or has left its outcome. Control thread only. */
    boolean isBusy() {
        return isBusy;
    }

    /** The outcome of the task, once; null while it runs. Control thread only. */
    Outcome takeOutcome() {
        Outcome taken = outcome.get();
        if (taken != null) {
            outcome.set(null);
            isBusy = false;
        }
        return taken;
    }

    /** The task has ended; false if nobody waits for it any more, so that it has to clean up itself. Callback thread only. */
    boolean endTask(Outcome how) {
        return outcome.compareAndSet(null, how);
    }

    /** Leaves a task alone; false if it has just ended. Control thread only. */
    boolean abandonTask() {
        return outcome.compareAndSet(null, Outcome.ABANDONED);
    }

    boolean isAbandoned() {
        return outcome.get() == Outcome.ABANDONED;
    }

    void opened(TunnelInterfaces interfaces) {
        opened = interfaces;
    }

    /** Null if none are open. */
    TunnelInterfaces opened() {
        return opened;
    }

    void failed(Throwable cause) {
        failure = cause;
    }

    /** Why the last creation failed; null if none has. From any thread. */
    Throwable failure() {
        return failure;
    }

    /** The program wants the tunnel to end. From any thread. */
    void requestEnd() {
        isWanted = false;
        isEndRequested = true;
    }

    /** An interface does not work any more. From any thread. */
    void interfaceLost() {
        isInterfaceLost = true;
    }

    boolean isInterfaceLost() {
        return isInterfaceLost;
    }

    boolean isEndRequested() {
        return isEndRequested;
    }

    /** The program wants the tunnel, or another for its endpoint once this one has ended. From any thread. */
    void want() {
        isWanted = true;
    }

    boolean isWanted() {
        return isWanted;
    }

    /** The wish has come true. Control thread only. */
    void fulfil() {
        isWanted = false;
    }
}
