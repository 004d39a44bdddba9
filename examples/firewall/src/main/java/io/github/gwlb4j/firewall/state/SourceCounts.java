package io.github.gwlb4j.firewall.state;

/**
 * How many of something each source has now. Belongs to one thread; allocates nothing after construction.
 *
 * <p>Bounded by what it counts: a source that has none takes no place, so a table for N things never fills up. Open addressing with
 * linear probing, at most half full.
 */
final class SourceCounts {
    private final long[] tags;
    private final int[] counts;
    private final int mask;

    /** @param maxCounted most things that are counted at a time, of all sources together */
    SourceCounts(int maxCounted) {
        int slots = Integer.highestOneBit(Math.max(2, 2 * maxCounted - 1)) << 1;
        this.tags = new long[slots];
        this.counts = new int[slots];
        this.mask = slots - 1;
    }

    /** How many a source has. */
    int count(long tag) {
        return counts[slotOf(tag)];
    }

    void increment(long tag) {
        int slot = slotOf(tag);
        tags[slot] = tag;
        counts[slot]++;
    }

    /** One less; the source must have one. */
    void decrement(long tag) {
        int slot = slotOf(tag);
        if (--counts[slot] == 0) {
            closeGap(slot);
        }
    }

    private int slotOf(long tag) {
        int slot = (int) tag & mask;
        while (counts[slot] != 0 && tags[slot] != tag) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /** Moves later entries up, so that no search ends at the gap before it has found its own. */
    private void closeGap(int freed) {
        int gap = freed;
        for (int slot = gap + 1 & mask; counts[slot] != 0; slot = slot + 1 & mask) {
            int home = (int) tags[slot] & mask;
            if ((slot - home & mask) >= (slot - gap & mask)) {
                tags[gap] = tags[slot];
                counts[gap] = counts[slot];
                counts[slot] = 0;
                gap = slot;
            }
        }
    }
}
