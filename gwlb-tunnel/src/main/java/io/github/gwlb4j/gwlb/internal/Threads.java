package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.tun.Capability;
import io.github.gwlb4j.tun.Privileges;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waiting for other threads, whether or not the caller is interrupted; rights of threads. Stateless; usable from any thread. */
public final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);
    private static final long NS_PER_MS = 1_000_000L;

    private Threads() {
    }

    /**
     * Waits for a thread's end, whether or not the caller is interrupted; the caller sees its interrupt afterwards.
     *
     * @param thread    that is to end
     * @param timeoutMs how long to wait at most
     * @return whether it has ended
     */
    public static boolean join(Thread thread, long timeoutMs) {
        boolean isInterrupted = false;
        long deadlineNs = System.nanoTime() + timeoutMs * NS_PER_MS;
        for (long leftNs = timeoutMs * NS_PER_MS; thread.isAlive() && leftNs > 0; leftNs = deadlineNs - System.nanoTime()) {
            try {
                thread.join(Math.max(1, leftNs / NS_PER_MS));
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /**
     * Takes all other rights of root from the calling thread, and logs if the kernel does not let it.
     *
     * @param kept those that stay
     */
    public static void keepOnly(Capability... kept) {
        if (!Privileges.keepOnly(kept)) {
            LOG.warn("{} keeps its capabilities: the kernel, or a sandbox, refuses to take them", Thread.currentThread().getName());
        }
    }

    /**
     * What a thread does first that opens files and nothing else that takes rights: root may have been given a directory of someone else's.
     *
     * @param isDropping whether rights are given up at all
     * @return to be run on that thread
     */
    public static Runnable keepingFileAccess(boolean isDropping) {
        return isDropping ? () -> keepOnly(Capability.DAC_OVERRIDE) : () -> { };
    }

    /**
     * Waits for what another thread signals, whether or not the caller is interrupted; the caller sees its interrupt afterwards.
     *
     * @param signal counted down by the other thread
     */
    public static void await(CountDownLatch signal) {
        boolean isInterrupted = false;
        while (true) {
            try {
                signal.await();
                break;
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
