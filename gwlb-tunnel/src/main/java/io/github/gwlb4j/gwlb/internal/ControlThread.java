package io.github.gwlb4j.gwlb.internal;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is not a packet: takes tunnels through their phases, looks after the transport and the workers. Runs about
 * once a second, and at once when a worker has made a tunnel or a listener has returned. It never calls a listener itself.
 */
public final class ControlThread {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);
    private static final long INTERVAL_NS = 1_000_000_000L;
    private static final long CALLBACKS_END_MS = 1000;

    private final TunnelManager tunnels;
    private final TunnelCallbacks callbacks;
    private final Runnable onStart;
    private final Runnable maintenance;
    private final Thread thread;
    /** Held by the control thread while it works, and by whoever wants nothing to change. */
    private final ReentrantLock working = new ReentrantLock();
    private volatile boolean isRunning = true;
    private volatile boolean isWoken;

    /**
     * Prepares the thread.
     *
     * @param name        of the thread
     * @param tunnels     whose control thread this is
     * @param callbacks   their callback threads, which end with this one
     * @param onStart     run on the thread before anything else
     * @param maintenance run about once a second
     */
    public ControlThread(String name, TunnelManager tunnels, TunnelCallbacks callbacks, Runnable onStart, Runnable maintenance) {
        this.tunnels = tunnels;
        this.onStart = onStart;
        this.callbacks = callbacks;
        this.maintenance = maintenance;
        this.thread = new Thread(this::run, name);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Makes the thread look for work now. From any thread. */
    public void wake() {
        isWoken = true; // a permit alone could be used up by a lock inside the work
        LockSupport.unpark(thread);
    }

    /** Waits until the thread has done what it does, and keeps it from going on. The caller does its work then, until {@link #thaw}. */
    void freeze() {
        working.lock();
    }

    /** On the thread that has called {@link #freeze}. */
    void thaw() {
        working.unlock();
        wake();
    }

    private void run() {
        onStart.run();
        long maintainedNs = System.nanoTime();
        while (isRunning) {
            isWoken = false;
            working.lock();
            try {
                tunnels.doWork();
                if (System.nanoTime() - maintainedNs >= INTERVAL_NS) {
                    maintainedNs = System.nanoTime();
                    maintenance.run();
                }
            } catch (Throwable e) { // an Error too: without this thread no tunnel comes or goes any more
                LOG.error("control thread: going on after an unexpected error", e);
            } finally {
                working.unlock();
            }
            if (isRunning && !isWoken) {
                LockSupport.parkNanos(this, Math.min(INTERVAL_NS, tunnels.waitNs()));
                Thread.interrupted(); // someone may have set it; parking would not wait any more
            }
        }
        boolean haveAllReturned = false;
        try {
            haveAllReturned = tunnels.close();
        } finally {
            callbacks.close(haveAllReturned ? CALLBACKS_END_MS : 0);
        }
    }

    /**
     * Destroys all tunnels, telling the listeners of each, and ends the thread and the callback threads. Called by a listener, it
     * waits for nothing: the rest is done when the listener has returned.
     *
     * @param timeoutMs how long to wait at most; more than the tunnels' close timeout
     * @return false if the thread still runs
     */
    public boolean stop(long timeoutMs) {
        isRunning = false;
        wake();
        return tunnels.isInCallback() || Thread.currentThread() == thread || Threads.join(thread, timeoutMs);
    }
}
