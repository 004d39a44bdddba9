package io.github.gwlb4j.tun.testkit;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/** One direction of a queue: a bounded line of frames, its reader's wake-ups and its end. Safe for any thread. */
final class MemoryPipe {

    private final ArrayDeque<byte[]> frames = new ArrayDeque<>();
    private final int maxFrames;
    private long dropped;
    private boolean woken;
    private boolean readerClosed;

    MemoryPipe(int maxFrames) {
        this.maxFrames = maxFrames;
    }

    synchronized void offer(byte[] frame) {
        if (readerClosed || frames.size() == maxFrames) {
            dropped++;
        } else {
            frames.add(frame);
            notifyAll();
        }
    }

    /** The next frame, or null. */
    synchronized byte[] poll() {
        return frames.poll();
    }

    synchronized boolean isReaderClosed() {
        return readerClosed;
    }

    /** 1 if there is a frame, 0 after a wake-up or at timeout, −1 if the reader was closed. */
    synchronized int await(int timeoutMs) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (frames.isEmpty() && !woken && !readerClosed) {
            long leftNs = deadline - System.nanoTime();
            if (timeoutMs >= 0 && leftNs <= 0) {
                return 0;
            }
            try {
                // Rounded up, so that the deadline is over afterwards.
                wait(timeoutMs < 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(leftNs) + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
        }
        woken = false;
        if (readerClosed) {
            return -1;
        }
        return frames.isEmpty() ? 0 : 1;
    }

    synchronized void wakeup() {
        woken = true;
        notifyAll();
    }

    synchronized void closeReader() {
        readerClosed = true;
        frames.clear();
        notifyAll();
    }

    synchronized long dropped() {
        return dropped;
    }
}
