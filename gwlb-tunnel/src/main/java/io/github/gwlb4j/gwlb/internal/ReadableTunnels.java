package io.github.gwlb4j.gwlb.internal;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The tunnels out of whose interfaces workers read. The control thread adds and removes; a worker takes the list when its
 * version has changed, and acknowledges that version. Before an interface is closed no worker may read from it, or wait for it,
 * any more.
 *
 * <p>A worker asks for {@link #version}, then for {@link #current}, changes over to that list, and calls {@link #acknowledge}
 * with the version. It is the version, not the list, that is acknowledged: a worker that was about to take up a tunnel when it
 * was removed has acknowledged an old list without it, and must not pass for one that has let go.
 *
 * <p>{@link #add} and {@link #remove} are for the control thread, the rest for any thread.
 */
final class ReadableTunnels {
    private final AtomicLongArray acknowledged;
    private volatile TunnelState[] current = {};
    /** Written after the list, and read before it: the list is never older than its version. */
    private volatile long version;

    ReadableTunnels(int workers) {
        acknowledged = new AtomicLongArray(workers);
    }

    /** Grows whenever the list changes. */
    long version() {
        return version;
    }

    /** Never changed itself. */
    TunnelState[] current() {
        return current;
    }

    void add(TunnelState tunnel) {
        TunnelState[] grown = Arrays.copyOf(current, current.length + 1);
        grown[grown.length - 1] = tunnel;
        publish(grown);
    }

    /** Answers the version that is without the tunnel. */
    long remove(TunnelState tunnel) {
        return publish(Arrays.stream(current).filter(kept -> kept != tunnel).toArray(TunnelState[]::new));
    }

    private long publish(TunnelState[] changed) {
        long next = version + 1;
        current = changed;
        version = next;
        return next;
    }

    /** A worker reads from the tunnels of this version, or of a later one, and no others from now on. */
    void acknowledge(int worker, long seenVersion) {
        acknowledged.set(worker, seenVersion);
    }

    /** A worker has ended. */
    void retire(int worker) {
        acknowledged.set(worker, Long.MAX_VALUE);
    }

    /** Whether no worker reads any more from what was removed with this version, or before. */
    boolean isReleased(long removedVersion) {
        for (int i = 0; i < acknowledged.length(); i++) {
            if (acknowledged.get(i) < removedVersion) {
                return false;
            }
        }
        return true;
    }
}
