package io.github.gwlb4j.gwlb.internal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a worker until it is told to stop: works while there is work, else waits for it. */
public final class WorkerThread {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerThread.class);
    private static final long WAIT_NS = 1_000_000_000L;
    /** Batches between two looks at timers while traffic never pauses. */
    private static final int BATCHES_BETWEEN_TIMERS = 4096;

    private final InlineWorker worker;
    private final Runnable onDeath;
    private final Thread thread;
    private volatile boolean isRunning = true;

    /**
     * Prepares a thread.
     *
     * @param name    of the thread
     * @param worker  to run
     * @param onDeath called on the worker's thread if an error ends it
     */
    public WorkerThread(String name, InlineWorker worker, Runnable onDeath) {
        this.worker = worker;
        this.onDeath = onDeath;
        this.thread = new Thread(this::run, name);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            int untilTimers = BATCHES_BETWEEN_TIMERS;
            while (isRunning) {
                boolean hadWork = worker.doWork() > 0;
                if (!hadWork) {
                    worker.port().await(WAIT_NS);
                    Thread.interrupted(); // a handler may have left it set; waiting would not wait any more
                }
                if (!hadWork || --untilTimers == 0) {
                    worker.expire();
                    untilTimers = BATCHES_BETWEEN_TIMERS;
                }
            }
        } catch (Throwable e) {
            LOG.error("{} died: its traffic is no longer forwarded", thread.getName(), e);
            onDeath.run();
        }
    }

    /**
     * Ends the thread and waits for it.
     *
     * @param timeoutMs how long at most
     * @return false if it still runs, because a handler does not return
     */
    public boolean stop(long timeoutMs) {
        isRunning = false;
        worker.port().wakeUp();
        return Thread.currentThread() == thread || Threads.join(thread, timeoutMs);
    }
}
