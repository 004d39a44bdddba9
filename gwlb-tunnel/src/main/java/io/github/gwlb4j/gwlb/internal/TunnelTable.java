package io.github.gwlb4j.gwlb.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Endpoint id to tunnel, for all workers: looked up without a lock and without allocating, changed by copying.
 *
 * <p>Usable from any thread. A copy is made for each tunnel that comes or goes, which is rare and bounded by the maximum;
 * whoever looks up meanwhile sees the table before or after.
 */
final class TunnelTable {
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private final int max;
    private final AtomicReference<Slots> current = new AtomicReference<>(new Slots(2));

    /** Open addressing with linear probing, at most half full. Never changed once published. */
    private static final class Slots {
        private final TunnelState[] tunnels;
        private final int shift;
        private int size;

        private Slots(int capacity) {
            this.tunnels = new TunnelState[capacity];
            this.shift = Long.SIZE - Integer.numberOfTrailingZeros(capacity);
        }

        private TunnelState find(long endpointId) {
            int mask = tunnels.length - 1;
            for (int slot = (int) (endpointId * MIX >>> shift); ; slot = slot + 1 & mask) {
                TunnelState tunnel = tunnels[slot];
                if (tunnel == null || tunnel.endpointId() == endpointId) {
                    return tunnel;
                }
            }
        }

        private void put(TunnelState tunnel) {
            int mask = tunnels.length - 1;
            int slot = (int) (tunnel.endpointId() * MIX >>> shift);
            while (tunnels[slot] != null) {
                slot = slot + 1 & mask;
            }
            tunnels[slot] = tunnel;
            size++;
        }

        private Slots copyWithout(TunnelState removed, int newSize) {
            Slots copy = new Slots(Math.max(2, Integer.highestOneBit(Math.max(1, newSize)) << 2));
            for (TunnelState tunnel : tunnels) {
                if (tunnel != null && tunnel != removed) {
                    copy.put(tunnel);
                }
            }
            return copy;
        }
    }

    TunnelTable(int max) {
        this.max = max;
    }

    /** The tunnel of an endpoint, or null. */
    TunnelState find(long endpointId) {
        return current.get().find(endpointId);
    }

    /** Adds a tunnel unless its endpoint has one or the table is full; answers the endpoint's tunnel, or null if full. */
    TunnelState add(TunnelState tunnel) {
        while (true) {
            Slots before = current.get();
            TunnelState existing = before.find(tunnel.endpointId());
            if (existing != null || before.size >= max) {
                return existing;
            }
            Slots after = before.copyWithout(null, before.size + 1);
            after.put(tunnel);
            if (current.compareAndSet(before, after)) {
                return tunnel;
            }
        }
    }

    /** Whether another tunnel fits. */
    boolean isFull() {
        return current.get().size >= max;
    }

    /** Takes a tunnel out, if it is in. */
    void remove(TunnelState tunnel) {
        current.updateAndGet(before -> before.copyWithout(tunnel, before.size));
    }

    /** The tunnels that exist now, in no order. */
    List<TunnelState> tunnels() {
        return Arrays.stream(current.get().tunnels).filter(Objects::nonNull).toList();
    }
}
