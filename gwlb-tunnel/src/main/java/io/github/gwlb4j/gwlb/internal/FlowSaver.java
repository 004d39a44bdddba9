package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.internal.flow.FlowFile;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a flow table on disk, for the process that comes after a crash: reads it at the start, writes it now and then and at the
 * end. On a thread of its own, since a disk may hang; what fails is told in the log, and is no failure.
 *
 * <p>{@link #restore}, {@link #start} and {@link #stop} are for the owner, the rest for any thread.
 */
public final class FlowSaver {
    private static final Logger LOG = LoggerFactory.getLogger(FlowSaver.class);
    private static final long STOP_TIMEOUT_MS = 10_000;
    /** The first failure is told, and then one in a while. */
    private static final long LOG_INTERVAL_NS = TimeUnit.MINUTES.toNanos(10);

    private final FlowFile file;
    private final long intervalNs;
    private final FlowTable flows;
    private final Runnable onStart;
    private final Thread thread = new Thread(this::run, "gwlb4j-flow-saver");
    private final Object monitor = new Object();
    /** Taken while the file is written. */
    private final Semaphore writing = new Semaphore(1);
    private boolean isEnding;
    private boolean mustWriteAtEnd;
    private volatile boolean isGivenAway;
    private boolean hasFailed;
    private long failureLoggedNs;
    private volatile long restoredFlows;

    FlowSaver(FlowFile file, long intervalNs, FlowTable flows, Runnable onStart) {
        this.onStart = onStart;
        this.file = file;
        this.intervalNs = intervalNs;
        this.flows = flows;
        thread.setDaemon(true);
    }

    /** Fills the table, which nobody uses yet; answers the endpoints of its flows. Never throws: without the file the start is a cold one. */
    Set<Long> restore() {
        Set<Long> endpoints = new TreeSet<>();
        try {
            FlowFile.Restored restored = file.restore(flows, endpoints::add);
            if (restored == null) {
                LOG.info("no saved flows at {}: a cold start", file.path());
                warnIfFolderIsMissing();
            } else {
                restoredFlows = restored.flows();
                LOG.info("{} flows restored from {}, saved {} ms ago; {} left out, silent for too long or without room", restored.flows(),
                        file.path(), restored.ageMs(), restored.expired());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the saved flows at {} are not used, a cold start: {}", file.path(), e.getMessage() == null || e instanceof AccessDeniedException ? e.toString() : e.getMessage());
            endpoints.clear();
        }
        return endpoints;
    }

    /** That nothing can be saved is better told at the start than after the first interval. It may still be made: so it is no failure. */
    private void warnIfFolderIsMissing() {
        Path folder = file.path().toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            LOG.warn("flows cannot be saved to {}: {} is no folder; make one that this user may write: 'mkdir -p {}'", file.path(), folder, folder);
        }
    }

    void start() {
        thread.start();
    }

    private void run() {
        onStart.run();
        while (awaitInterval()) {
            save();
        }
        if (mustWriteAtEnd) {
            save(); // the flows outlive an orderly restart, too
        }
    }

    /** False at the end. */
    private boolean awaitInterval() {
        long endNs = System.nanoTime() + intervalNs;
        synchronized (monitor) {
            for (long leftNs = intervalNs; !isEnding && leftNs > 0; leftNs = endNs - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(monitor, leftNs);
                } catch (InterruptedException e) {
                    return false; // nobody does that; better no file than a thread that cannot be ended
                }
            }
            return !isEnding;
        }
    }

    private void save() {
        writing.acquireUninterruptibly();
        try {
            if (isGivenAway) {
                return;
            }
            long count = file.write(flows);
            hasFailed = false;
            LOG.debug("{} flows saved to {}", count, file.path());
        } catch (Throwable e) { // an Error too, such as no memory for a buffer: the next time may be better
            long nowNs = System.nanoTime();
            if (!hasFailed || nowNs - failureLoggedNs >= LOG_INTERVAL_NS) {
                failureLoggedNs = nowNs;
                LOG.warn("cannot save the flows to {}: {}. Traffic goes on; after a crash now its flows would have to be learned again. It is tried "
                        + "again every {} s", file.path(), e.toString(), TimeUnit.NANOSECONDS.toSeconds(intervalNs));
            }
            hasFailed = true;
        } finally {
            writing.release();
        }
    }

    /**
     * Writes nothing from now on, having waited for what is being written: another process is about to.
     *
     * @param atMostNs how long to wait, since a disk may hang
     * @return false if it still writes, and goes on with that
     */
    boolean pause(long atMostNs) {
        try {
            return writing.tryAcquire(atMostNs, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * After a {@link #pause} that answered true.
     *
     * @param isOurs whether the file is to be written again; else another process has it
     */
    void resume(boolean isOurs) {
        isGivenAway = !isOurs;
        writing.release();
    }

    /** Writes once more, and ends the thread, if it was started. */
    void stop() {
        if (!thread.isAlive()) {
            return;
        }
        synchronized (monitor) {
            isEnding = true;
            mustWriteAtEnd = true;
            monitor.notifyAll();
        }
        if (!Threads.join(thread, STOP_TIMEOUT_MS)) {
            LOG.warn("saving the flows to {} takes more than {} ms: its thread is left behind", file.path(), STOP_TIMEOUT_MS);
        }
    }

    /**
     * Flows that the file had at the start.
     *
     * @return 0 or more
     */
    long restoredFlows() {
        return restoredFlows;
    }
}
