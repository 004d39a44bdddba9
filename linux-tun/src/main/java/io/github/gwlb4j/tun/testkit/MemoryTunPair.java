package io.github.gwlb4j.tun.testkit;

import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;

/**
 * Two TUN devices in memory, back to back: what is written to a queue of one is read from the same queue of the other. Safe
 * for any thread.
 *
 * <pre>
 *   code under test  --write-->  [queue, bounded]  --read-->  test
 *                    &lt;--read---  [queue, bounded]  &lt;--write--
 * </pre>
 *
 * <p>It behaves like the kernel's device where that shows: a full queue drops what is written and still counts it as
 * written, a frame longer than the reader's room is cut, an empty frame or one that is neither IPv4 nor IPv6 is refused
 * with −EINVAL. Frames are passed as they are: nothing is split, merged or checksummed on the way.
 */
public final class MemoryTunPair implements AutoCloseable {

    private final MemoryTunDevice left;
    private final MemoryTunDevice right;

    /**
     * A pair with one queue of 500 frames, as the kernel has by default, and plain IP packets.
     */
    public MemoryTunPair() {
        this(1, 500, TunOffload.NONE);
    }

    /**
     * A pair.
     *
     * @param queues      queues of each device, at least 1
     * @param queueFrames frames a queue holds before it drops, at least 1
     * @param offload     what both devices claim to have been granted
     */
    public MemoryTunPair(int queues, int queueFrames, TunOffload offload) {
        if (queues < 1 || queueFrames < 1) {
            throw new IllegalArgumentException("needs at least one queue of at least one frame, got " + queues + " of " + queueFrames);
        }
        MemoryPipe[] toRight = pipes(queues, queueFrames);
        MemoryPipe[] toLeft = pipes(queues, queueFrames);
        left = new MemoryTunDevice("left", 1, offload, toLeft, toRight);
        right = new MemoryTunDevice("right", 2, offload, toRight, toLeft);
    }

    private static MemoryPipe[] pipes(int count, int frames) {
        MemoryPipe[] pipes = new MemoryPipe[count];
        for (int i = 0; i < count; i++) {
            pipes[i] = new MemoryPipe(frames);
        }
        return pipes;
    }

    /**
     * One end.
     *
     * @return the device, the same each time
     */
    public TunDevice left() {
        return left;
    }

    /**
     * The other end.
     *
     * @return the device, the same each time
     */
    public TunDevice right() {
        return right;
    }

    /**
     * Frames that were dropped because a queue was full.
     *
     * @return count of both directions and all queues
     */
    public long dropped() {
        return left.dropped() + right.dropped();
    }

    /** Closes both devices. */
    @Override
    public void close() {
        left.close();
        right.close();
    }
}
