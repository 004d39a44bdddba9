package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of an appliance with their threads: made, started, paused and ended together.
 *
 * <p>What changes their lives is for the threads that start, hand over and stop the appliance, one at a time; the rest from any thread.
 */
final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long SILENCE_NS = 1_000_000_000L;
    private static final long SILENCE_POLL_MS = 20;
    private static final long PAUSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    private final WorkerSettings settings;
    private final PacketRules rules;
    private final LongSupplier clock;
    private final Runnable onStart;
    private final Runnable onDeath;
    /** Read by any thread while they are made: a worker is in its list before its thread is in the other. */
    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    private final List<WorkerThread> threads = new CopyOnWriteArrayList<>();

    /**
     * None is there yet.
     *
     * @param settings how many, and of their threads
     * @param rules    settings of the packet path
     * @param clock    monotonic, ns
     * @param onStart  called on each worker's thread before anything else
     * @param onDeath  called on a worker's thread if an error ends it
     */
    Workers(WorkerSettings settings, PacketRules rules, LongSupplier clock, Runnable onStart, Runnable onDeath) {
        this.settings = settings;
        this.rules = rules;
        this.clock = clock;
        this.onStart = onStart;
        this.onDeath = onDeath;
    }

    /** Opens their ports and makes their handlers; they do not run yet. What was made before it fails is there to be stopped and closed. */
    void make(PacketHandler.Factory handlers, DatagramTransport transport, SharedState shared) throws IOException {
        for (int i = 0; i < settings.count(); i++) {
            DatagramPort port = transport.open(i, settings.count());
            PacketHandler handler = handlers.create(i);
            if (handler == null) {
                throw new IllegalStateException("the handler factory returned null for worker " + i);
            }
            Worker worker = makeWorker(i, port, shared, handler);
            workers.add(worker);
            threads.add(new WorkerThread("gwlb4j-worker-" + i, worker, settings.cpuOf(i), settings.busyPollNs(), onStart, onDeath));
        }
    }

    private Worker makeWorker(int index, DatagramPort port, SharedState shared, PacketHandler handler) throws IOException {
        try {
            return new Worker(index, port, rules, shared, handler, clock);
        } catch (RuntimeException e) {
            close(handler);
            throw e;
        } catch (OutOfMemoryError e) {
            close(handler);
            long bytes = Worker.directMemoryBytes(rules, shared.readable() != null);
            throw new IOException("no memory for the packet buffers: each of " + settings.count() + " worker(s) needs "
                    + "about " + (1 + bytes / 1_000_000) + " MB of direct memory; use fewer, or raise "
                    + "-XX:MaxDirectMemorySize", e);
        }
    }

    /** Starts them, and waits until each one's handler knows; throws {@link IllegalStateException} if a handler did then. */
    void start() {
        threads.forEach(WorkerThread::start);
        threads.forEach(WorkerThread::awaitStart);
    }

    /** Has each deal with all that it has received and then rest until {@link #resume}; null, or why one does not. */
    String pause() {
        threads.forEach(WorkerThread::pause);
        long deadlineNs = System.nanoTime() + PAUSE_TIMEOUT_NS;
        for (WorkerThread thread : threads) {
            if (!thread.awaitPaused(deadlineNs)) {
                return "a worker does not come to rest: its packet handler does not return, or it has died";
            }
        }
        return null;
    }

    void resume() {
        threads.forEach(WorkerThread::resume);
    }

    /** Ends their threads; each is waited for so long at most. */
    void stop(long timeoutMs) {
        boolean haveEnded = true;
        for (WorkerThread thread : threads) {
            haveEnded &= thread.stop(timeoutMs);
        }
        if (!haveEnded) {
            LOG.warn("a packet handler has not returned for {} ms: its thread is left behind", timeoutMs);
        }
    }

    /** The end of their handlers, after {@link #stop}. */
    void closeHandlers() {
        workers.forEach(worker -> close(worker.handler()));
    }

    private static void close(PacketHandler handler) {
        try {
            handler.close();
        } catch (Throwable e) { // an Error too: the others are to be closed as well
            LOG.error("PacketHandler.close threw; closing goes on", e);
        }
    }

    /** Waits until no packet has come for a second, so long at most; whether it became silent. */
    boolean awaitSilence(long atMostNs) throws InterruptedException {
        long startNs = clock.getAsLong();
        while (true) {
            long nowNs = clock.getAsLong();
            long lastNs = workers.stream().mapToLong(Worker::lastWorkNs).reduce(startNs, (a, b) -> b - a > 0 ? b : a);
            if (nowNs - lastNs >= SILENCE_NS) {
                return true;
            }
            if (nowNs - startNs >= atMostNs) {
                return false;
            }
            Thread.sleep(SILENCE_POLL_MS);
        }
    }

    /** Looks after their threads. Control thread only. */
    void maintain(long nowNs) {
        threads.forEach(thread -> thread.maintain(nowNs));
    }

    void wakeUp() {
        workers.forEach(Worker::wakeUp);
    }

    /** Whether the caller is one of their threads. */
    boolean isCaller() {
        return threads.stream().anyMatch(WorkerThread::isCaller);
    }

    /** What keeps them from their work, in phrases for people. */
    List<String> problems(long nowNs) {
        return threads.stream().map(thread -> thread.problem(nowNs)).filter(Objects::nonNull).toList();
    }

    /** How many there are to be. */
    int count() {
        return settings.count();
    }

    /** How many have been made. */
    int made() {
        return threads.size();
    }

    /** One of those {@linkplain #made made}. */
    Worker get(int index) {
        return workers.get(index);
    }

    /** Share of the last second in which a worker did not wait for packets, 0 to 1. */
    double busyRatio(int index) {
        return threads.get(index).busyRatio();
    }
}
