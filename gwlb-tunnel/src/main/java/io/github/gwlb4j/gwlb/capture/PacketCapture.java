package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.gwlb.internal.Limits;
import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.pcap.LinkType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running capture: a ring of pcapng files, link type {@link LinkType#RAW}, filled off the packet path by a daemon thread.
 *
 * <p>Usable from any thread. Each worker thread asks once for a {@link #newQueue queue} of its own and offers its packets there.
 *
 * <p>Files: FILE is the one being written; when it is full it becomes FILE.1, that FILE.2, and so on, and the oldest is deleted, so
 * that the disk holds at most maxFileBytes × maxFiles. What an earlier run left in FILE becomes FILE.1 as well, unless it holds
 * no packet. FILE can be read while it grows: what was captured is in it some milliseconds after traffic pauses, and at the latest
 * after each MiB. New files are readable by owner and group only, for they hold other people's traffic.
 *
 * <p>A disk that is too slow fills the queues, one that is full makes writing fail: packets are missing from the capture then, which is
 * counted ({@link #stats}) and, for I/O errors, logged at most once a minute; a new file is tried again and again.
 *
 * <pre>{@code
 * try (PacketCapture capture = PacketCapture.builder(Path.of("/var/log/gwlb/dropped.pcapng"))
 *              .filter(CaptureFilter.parse("tcp port 443 and verdict dropped")).includeDropped(true).open();
 *      GwlbAppliance appliance = GwlbAppliance.builder()
 *              .capture(capture).handler(worker -> packet -> Verdict.FORWARD).build().start()) {
 *     appliance.awaitClose();
 * }
 * }</pre>
 */
public final class PacketCapture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PacketCapture.class);
    /** A disk that takes longer than this for what is queued is stuck. */
    private static final long CLOSE_TIMEOUT_MS = 10_000;
    private static final long INTERRUPTED_TIMEOUT_MS = 1_000;

    private final Builder settings;
    private final CaptureFiles files;
    private final List<CaptureQueue> queues = new CopyOnWriteArrayList<>();
    private final CaptureThread writing;
    private final Thread thread;
    private boolean isClosed;

    private PacketCapture(Builder settings, CaptureFiles files) {
        this.settings = settings;
        this.files = files;
        this.writing = new CaptureThread(settings.content, queues, files);
        this.thread = new Thread(writing, "gwlb-capture");
        thread.setDaemon(true);
    }

    /**
     * Starts from the defaults.
     *
     * @param file the file to write, in a directory that exists
     * @return a new builder
     */
    public static Builder builder(Path file) {
        return new Builder(file);
    }

    /**
     * What this capture holds, and so which offer its queues take.
     *
     * @return the builder's setting
     */
    public CaptureContent content() {
        return settings.content;
    }

    /**
     * Whether an appliance offers this capture also what it drops.
     *
     * @return the builder's setting
     */
    public boolean includesDropped() {
        return settings.includesDropped;
    }

    /**
     * Makes a queue for one more worker thread; it takes its memory at once and lives as long as the capture.
     *
     * @return a new queue
     * @throws IllegalStateException if the capture is closed, or there is not enough direct memory
     */
    public synchronized CaptureQueue newQueue() {
        if (isClosed) {
            throw new IllegalStateException("the capture to " + settings.file + " is closed");
        }
        CaptureQueue queue = new CaptureQueue(settings.content, settings.snapLength, settings.queueBytes, settings.filter);
        queues.add(queue);
        return queue;
    }

    /**
     * What became of the packets so far, a moment old.
     *
     * @return a snapshot
     */
    public CaptureStats stats() {
        long droppedQueueFull = 0;
        long filterFailures = 0;
        for (CaptureQueue queue : queues) {
            droppedQueueFull += queue.dropped();
            filterFailures += queue.filterFailures();
        }
        return new CaptureStats(files.writtenPackets(), files.writtenBytes(), droppedQueueFull, files.lostPackets(), filterFailures);
    }

    /**
     * Writes what was queued before and ends the capture; what is offered afterwards is refused. Idempotent. Waits for the disk, but not
     * longer than some seconds.
     */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        queues.forEach(CaptureQueue::close);
        writing.close();
        LockSupport.unpark(thread);
        if (!Threads.join(thread, CLOSE_TIMEOUT_MS)) {
            LOG.warn("capture file {} did not take what was queued within {} s: giving it up, the disk may be stuck", settings.file,
                    CLOSE_TIMEOUT_MS / 1000);
            thread.interrupt(); // which closes the file's channel
            Threads.join(thread, INTERRUPTED_TIMEOUT_MS);
        }
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {
        private static final int MIN_SNAP_LENGTH = 64;
        private static final int MAX_SNAP_LENGTH = 65_535;
        private static final int MAX_FILES = 1000;
        private static final int MAX_QUEUE_BYTES = 1 << 30;
        /** The file's header, and a packet's with its comment, are shorter. */
        private static final int FILE_OVERHEAD_BYTES = 4096;

        final Path file;
        CaptureContent content = CaptureContent.INNER;
        long maxFileBytes = 100L << 20;
        int maxFiles = 10;
        int snapLength = MAX_SNAP_LENGTH;
        int queueBytes = 4 << 20;
        CaptureFilter filter;
        boolean includesDropped;
        Duration retryInterval = Duration.ofSeconds(10);

        private Builder(Path file) {
            this.file = Objects.requireNonNull(file, "capture file");
        }

        /** What was set is copied, so that the builder may be used again. */
        private Builder copy() {
            Builder copy = new Builder(file);
            copy.content = content;
            copy.maxFileBytes = maxFileBytes;
            copy.maxFiles = maxFiles;
            copy.snapLength = snapLength;
            copy.queueBytes = queueBytes;
            copy.filter = filter;
            copy.includesDropped = includesDropped;
            copy.retryInterval = retryInterval;
            return copy;
        }

        /**
         * What to keep of each packet.
         *
         * @param content default {@link CaptureContent#INNER}
         * @return this
         */
        public Builder content(CaptureContent content) {
            this.content = Objects.requireNonNull(content, "capture content");
            return this;
        }

        /**
         * Which packets to keep; the others are not copied.
         *
         * @param filter for example {@link CaptureFilter#parse CaptureFilter.parse("udp port 53")}; null, the default: all
         * @return this
         */
        public Builder filter(CaptureFilter filter) {
            this.filter = filter;
            return this;
        }

        /**
         * Whether to keep packets that went nowhere too, by the handler's verdict or for a {@link io.github.gwlb4j.gwlb.DropReason}; the
         * packet's comment says which. What comes without a sound GENEVE header has no inner packet, so it is in
         * {@link CaptureContent#OUTER} captures only. What comes out of a TUN interface and cannot go to the load balancer has no GENEVE
         * header either and is not captured: tcpdump at the interface shows it.
         *
         * @param includesDropped default false: what is forwarded or delivered
         * @return this
         */
        public Builder includeDropped(boolean includesDropped) {
            this.includesDropped = includesDropped;
            return this;
        }

        /**
         * How large one file may grow.
         *
         * @param bytes at least the snapshot length and 4096, default 100 MiB
         * @return this
         */
        public Builder maxFileBytes(long bytes) {
            maxFileBytes = bytes;
            return this;
        }

        /**
         * How many files are kept, the one being written included; with 1 a full file is begun anew.
         *
         * @param count 1 to 1000, default 10
         * @return this
         */
        public Builder maxFiles(int count) {
            maxFiles = count;
            return this;
        }

        /**
         * How much of each packet is kept, made-up outer headers included.
         *
         * @param bytes 64 to 65,535; default 65,535, which is all
         * @return this
         */
        public Builder snapLength(int bytes) {
            snapLength = bytes;
            return this;
        }

        /**
         * Direct memory of each worker's queue, rounded up to a power of two. It bridges the time that the disk or the capture's
         * thread is busy: at 1 Gbit/s, 4 MiB are 33 ms.
         *
         * @param bytes at least twice the snapshot length and 135, at most 2^30; default 4 MiB
         * @return this
         */
        public Builder queueBytes(int bytes) {
            queueBytes = bytes;
            return this;
        }

        /**
         * How long after an I/O error, such as a full disk, a new file is tried.
         *
         * @param interval 10 ms to 1 h, default 10 s
         * @return this
         */
        public Builder retryInterval(Duration interval) {
            retryInterval = Objects.requireNonNull(interval, "capture retryInterval");
            return this;
        }

        /**
         * Checks the settings, begins the file and starts the thread.
         *
         * @return the capture, to be closed by the caller
         * @throws IllegalArgumentException if a setting is out of range; the message names it
         * @throws IOException              if the file cannot be begun; the message names what is missing
         */
        public PacketCapture open() throws IOException {
            Limits.requireRange("capture snapLength", snapLength, MIN_SNAP_LENGTH, MAX_SNAP_LENGTH);
            Limits.requireRange("capture maxFileBytes", maxFileBytes, snapLength + FILE_OVERHEAD_BYTES, Long.MAX_VALUE);
            Limits.requireRange("capture maxFiles", maxFiles, 1, MAX_FILES);
            Limits.requireRange("capture queueBytes", queueBytes, 2 * CaptureRecord.bytes(snapLength + CaptureRecord.MAX_NOTE_BYTES), MAX_QUEUE_BYTES);
            Limits.requireRange("capture retryInterval in ms", retryInterval.toMillis(), 10, 3_600_000);
            Builder settings = copy();
            CaptureFiles files = new CaptureFiles(settings);
            files.open();
            PacketCapture capture = new PacketCapture(settings, files);
            capture.thread.start();
            return capture;
        }
    }
}
