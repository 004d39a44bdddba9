package io.github.gwlb4j.gwlb.internal.flow;

import java.nio.ByteBuffer;

/**
 * Copies the flows of a table as {@linkplain FlowRecord records}, piece by piece, while workers go on using it. Each record is one
 * state of its flow; the whole is of no single moment. A second round copies only flows that are new, or have another way
 * back, since they were copied: what is left to do once nothing changes any more is short.
 *
 * <p>Belongs to one thread.
 */
public final class FlowSnapshot {
    private static final int TRIES = 1000;

    private final FlowSlots slots;
    private final PathStore paths;
    private final int slotCount;
    /** The version of each slot when it was copied; null if there is to be one round only. */
    private final int[] copied;
    private final FlowRecord record = new FlowRecord();
    private int next;

    FlowSnapshot(FlowSlots slots, PathStore paths, int slotCount, boolean hasMoreRounds) {
        this.slots = slots;
        this.paths = paths;
        this.slotCount = slotCount;
        this.copied = hasMoreRounds ? new int[slotCount] : null;
    }

    /**
     * Appends as many records as fit.
     *
     * @param out   in network byte order, with room for one of {@link FlowRecord#MAX_BYTES} at least
     * @param nowNs monotonic time
     * @return how many
     */
    public int fill(ByteBuffer out, long nowNs) {
        int nowTick = FlowClock.tick(nowNs);
        int count = 0;
        for (; next < slotCount && out.remaining() >= FlowRecord.MAX_BYTES; next++) {
            if (copy(next, nowTick)) {
                record.write(out);
                count++;
            }
        }
        return count;
    }

    /**
     * Whether this round has come to its end.
     *
     * @return true if there is nothing left to copy
     */
    public boolean isDone() {
        return next == slotCount;
    }

    /** Begins another round. */
    public void beginRound() {
        next = 0;
    }

    private boolean copy(int slot, int nowTick) {
        for (int i = 0; i < TRIES; i++) {
            int version = slots.version(slot);
            if (copied != null && copied[slot] == version) {
                return false;
            }
            if ((version & 1) == 0) {
                boolean isFlow = slots.isTaken(slot) && !slots.isExpired(slot, nowTick) && read(slot, nowTick);
                if (slots.isStill(slot, version)) {
                    if (copied != null) {
                        copied[slot] = version;
                    }
                    return isFlow;
                }
            }
            Thread.onSpinWait();
        }
        return false; // the next round finds it
    }

    /** May read a mixture of two states; then the version has changed. */
    private boolean read(int slot, int nowTick) {
        int forward = slots.pathOf(slot, true);
        int backward = slots.pathOf(slot, false);
        boolean isShared = forward == backward;
        record.has(forward != PathStore.NONE, backward != PathStore.NONE && !isShared, isShared);
        record.flags = slots.flags(slot) & FlowSlots.CLOSING_FLAGS;
        record.ageMs = FlowClock.ms(Math.max(0, slots.silence(slot, nowTick)));
        if (forward != PathStore.NONE) {
            paths.read(slot, forward, record.forward);
        }
        if (backward != PathStore.NONE && !isShared) {
            paths.read(slot, backward, record.backward);
        }
        return slots.readKey(slot, record.key) && (forward | backward) != PathStore.NONE;
    }
}
