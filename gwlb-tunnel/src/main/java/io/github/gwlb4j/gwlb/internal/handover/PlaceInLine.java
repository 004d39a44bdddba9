package io.github.gwlb4j.gwlb.internal.handover;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a starting process is: the successor of the one that listens at its path, or the first there. While another one starts, closes,
 * takes over or is taken over, it waits, for a bounded time.
 *
 * <p>Belongs to the thread that starts, but for {@link #giveUp}.
 */
public final class PlaceInLine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PlaceInLine.class);
    /** Longer than a takeover that waits for a hook script may take. */
    private static final long PATIENCE_MS = 60_000;
    private static final long POLL_MS = 100;

    private final Path path;
    private final Map<String, String> settings;
    private final int workers;
    private final long patienceMs;
    private final CountDownLatch givenUp = new CountDownLatch(1);
    private volatile Takeover takeover;
    /** Null unless nobody was there. */
    private StartLock lock;

    /**
     * Asks nobody yet.
     *
     * @param path     of the socket
     * @param settings that must be equal in both processes, see {@link HandoverGiver#settings}
     * @param workers  how many this appliance has
     */
    public PlaceInLine(Path path, Map<String, String> settings, int workers) {
        this(path, settings, workers, PATIENCE_MS);
    }

    PlaceInLine(Path path, Map<String, String> settings, int workers, long patienceMs) {
        this.path = path;
        this.settings = settings;
        this.workers = workers;
        this.patienceMs = patienceMs;
    }

    /**
     * Finds the place, which takes no time unless someone else is coming or going.
     *
     * @throws IOException if whoever listens does not hand over, waiting took too long, or {@link #giveUp} was called; the message says
     *                     what to do
     */
    public void find() throws IOException {
        long startNs = System.nanoTime();
        boolean isNoticed = false;
        while (!isFound()) {
            long leftMs = patienceMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            if (leftMs <= 0) {
                throw new IOException("another process with the takeover path " + path + " has been starting, closing or handing over for "
                        + TimeUnit.MILLISECONDS.toSeconds(patienceMs) + " s, and this one has not started: see what that one waits for, "
                        + "perhaps a hook script ('fuser " + path + ".lock " + path + "' and its log tell), then start this one again");
            }
            if (!isNoticed) {
                LOG.info("another process with the takeover path {} is starting, closing or handing over at this moment: waiting, {} s at most",
                        path, TimeUnit.MILLISECONDS.toSeconds(patienceMs));
                isNoticed = true;
            }
            sleep(Math.min(POLL_MS, leftMs));
        }
    }

    private boolean isFound() throws IOException {
        Takeover attempt = new Takeover(path, settings, workers);
        takeover = attempt;
        if (givenUp.getCount() == 0) {
            throw new IOException("given up: told to stop"); // behind the assignment: giveUp() has seen it, or is seen here
        }
        switch (attempt.begin()) {
            case BEGUN -> {
                return true;
            }
            case BUSY -> {
                releaseLock();
                return false;
            }
            default -> {
                if (lock != null) {
                    takeover = null;
                    return true;
                }
                lock = StartLock.take(path);
                return lock != null && isFound(); // who had the lock before may listen by now
            }
        }
    }

    private void sleep(long ms) throws IOException {
        try {
            if (givenUp.await(ms, TimeUnit.MILLISECONDS)) {
                throw new IOException("given up: told to stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for another process with the takeover path " + path, e);
        }
    }

    /**
     * The hand-over, begun.
     *
     * @return null if nobody is there
     */
    public Takeover takeover() {
        return takeover;
    }

    /** This process listens at the path now: others may start. */
    public void releaseLock() {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }

    /** Makes waiting for the other process fail at once, now and later, until that has given everything. From any thread. */
    public void giveUp() {
        givenUp.countDown();
        Takeover current = takeover;
        if (current != null) {
            current.giveUp();
        }
    }

    /** Whoever was to hand over goes on, unless that is done. */
    @Override
    public void close() {
        releaseLock();
        if (takeover != null) {
            takeover.close();
        }
    }
}
