package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.HandlerTimer;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Timers and tasks of one worker's handler. {@link #execute} is for any thread, the rest for the worker's. When nobody uses it, a
 * batch pays one volatile read for it.
 */
final class WorkerContext implements HandlerContext {
    private final int workerIndex;
    private final LongSupplier clock;
    private final Runnable wakeUp;
    private final HandlerCalls calls;
    private final TimerQueue timers = new TimerQueue(MAX_TIMERS);
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Tasks that wait, or are just about to. */
    private final AtomicInteger waitingTasks = new AtomicInteger();
    private volatile boolean isClosed;
    private Thread owner;

    WorkerContext(int workerIndex, LongSupplier clock, Runnable wakeUp, HandlerCalls calls) {
        this.workerIndex = workerIndex;
        this.clock = clock;
        this.wakeUp = wakeUp;
        this.calls = calls;
    }

    /** The calling thread is the worker's from now on. */
    void start() {
        owner = Thread.currentThread();
    }

    @Override
    public int workerIndex() {
        return workerIndex;
    }

    @Override
    public long nowNs() {
        return clock.getAsLong();
    }

    @Override
    public HandlerTimer schedule(long delayNs, Runnable task) {
        return add(delayNs, 0, task);
    }

    @Override
    public HandlerTimer scheduleEvery(long periodNs, Runnable task) {
        if (periodNs <= 0) {
            throw new IllegalArgumentException("the period is " + periodNs + " ns, must be positive");
        }
        long period = TimerQueue.boundedDelay(periodNs);
        return add(period, period, task);
    }

    private HandlerTimer add(long delayNs, long periodNs, Runnable task) {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("timers belong to the worker's thread, this is " + Thread.currentThread().getName()
                    + ": call execute() to get there");
        }
        return timers.add(Objects.requireNonNull(task, "task"), clock.getAsLong() + TimerQueue.boundedDelay(delayNs), periodNs);
    }

    @Override
    public boolean execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        if (waitingTasks.incrementAndGet() > MAX_TASKS || isClosed) {
            waitingTasks.decrementAndGet();
            return false;
        }
        tasks.add(task);
        wakeUp.run();
        return true;
    }

    boolean hasNothing() {
        return waitingTasks.get() == 0 && timers.isEmpty();
    }

    /** Runs the tasks that wait, and the timers that are due; answers how many that was. */
    int doWork(long nowNs) {
        int count = 0;
        for (int left = waitingTasks.get(); left > 0; left--) { // no more than there are now: tasks may bring forth tasks
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            waitingTasks.decrementAndGet();
            calls.run(task);
            count++;
        }
        return count + timers.run(nowNs, calls);
    }

    /** How long until a timer is due, at most as long as given. */
    long untilNextTimerNs(long atMostNs, long nowNs) {
        return timers.untilNextNs(atMostNs, nowNs);
    }

    /** Takes no more tasks, and drops those that wait. */
    void close() {
        isClosed = true;
        tasks.clear();
    }
}
