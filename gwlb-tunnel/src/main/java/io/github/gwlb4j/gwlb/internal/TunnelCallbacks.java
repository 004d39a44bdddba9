package io.github.gwlb4j.gwlb.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which interfaces are opened and listeners called: started when needed, ended when idle. A new thread is in the
 * network namespace of the thread that submits, where its interfaces and hooks belong.
 *
 * <p>Usable from any thread. Tasks beyond the maximum wait in the order of their coming; each tunnel has one at most, so that no
 * more wait than there are tunnels.
 */
public final class TunnelCallbacks implements Executor {
    private static final long IDLE_MS = 10_000;

    private final AtomicInteger numbers = new AtomicInteger();
    /** Those that have not ended, and perhaps some that have. */
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor pool;

    /**
     * Starts no thread yet.
     *
     * @param maxThreads tasks at a time, 1 or more
     */
    public TunnelCallbacks(int maxThreads) {
        pool = new ThreadPoolExecutor(maxThreads, maxThreads, IDLE_MS, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(),
                this::newThread);
        pool.allowCoreThreadTimeOut(true);
    }

    private Thread newThread(Runnable task) {
        threads.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
        Thread thread = new Thread(task, "gwlb4j-callback-" + numbers.incrementAndGet());
        threads.add(thread);
        return thread;
    }

    /**
     * Runs a task on a thread of its own, soon.
     *
     * @param task throws nothing
     */
    @Override
    public void execute(Runnable task) {
        pool.execute(task);
    }

    /**
     * Ends the threads that have nothing to do. Tasks that run, or wait for a thread, are left to end by themselves.
     *
     * @param waitMs how long to wait for the threads' end at most
     */
    public void close(long waitMs) {
        pool.shutdown();
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        for (Thread thread : threads) { // the pool itself calls itself terminated a moment before its last thread has ended
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs > 0 && thread != Thread.currentThread() && thread.getState() != Thread.State.NEW) {
                Threads.join(thread, leftMs);
            }
        }
    }
}
