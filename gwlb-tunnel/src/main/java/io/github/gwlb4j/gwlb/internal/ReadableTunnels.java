package io.github.gwlb4j.gwlb.internal;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The tunnels out of whose interfaces workers read. The control thread adds and removes; a worker takes the list when it has
 * changed, and acknowledges it. Before an interface is closed no worker may read from it, or wait for it, any more.
 *
 * <p>{@link #current} and {@link #acknowledge} are for workers, {@link #add} and {@link #remove} for the control thread, the rest
 * for any thread.
 */
final class ReadableTunnels {
    private static final TunnelState[] NONE = {};

    private final AtomicReferenceArray<TunnelState[]> seen;
    private volatile TunnelState[] current = NONE;

    ReadableTunnels(int workers) {
        seen = new AtomicReferenceArray<>(workers);
        for (int i = 0; i < workers; i++) {
            seen.set(i, NONE);
        }
    }

    /** Another array whenever something has changed; never changed itself. */
    TunnelState[] current() {
        return current;
    }

    void add(TunnelState tunnel) {
        TunnelState[] grown = Arrays.copyOf(current, current.length + 1);
        grown[current.length] = tunnel;
        current = grown;
    }

    void remove(TunnelState tunnel) {
        current = Arrays.stream(current).filter(kept -> kept != tunnel).toArray(TunnelState[]::new);
    }

    /** A worker reads from these and no others from now on. */
    void acknowledge(int worker, TunnelState[] tunnels) {
        seen.set(worker, tunnels);
    }

    /** A worker has ended. */
    void retire(int worker) {
        seen.set(worker, NONE);
    }

    /** Whether no worker reads from a removed tunnel any more. */
    boolean isReleased(TunnelState tunnel) {
        for (int i = 0; i < seen.length(); i++) {
            if (Arrays.asList(seen.get(i)).contains(tunnel)) {
                return false;
            }
        }
        return true;
    }
}
