package io.github.gwlb4j.gwlb.internal;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is not a packet: tells listeners, ends silent tunnels, looks after the transport and the workers. Runs about
 * once a second, and at once when a worker has made a tunnel.
 */
public final class ControlThread {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);
    private static final long INTERVAL_NS = 1_000_000_000L;

    private final TunnelManager tunnels;
    private final Runnable maintenance;
    private final Thread thread;
    private volatile boolean isRunning = true;

    /**
     * Prepares the thread.
     *
     * @param name        of the thread
     * @param tunnels     whose control thread this is
     * @param maintenance run about once a second
     */
    public ControlThread(String name, TunnelManager tunnels, Runnable maintenance) {
        this.tunnels = tunnels;
        this.maintenance = maintenance;
        this.thread = new Thread(this::run, name);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Makes the thread look for work now. From any thread. */
    public void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        long maintainedNs = System.nanoTime();
        while (isRunning) {
            try {
                tunnels.doWork();
                if (System.nanoTime() - maintainedNs >= INTERVAL_NS) {
                    maintainedNs = System.nanoTime();
                    maintenance.run();
                }
            } catch (RuntimeException e) {
                LOG.error("control thread: going on after an unexpected error", e);
            }
            if (isRunning) {
                LockSupport.parkNanos(this, INTERVAL_NS);
                Thread.interrupted(); // a listener may have left it set; parking would not wait any more
            }
        }
        tunnels.close();
    }

    /**
     * Destroys all tunnels, telling the listener of each, and ends the thread.
     *
     * @param timeoutMs how long to wait at most
     * @return false if a listener still has not returned
     */
    public boolean stop(long timeoutMs) {
        isRunning = false;
        wake();
        if (Thread.currentThread() == thread) {
            return true; // a listener closes the appliance; the thread ends when the listener returns
        }
        return Threads.join(thread, timeoutMs);
    }
}
