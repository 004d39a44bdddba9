package io.github.gwlb4j.tun.testkit;

import java.nio.ByteBuffer;

import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;

/** A queue of a device in memory: reads from one pipe, writes to the other. */
final class MemoryTunQueue implements TunQueue {

    private static final int CLOSED = Errno.EBADF.result();

    private final TunOffload offload;
    private final int maxFrameBytes;
    private final MemoryPipe incoming;
    private final MemoryPipe outgoing;

    MemoryTunQueue(TunOffload offload, MemoryPipe incoming, MemoryPipe outgoing) {
        this.offload = offload;
        this.maxFrameBytes = MAX_FRAME_BYTES - TunOffload.VNET_HEADER_BYTES + offload.headerBytes();
        this.incoming = incoming;
        this.outgoing = outgoing;
    }

    @Override
    public TunOffload offload() {
        return offload;
    }

    @Override
    public int read(PacketBatch batch) {
        if (incoming.isReaderClosed()) {
            return CLOSED;
        }
        int before = batch.count();
        int offset = batch.reserve(maxFrameBytes, offload.headerBytes());
        if (offset < 0) {
            return Errno.ENOBUFS.result();
        }
        while (offset >= 0) {
            byte[] frame = incoming.poll();
            if (frame == null) {
                break;
            }
            int length = Math.min(frame.length, maxFrameBytes);
            batch.buffer().put(offset, frame, 0, length);
            batch.add(offset, length);
            offset = batch.reserve(maxFrameBytes, offload.headerBytes());
        }
        return batch.count() - before;
    }

    @Override
    public int write(PacketBatch batch, int from, int to) {
        if (incoming.isReaderClosed()) {
            return CLOSED;
        }
        for (int i = from; i < to; i++) {
            byte[] frame = new byte[batch.length(i)];
            batch.buffer().get(batch.offset(i), frame);
            if (!deliver(frame)) {
                return i > from ? i - from : Errno.EINVAL.result();
            }
        }
        return to - from;
    }

    @Override
    public int write(GatherBatch batch, int from, int to) {
        if (incoming.isReaderClosed()) {
            return CLOSED;
        }
        for (int i = from; i < to; i++) {
            byte[] frame = new byte[batch.lengthBytes(i)];
            batch.copyTo(i, ByteBuffer.wrap(frame), 0);
            if (!deliver(frame)) {
                return i > from ? i - from : Errno.EINVAL.result();
            }
        }
        return to - from;
    }

    /** False if the kernel would refuse the frame (tun_get_user in drivers/net/tun.c). */
    private boolean deliver(byte[] frame) {
        int packet = offload.headerBytes();
        if (frame.length <= packet || frame[packet] >> 4 != 4 && frame[packet] >> 4 != 6) {
            return false;
        }
        outgoing.offer(frame);
        return true;
    }

    @Override
    public int await(int timeoutMs) {
        int result = incoming.await(timeoutMs);
        return result < 0 ? CLOSED : result;
    }

    @Override
    public void wakeup() {
        incoming.wakeup();
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }

    @Override
    public void close() {
        incoming.closeReader();
    }
}
