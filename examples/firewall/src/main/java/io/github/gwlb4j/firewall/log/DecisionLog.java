package io.github.gwlb4j.firewall.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running log of decisions: a file of JSON objects, one a line, rotated by size and day, written by a daemon thread.
 *
 * <p>Usable from any thread. Each worker asks once for a {@link #newQueue queue} of its own and tells it its decisions. Lines of one
 * worker stand in order, those of several may be some milliseconds apart.
 *
 * <p>A flood fills neither disk nor memory: of each pair of cause and action one in {@link Builder#sampleEvery} is logged, and no
 * more than {@link Builder#linesPerSecond} in all; files rotate and together stay below {@link Builder#maxTotalBytes}. What has no line
 * of its own is counted: {@code suppressed} in the next line of the kind for what the sampling left out, a line with {@code "event":
 * "left-out"} within a second for the rest, and {@link #stats()}.
 *
 * <pre>{@code
 * try (DecisionLog log = DecisionLog.builder(Path.of("/var/log/firewall/decisions.jsonl")).sampleEvery(10).open()) {
 *     DecisionQueue decisions = log.newQueue();     // for each worker
 *     decisions.decided(packet, flowKey, rule, Action.DENY, DecisionCause.RULE, null);
 * }
 * }</pre>
 */
public final class DecisionLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);
    /** A disk that takes longer than this for what is queued is stuck. */
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final Builder settings;
    private final List<DecisionQueue> queues = new CopyOnWriteArrayList<>();
    private final DecisionWriter writer;
    private final Thread thread;
    private boolean isClosed;

    private DecisionLog(Builder settings, RotatedFile file) {
        this.settings = settings;
        this.writer = new DecisionWriter(settings, file, queues);
        this.thread = new Thread(writer, "firewall-decisions");
        thread.setDaemon(true);
    }

    /**
     * Starts from the defaults.
     *
     * @param file the file to write, in a directory that exists; what is in it is continued
     * @return a new builder
     */
    public static Builder builder(Path file) {
        return new Builder(file);
    }

    /**
     * Makes a queue for one more worker; the lines a second are shared equally among all queues.
     *
     * @return a new queue, which lives as long as the log
     */
    public DecisionQueue newQueue() {
        DecisionQueue queue = new DecisionQueue(settings.sampleEvery, settings.queueDecisions, this::linesPerSecondOfAQueue);
        queues.add(queue);
        return queue;
    }

    private int linesPerSecondOfAQueue() {
        return Math.max(1, settings.linesPerSecond / queues.size());
    }

    /**
     * What became of the decisions so far, a moment old.
     *
     * @return a snapshot
     */
    public DecisionLogStats stats() {
        return new DecisionLogStats(writer.written(), leftOut(LeftOut.SAMPLED), leftOut(LeftOut.RATE_LIMIT), leftOut(LeftOut.QUEUE_FULL),
                writer.lost());
    }

    private long leftOut(LeftOut why) {
        return queues.stream().mapToLong(queue -> queue.leftOut(why).sum()).sum();
    }

    /**
     * Writes what was told before and what was left out, and ends the log; what is told afterwards is ignored. Idempotent. Waits for the
     * disk, but not longer than some seconds.
     */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        queues.forEach(DecisionQueue::close);
        writer.close();
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("the log of decisions {} did not take what was queued within {} s: giving it up, the disk may be stuck", settings.file,
                    TimeUnit.MILLISECONDS.toSeconds(CLOSE_TIMEOUT_MS));
        }
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {
        private static final int MIN_FILE_BYTES = 4096;
        private static final int MAX_QUEUE_DECISIONS = 1 << 20;

        final Path file;
        int sampleEvery = 1;
        int linesPerSecond = 1000;
        long maxFileBytes = 100L << 20;
        long maxTotalBytes = 1L << 30;
        int maxDays = 30;
        int queueDecisions = 1024;
        boolean isDryRun;
        Duration retryInterval = Duration.ofSeconds(5);

        private Builder(Path file) {
            this.file = Objects.requireNonNull(file, "file of the log of decisions");
        }

        private Builder copy() {
            Builder copy = new Builder(file);
            copy.sampleEvery = sampleEvery;
            copy.linesPerSecond = linesPerSecond;
            copy.maxFileBytes = maxFileBytes;
            copy.maxTotalBytes = maxTotalBytes;
            copy.maxDays = maxDays;
            copy.queueDecisions = queueDecisions;
            copy.isDryRun = isDryRun;
            copy.retryInterval = retryInterval;
            return copy;
        }

        /**
         * Logs one in so many decisions of each pair of cause and action, by each worker, the first one always.
         *
         * @param every 1 to 1,000,000,000; default 1, all
         * @return this
         */
        public Builder sampleEvery(int every) {
            sampleEvery = every;
            return this;
        }

        /**
         * How many decisions are logged in a second at most, shared equally among the queues. One pair of cause and action gets at most
         * half of them.
         *
         * @param lines 1 to 1,000,000; default 1000
         * @return this
         */
        public Builder linesPerSecond(int lines) {
            linesPerSecond = lines;
            return this;
        }

        /**
         * How large one file may grow before it is rotated; it may be longer by one line.
         *
         * @param bytes at least 4096, default 100 MiB
         * @return this
         */
        public Builder maxFileBytes(long bytes) {
            maxFileBytes = bytes;
            return this;
        }

        /**
         * How much all files of the log may take together, the one being written included. The oldest are deleted just after a
         * rotation, so for a moment it may be one file more.
         *
         * @param bytes at least twice the size of a file, default 1 GiB
         * @return this
         */
        public Builder maxTotalBytes(long bytes) {
            maxTotalBytes = bytes;
            return this;
        }

        /**
         * How long rotated files are kept at most.
         *
         * @param days 1 to 3650, default 30
         * @return this
         */
        public Builder maxDays(int days) {
            maxDays = days;
            return this;
        }

        /**
         * How many decisions each worker's queue holds, rounded up to a power of two; about 700 bytes each.
         *
         * @param decisions 2 to 1,048,576, default 1024
         * @return this
         */
        public Builder queueDecisions(int decisions) {
            queueDecisions = decisions;
            return this;
        }

        /**
         * Marks each line with {@code "dryRun": true}: the action is what would have been done.
         *
         * @param isDryRun default false
         * @return this
         */
        public Builder dryRun(boolean isDryRun) {
            this.isDryRun = isDryRun;
            return this;
        }

        /**
         * How long after an error, such as a full disk, writing is tried again.
         *
         * @param interval 10 ms to 1 h, default 5 s
         * @return this
         */
        public Builder retryInterval(Duration interval) {
            retryInterval = Objects.requireNonNull(interval, "decision log retryInterval");
            return this;
        }

        /**
         * Checks the settings, begins the file and starts the thread.
         *
         * @return the log, to be closed by the caller after the appliance
         * @throws IllegalArgumentException if a setting is out of range; the message names it
         * @throws IOException              if the file cannot be written; the message says what to do
         */
        public DecisionLog open() throws IOException {
            requireRange("sampleEvery", sampleEvery, 1, 1_000_000_000);
            requireRange("linesPerSecond", linesPerSecond, 1, 1_000_000);
            requireRange("maxFileBytes", maxFileBytes, MIN_FILE_BYTES, Long.MAX_VALUE / 2);
            requireRange("maxTotalBytes", maxTotalBytes, 2 * maxFileBytes, Long.MAX_VALUE);
            requireRange("maxDays", maxDays, 1, 3650);
            requireRange("queueDecisions", queueDecisions, 2, MAX_QUEUE_DECISIONS);
            requireRange("retryInterval in ms", retryInterval.toMillis(), 10, 3_600_000);
            requireUsable();
            Builder settings = copy();
            settings.queueDecisions = Integer.highestOneBit(queueDecisions - 1) << 1;
            RotatedFile rotated = new RotatedFile(file, maxFileBytes, maxTotalBytes, maxDays);
            try {
                rotated.open();
            } catch (IOException e) {
                throw new IOException("cannot write the log of decisions " + file + " (" + DecisionWriter.reason(e) + "): make room or"
                        + " permissions, or choose another file", e);
            }
            DecisionLog log = new DecisionLog(settings, rotated);
            log.thread.start();
            return log;
        }

        private void requireUsable() throws IOException {
            Path absolute = file.toAbsolutePath().normalize();
            Path directory = absolute.getParent();
            if (directory == null || Files.isDirectory(absolute)) {
                throw new IOException("the log of decisions " + file + " is a directory: name a file in it");
            }
            if (!Files.isDirectory(directory)) {
                throw new IOException("the directory " + directory + " of the log of decisions is missing or no directory: create it (mkdir -p "
                        + directory + ") or choose another file");
            }
            // What rotates the files takes their names for patterns.
            if (!absolute.getFileName().toString().matches("[A-Za-z0-9._-]+") || directory.toString().matches(".*[%\\\\].*")) {
                throw new IllegalArgumentException("the log of decisions " + file + " cannot be rotated by that name: choose a file name"
                        + " of letters, digits, '.', '-' and '_', in a directory without '%' and '\\'");
            }
        }

        private static void requireRange(String name, long value, long min, long max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException("decision log " + name + " is " + value + ", must be " + min + " to " + max);
            }
        }
    }
}
