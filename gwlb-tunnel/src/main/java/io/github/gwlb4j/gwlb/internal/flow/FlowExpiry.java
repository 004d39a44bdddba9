package io.github.gwlb4j.gwlb.internal.flow;

/** Sweeps the table for flows that were silent for their timeout. Belongs to the control thread. */
final class FlowExpiry {
    private final FlowSets sets;
    private final FlowSlots slots;
    private final FlowPlacement placement;
    private final FlowCounters counters;
    private int nextSet;

    FlowExpiry(FlowSets sets, FlowSlots slots, FlowPlacement placement, FlowCounters counters) {
        this.sets = sets;
        this.slots = slots;
        this.placement = placement;
        this.counters = counters;
    }

    /** Looks at so many places, rounded up to whole sets, where the last call stopped; answers how many flows were removed. */
    int sweep(long nowNs, int maxSlots) {
        int nowTick = FlowClock.tick(nowNs);
        int rest = (int) Math.min(sets.count(), ((long) maxSlots + FlowSets.PLACES - 1) / FlowSets.PLACES);
        int removed = 0;
        for (; rest > 0; rest--) {
            if (hasExpired(nextSet, nowTick)) {
                removed += expire(nextSet, nowTick);
            }
            nextSet = sets.next(nextSet);
        }
        return removed;
    }

    /** Without the lock, so that a look at flows that live is in nobody's way. */
    private boolean hasExpired(int set, int nowTick) {
        for (int word = 0; word < FlowSets.TAG_WORDS; word++) {
            for (long taken = sets.taken(set, word); taken != 0; taken &= taken - 1) {
                if (slots.isExpired(FlowSets.slotOf(set, word, taken), nowTick)) {
                    return true;
                }
            }
        }
        return false;
    }

    private int expire(int set, int nowTick) {
        if (!sets.tryLock(set)) {
            return 0;
        }
        int removed = 0;
        try {
            for (int word = 0; word < FlowSets.TAG_WORDS; word++) {
                for (long taken = sets.taken(set, word); taken != 0; taken &= taken - 1) {
                    int slot = FlowSets.slotOf(set, word, taken);
                    if (slots.isExpired(slot, nowTick)) {
                        placement.remove(slot);
                        removed++;
                    }
                }
            }
        } finally {
            sets.unlock(set);
        }
        counters.expired.add(removed);
        return removed;
    }
}
