package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.FdGuard;
import io.github.gwlb4j.linux.IoVectors;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.Syscalls;

/** A queue of the kernel's TUN device: one read(2), write(2) or writev(2) for each frame, as the driver wants it. */
final class LinuxTunQueue implements TunQueue {

    private static final int CLOSED = Errno.EBADF.result();
    private static final int NONE_WAITING = Errno.EAGAIN.result();
    private static final int INTERRUPTED = Errno.EINTR.result();

    private final FdGuard guard;
    private final EventFd wakeup;
    private final TunOffload offload;
    private final int headerBytes;
    private final int maxFrameBytes;
    private final Poller poller = new Poller(2);
    private final int tunEvents;
    private final int wakeupEvents;
    /** 16 KB, and most queues never gather: made with the first write that does. */
    private IoVectors vectors;

    LinuxTunQueue(FdGuard guard, EventFd wakeup, TunOffload offload) {
        this.guard = guard;
        this.wakeup = wakeup;
        this.offload = offload;
        this.headerBytes = offload.headerBytes();
        this.maxFrameBytes = MAX_FRAME_BYTES - TunOffload.VNET_HEADER_BYTES + headerBytes;
        this.tunEvents = poller.add(guard.fd(), CConstants.POLLIN);
        this.wakeupEvents = poller.add(wakeup.fd(), CConstants.POLLIN);
    }

    @Override
    public TunOffload offload() {
        return offload;
    }

    @Override
    public int read(PacketBatch batch) {
        if (!guard.enter()) {
            return CLOSED;
        }
        try {
            return readAll(batch);
        } finally {
            guard.exit();
        }
    }

    private int readAll(PacketBatch batch) {
        int before = batch.count();
        long address = batch.address();
        int offset = batch.reserve(maxFrameBytes, headerBytes);
        if (offset < 0) {
            return Errno.ENOBUFS.result();
        }
        while (offset >= 0) {
            int result = (int) Syscalls.read(guard.fd(), address + offset, maxFrameBytes);
            if (result >= 0) {
                batch.add(offset, result);
                offset = batch.reserve(maxFrameBytes, headerBytes);
            } else if (result != INTERRUPTED) {
                int added = batch.count() - before;
                return added > 0 || result == NONE_WAITING ? added : result;
            }
        }
        return batch.count() - before;
    }

    @Override
    public int write(PacketBatch batch, int from, int to) {
        if (!guard.enter()) {
            return CLOSED;
        }
        try {
            long address = batch.address();
            for (int i = from; i < to; i++) {
                int result = writeOne(address + batch.offset(i), batch.length(i));
                if (result < 0) {
                    return i > from ? i - from : result;
                }
            }
            return to - from;
        } finally {
            guard.exit();
        }
    }

    private int writeOne(long address, int length) {
        int result;
        do {
            result = (int) Syscalls.write(guard.fd(), address, length);
        } while (result == INTERRUPTED);
        return result;
    }

    @Override
    public int write(GatherBatch batch, int from, int to) {
        if (!guard.enter()) {
            return CLOSED;
        }
        try {
            for (int i = from; i < to; i++) {
                int result = writeGathered(batch, i);
                if (result < 0) {
                    return i > from ? i - from : result;
                }
            }
            return to - from;
        } finally {
            guard.exit();
        }
    }

    private int writeGathered(GatherBatch batch, int message) {
        int piece = batch.firstPiece(message);
        if (batch.firstPiece(message + 1) == piece + 1 && !batch.pieceIsHeader(piece)) {
            return writeOne(batch.payload().address() + batch.pieceOffset(piece), batch.pieceLength(piece));
        }
        if (vectors == null) {
            vectors = new IoVectors(IoVectors.MAX);
        }
        int pieces = vectors.encode(0, batch, message);
        if (pieces < 0) {
            return pieces;
        }
        int result;
        do {
            result = (int) Syscalls.writev(guard.fd(), vectors.address(0), pieces);
        } while (result == INTERRUPTED);
        return result;
    }

    @Override
    public int await(int timeoutMs) {
        if (!guard.enter()) {
            return CLOSED;
        }
        try {
            int result = poller.poll(timeoutMs);
            if (guard.isClosed()) {
                return CLOSED;
            }
            if (result <= 0) {
                return result == INTERRUPTED ? 0 : result;
            }
            if (poller.events(wakeupEvents) != 0) {
                wakeup.drain();
            }
            return poller.events(tunEvents) != 0 ? 1 : 0;
        } finally {
            guard.exit();
        }
    }

    @Override
    public void wakeup() {
        if (guard.enter()) {
            try {
                wakeup.signal();
            } finally {
                guard.exit();
            }
        }
    }

    @Override
    public int fileDescriptor() {
        return guard.isClosed() ? -1 : guard.fd();
    }

    @Override
    public void close() {
        guard.close();
    }
}
