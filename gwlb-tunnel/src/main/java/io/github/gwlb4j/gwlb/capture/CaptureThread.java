package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.tun.Capability;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the packets out of all queues and writes them. It looks again and again rather than being woken, so that a packet thread
 * never makes a system call for the capture; when idle it flushes and sleeps, longer each time.
 */
final class CaptureThread implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureThread.class);
    private static final long SHORTEST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final ByteBuffer NO_HEADERS = ByteBuffer.allocateDirect(0);

    private final List<CaptureQueue> queues;
    private final CaptureFiles files;
    private final CaptureQueue.Sink sink;
    private final OuterHeaders outer = new OuterHeaders();
    private final PacketComment comment = new PacketComment();
    private boolean isFilterFailureTold;
    private volatile boolean isClosing;

    CaptureThread(CaptureContent content, List<CaptureQueue> queues, CaptureFiles files) {
        this.queues = queues;
        this.files = files;
        this.sink = content == CaptureContent.OUTER ? this::writeDatagram : this::writePacket;
    }

    @Override
    public void run() {
        Threads.keepOnly(Capability.DAC_OVERRIDE); // root may have been given a directory of someone else's
        try {
            drainUntilClosed();
        } catch (RuntimeException | Error e) {
            queues.forEach(CaptureQueue::close);
            LOG.error("capturing has ended, the appliance goes on without; restart it to capture again", e);
        } finally {
            files.close();
        }
    }

    private void drainUntilClosed() {
        long sleepNs = SHORTEST_SLEEP_NS;
        while (true) {
            boolean isLastIfEmpty = isClosing; // before the look: what was offered before the closing is seen by it
            if (drainAll()) {
                sleepNs = SHORTEST_SLEEP_NS;
                continue;
            }
            files.flush();
            if (isLastIfEmpty) {
                return;
            }
            LockSupport.parkNanos(sleepNs);
            sleepNs = Math.min(2 * sleepNs, LONGEST_SLEEP_NS);
        }
    }

    private boolean drainAll() {
        boolean isAny = false;
        for (CaptureQueue queue : queues) {
            isAny |= queue.drain(sink);
            tellFilterFailure(queue);
        }
        return isAny;
    }

    private void writeDatagram(ByteBuffer ring, int at) {
        int data = at + CaptureRecord.HEADER_BYTES;
        int stored = CaptureRecord.storedBytes(ring, at);
        int length = CaptureRecord.originalBytes(ring, at);
        ByteBuffer headers = outer.of(CaptureRecord.outerAddresses(ring, at), CaptureRecord.outerPorts(ring, at), ring, data, stored, length);
        files.write(CaptureRecord.timeNs(ring, at), headers, OuterHeaders.BYTES, ring, data, stored, OuterHeaders.BYTES + length,
                comment.of(ring, at));
    }

    private void writePacket(ByteBuffer ring, int at) {
        files.write(CaptureRecord.timeNs(ring, at), NO_HEADERS, 0, ring, at + CaptureRecord.HEADER_BYTES,
                CaptureRecord.storedBytes(ring, at), CaptureRecord.originalBytes(ring, at), comment.of(ring, at));
    }

    private void tellFilterFailure(CaptureQueue queue) {
        if (!isFilterFailureTold && queue.filterFailure() != null) {
            isFilterFailureTold = true;
            LOG.warn("the capture filter throws: packets are missing from the capture and counted, the appliance goes on", queue.filterFailure());
        }
    }

    /** Writes what is in the queues and ends. From any thread. */
    void close() {
        isClosing = true;
    }
}
