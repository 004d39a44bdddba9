package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.linux.NativeThread;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a worker until it is told to stop: works while there is work, else waits for it. */
public final class WorkerThread {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerThread.class);
    private static final int STACK_LINES = 30;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long WAIT_NS = 1_000_000_000L;
    /** An idle worker turns once in WAIT_NS, a busy one with each batch. */
    private static final long STUCK_AFTER_NS = 5_000_000_000L;
    /** Batches between two looks at timers while traffic never pauses. */
    private static final int BATCHES_BETWEEN_TIMERS = 1024;

    private final Worker worker;
    private final int cpu;
    private final long busyPollNs;
    private final Runnable onStart;
    private final Runnable onDeath;
    private final Thread thread;
    private final ActivityMeter meter = new ActivityMeter(System.nanoTime());
    private final CountDownLatch started = new CountDownLatch(1);
    private volatile Throwable death;
    private boolean hasLoggedStuck;
    private long expiredNs = System.nanoTime();
    /** These two belong to the worker's thread. */
    private boolean hadWork;
    private int untilTimers = BATCHES_BETWEEN_TIMERS;
    private volatile boolean isRunning = true;
    private volatile boolean isPauseWanted;
    private final Object pause = new Object();
    private boolean isPaused;

    /**
     * Prepares a thread.
     *
     * @param name    of the thread
     * @param worker  to run
     * @param cpu     on which the thread shall run, -1 for any
     * @param busyPollNs for how long it looks for work before it sleeps, nanoseconds
     * @param onStart called on the worker's thread before anything else
     * @param onDeath called on the worker's thread if an error ends it
     */
    public WorkerThread(String name, Worker worker, int cpu, long busyPollNs, Runnable onStart, Runnable onDeath) {
        this.cpu = cpu;
        this.busyPollNs = busyPollNs;
        this.onStart = onStart;
        this.worker = worker;
        this.onDeath = onDeath;
        this.thread = new Thread(this::run, name);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /**
     * Waits until the worker's handler knows that its worker runs.
     *
     * @throws IllegalStateException if it threw then
     */
    void awaitStart() {
        Threads.await(started);
        if (death != null) {
            throw new IllegalStateException("PacketHandler.onStart threw on " + thread.getName() + ": " + death, death);
        }
    }

    private void run() {
        onStart.run();
        pin();
        try {
            worker.start();
            started.countDown();
            while (isRunning) {
                turn();
            }
        } catch (Throwable e) {
            death = e;
            if (started.getCount() > 0) {
                return; // whoever starts the appliance is told
            }
            LOG.error("{} died: its traffic is no longer forwarded", thread.getName(), e);
            onDeath.run();
        } finally {
            started.countDown();
            worker.retire();
        }
    }

    /** A method of its own: a loop like that of {@link #run}, which is entered once, stays interpreted for much longer than a method that is called as often. */
    private void turn() {
        if (isPauseWanted) {
            rest();
        }
        boolean mayPoll = hadWork && busyPollNs > 0;
        hadWork = worker.doWork() > 0 || mayPoll && pollBusily();
        if (!hadWork && isRunning && !isPauseWanted) { // asked again: the work may have taken note of the wake-up of stop() or pause()
            meter.beginWait(System.nanoTime());
            worker.await(WAIT_NS);
            meter.endWait(System.nanoTime());
            Thread.interrupted(); // a handler may have left it set; waiting would not wait any more
        }
        if (!hadWork || --untilTimers == 0) {
            expire(System.nanoTime());
            untilTimers = BATCHES_BETWEEN_TIMERS;
        }
    }

    /** Looks for work without giving the CPU away; false if there was none in all the time. */
    private boolean pollBusily() {
        Thread.interrupted(); // as after a wait
        long beginNs = System.nanoTime();
        long lookedNs = beginNs;
        boolean isFound = false;
        while (!isFound && isRunning && !isPauseWanted && lookedNs - beginNs < busyPollNs) {
            Thread.onSpinWait();
            long nowNs = System.nanoTime();
            meter.lookedInVain(nowNs - lookedNs, nowNs);
            lookedNs = nowNs;
            isFound = worker.doWork() > 0;
        }
        if (lookedNs - expiredNs >= WAIT_NS) { // or never, while packets come now and then
            expire(lookedNs);
        }
        return isFound;
    }

    private void expire(long nowNs) {
        worker.expire();
        expiredNs = nowNs;
    }

    /** All that was received has been dealt with; until {@link #resume} nothing is taken from the system. */
    private void rest() {
        worker.finishReceived();
        synchronized (pause) {
            isPaused = true;
            pause.notifyAll();
            while (isPauseWanted && isRunning) {
                try {
                    pause.wait();
                } catch (InterruptedException e) {
                    continue; // a handler has left it set; nobody ends a worker like that
                }
            }
            isPaused = false;
        }
    }

    /** Asks the worker to rest soon. */
    void pause() {
        isPauseWanted = true;
        worker.wakeUp();
    }

    /**
     * Waits until the worker rests, after {@link #pause}.
     *
     * @param deadlineNs of {@link System#nanoTime}
     * @return false if it does not, because its handler does not return or it has died
     */
    boolean awaitPaused(long deadlineNs) {
        synchronized (pause) {
            for (long leftNs = deadlineNs - System.nanoTime(); !isPaused && leftNs > 0; leftNs = deadlineNs - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(pause, leftNs);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            return isPaused;
        }
    }

    /** Lets the worker go on. */
    void resume() {
        synchronized (pause) {
            isPauseWanted = false;
            pause.notifyAll();
        }
    }

    private void pin() {
        int result = cpu < 0 ? 0 : LinuxTransport.unavailableCause() != null ? -1 : NativeThread.pinTo(cpu);
        if (result < 0) {
            LOG.warn("{} cannot run on CPU {} only: there is no such CPU, it is not among those this process may use (see taskset -p {}), "
                    + "or this is not Linux; it runs on any", thread.getName(), cpu, ProcessHandle.current().pid());
        }
    }

    /**
     * Ends an interval of the busy ratio, and logs where a worker is stuck, once for each time. Control thread only.
     *
     * @param nowNs monotonic time
     */
    void maintain(long nowNs) {
        meter.sample(nowNs);
        boolean isStuck = isStuck(nowNs);
        if (isStuck && !hasLoggedStuck) {
            LOG.error("{} makes no progress; it is at{}", thread.getName(), Arrays.stream(thread.getStackTrace()).limit(STACK_LINES)
                    .map(frame -> "\n\tat " + frame).collect(Collectors.joining()));
        }
        hasLoggedStuck = isStuck;
    }

    private boolean isStuck(long nowNs) {
        return thread.isAlive() && nowNs - meter.turnNs() >= STUCK_AFTER_NS && nowNs - worker.lastWorkNs() >= STUCK_AFTER_NS;
    }

    /**
     * Why this worker does not do its work. From any thread.
     *
     * @param nowNs monotonic time
     * @return a phrase for people, or null if it does
     */
    String problem(long nowNs) {
        if (death != null) {
            return thread.getName() + " died: " + death;
        }
        return !isStuck(nowNs) ? null : thread.getName() + " is stuck: no progress for "
                + Math.min(nowNs - meter.turnNs(), nowNs - worker.lastWorkNs()) / NS_PER_SECOND + " s, its packet handler does not return";
    }

    /** Share of the last second in which the worker did not wait for packets, 0 to 1. From any thread. */
    double busyRatio() {
        return meter.busyRatio();
    }

    boolean isCaller() {
        return Thread.currentThread() == thread;
    }

    /**
     * Ends the thread and waits for it.
     *
     * @param timeoutMs how long at most
     * @return false if it still runs, because a handler does not return
     */
    public boolean stop(long timeoutMs) {
        isRunning = false;
        resume();
        worker.wakeUp();
        return Thread.currentThread() == thread || Threads.join(thread, timeoutMs);
    }
}
