package io.github.gwlb4j.tun.offload;

import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunQueue;

/**
 * Plain IP packets over a TUN queue, whatever its offloads: splits what is read, merges what is written. The same threads
 * may use it as the queue: one that reads, one that writes. Allocates nothing after construction.
 *
 * <p>This is the simple way. Who can work on super-packets as they are, or send segments out in pieces, uses the queue with
 * {@link SegmentSplitter} and {@link SegmentCoalescer} itself and saves the copy that {@link #read(PacketBatch)} makes.
 */
public final class PacketQueue {

    private static final int WRITE_BATCH = 256;
    private static final int NO_ROOM = Errno.ENOBUFS.result();

    private final TunQueue queue;
    private final boolean plain;
    private final PacketBatch frame;
    private final SegmentSplitter splitter = new SegmentSplitter();
    private final SegmentCoalescer coalescer;
    private long malformedFrames;

    /**
     * Uses a queue; the caller still has to close it.
     *
     * @param queue the queue
     */
    public PacketQueue(TunQueue queue) {
        this.queue = queue;
        this.plain = !queue.offload().vnetHeader();
        this.frame = plain ? null : new PacketBatch(1, TunQueue.MAX_FRAME_BYTES + PacketBatch.ALIGNMENT_BYTES);
        this.coalescer = plain ? null : new SegmentCoalescer(WRITE_BATCH, queue.offload());
    }

    /**
     * Reads packets behind those the batch holds, until there are no more or the batch is full. The rest of a super-packet
     * that did not fit comes with the next call.
     *
     * @param packets where packets go; for a queue without offloads it must have room for {@link TunQueue#MAX_FRAME_BYTES}
     * @return packets added, 0 if none was waiting, −ENOBUFS (-105) if there was no room for one, or another −errno
     */
    public int read(PacketBatch packets) {
        if (plain) {
            return queue.read(packets);
        }
        int added = splitter.copyTo(packets);
        while (!splitter.hasNext()) {
            if (packets.isFull()) {
                return added > 0 ? added : NO_ROOM;
            }
            int result = readFrame();
            if (result <= 0) {
                return added > 0 ? added : result;
            }
            added += splitter.copyTo(packets);
        }
        return added > 0 ? added : NO_ROOM;
    }

    private int readFrame() {
        frame.clear();
        int result = queue.read(frame);
        if (result > 0 && splitter.begin(frame, 0) != SplitStatus.OK) {
            malformedFrames++;
        }
        return result;
    }

    /**
     * Writes packets. Order is kept within each flow only.
     *
     * @param packets packets
     * @param from    first packet
     * @param to      behind the last packet
     * @return packets written; fewer than given means that the kernel did not take some, which are lost; or −errno if it took
     *         none
     */
    public int write(PacketBatch packets, int from, int to) {
        int written = 0;
        int error = 0;
        for (int next = from; next < to; next += WRITE_BATCH) {
            int end = Math.min(to, next + WRITE_BATCH);
            int result = plain ? writePlain(packets, next, end) : writeMerged(packets, next, end);
            if (result < 0) {
                error = result;
            } else {
                written += result;
            }
        }
        return written > 0 ? written : error;
    }

    private int writePlain(PacketBatch packets, int from, int to) {
        int written = 0;
        int error = 0;
        for (int next = from; next < to;) {
            int result = queue.write(packets, next, to);
            if (result > 0) {
                written += result;
                next += result;
            } else {
                error = result;
                next++;
            }
        }
        return written > 0 ? written : error;
    }

    private int writeMerged(PacketBatch packets, int from, int to) {
        GatherBatch plan = coalescer.coalesce(packets, from, to);
        int written = 0;
        int error = 0;
        for (int next = 0; next < plan.count();) {
            int result = queue.write(plan, next, plan.count());
            if (result > 0) {
                for (int message = next; message < next + result; message++) {
                    written += coalescer.packetsIn(message);
                }
                next += result;
            } else {
                error = result;
                next++;
            }
        }
        return written > 0 ? written : error;
    }

    /**
     * Waits as {@link TunQueue#await(int)} does, but not while packets of a super-packet are left to be read.
     *
     * @param timeoutMs milliseconds, 0 not to wait, -1 for ever
     * @return 1 if there is something to read, 0 if not, or −errno
     */
    public int await(int timeoutMs) {
        return splitter.hasNext() ? 1 : queue.await(timeoutMs);
    }

    /**
     * Frames that the kernel gave and that could not be split, see {@link SplitStatus}.
     *
     * @return count since construction; exact on the reading thread only
     */
    public long malformedFrames() {
        return malformedFrames;
    }
}
