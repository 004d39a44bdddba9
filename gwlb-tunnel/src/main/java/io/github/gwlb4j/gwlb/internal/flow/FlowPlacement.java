package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.packet.FlowKey;

/**
 * Who gets a place in the table, who has to go for it, and how a place is given and taken.
 *
 * <p>Usable from any thread that holds the lock of the set in question.
 */
final class FlowPlacement {
    private static final int NO_SLOT = -1;

    private final FlowSets sets;
    private final FlowSlots slots;
    private final PathStore paths;
    private final FlowCounters counters;
    private final int evictTicks;

    FlowPlacement(FlowSets sets, FlowSlots slots, PathStore paths, FlowCounters counters, int evictTicks) {
        this.sets = sets;
        this.slots = slots;
        this.paths = paths;
        this.counters = counters;
        this.evictTicks = evictTicks;
    }

    /** Inserts a flow that is not there; null if the next set is needed and another thread holds it. With the lock of the home set. */
    RememberResult insert(FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        int place = paths.placeFor(path);
        if (place == PathStore.NONE) {
            counters.noHeaderRoom.increment();
            return RememberResult.NO_HEADER_ROOM;
        }
        RememberResult result = insert(key, FlowSlots.flagsAfter(0, signal, key.isForward()), place, path, nowTick);
        if (result != RememberResult.INSERTED) {
            paths.free(place);
        }
        return result;
    }

    /** The order of who gives way; null as above. */
    private RememberResult insert(FlowKey key, int flags, int place, ReturnPath path, int nowTick) {
        int home = sets.homeOf(key.hash64());
        int slot = sets.freeSlot(home, key.hash64());
        if (slot != NO_SLOT) {
            return fill(slot, key, flags, place, path, nowTick);
        }
        int victim = longestSilent(home, nowTick);
        boolean isExpired = victim != NO_SLOT && slots.isExpired(victim, nowTick);
        if (!isExpired) {
            RememberResult spilled = spill(home, key, flags, place, path, nowTick);
            if (spilled != RememberResult.FULL) {
                return spilled;
            }
        }
        if (victim == NO_SLOT) {
            counters.full.increment();
            return RememberResult.FULL;
        }
        remove(victim);
        (isExpired ? counters.expired : counters.evicted).increment();
        return fill(victim, key, flags, place, path, nowTick);
    }

    /** Inserts into the next set, if a place there is free or its flow has expired; null if another thread holds it. */
    private RememberResult spill(int home, FlowKey key, int flags, int place, ReturnPath path, int nowTick) {
        int next = sets.next(home);
        if (!sets.tryLock(next)) {
            return null;
        }
        try {
            int slot = sets.freeSlot(next, key.hash64());
            if (slot == NO_SLOT) {
                slot = longestSilent(next, nowTick);
                if (slot == NO_SLOT || !slots.isExpired(slot, nowTick)) {
                    return RememberResult.FULL;
                }
                remove(slot);
                counters.expired.increment();
            }
            sets.addSpilled(home);
            return fill(slot, key, flags | FlowSlots.SPILLED, place, path, nowTick);
        } finally {
            sets.unlock(next);
        }
    }

    /** The flow of a set that an insertion may take the place of: one that has expired, else the one silent longest, if for long. */
    private int longestSilent(int set, int nowTick) {
        if (!sets.isEvictionWorthTrying(set, nowTick)) {
            return NO_SLOT;
        }
        int longest = NO_SLOT;
        int longestSilence = evictTicks - 1;
        int wait = evictTicks;
        for (int slot = set * FlowSets.PLACES, end = slot + FlowSets.PLACES; slot < end; slot++) {
            int silence = slots.silence(slot, nowTick);
            int timeout = slots.timeout(slot);
            if (silence >= timeout) {
                return slot;
            }
            if (silence > longestSilence) {
                longest = slot;
                longestSilence = silence;
            }
            wait = Math.min(wait, Math.min(timeout, evictTicks) - silence);
        }
        if (longest == NO_SLOT) {
            sets.retryEvictionAfter(set, nowTick, wait);
        }
        return longest;
    }

    private RememberResult fill(int slot, FlowKey key, int flags, int place, ReturnPath path, int nowTick) {
        slots.beginWrite(slot);
        write(slot, key, flags, place, path, nowTick);
        slots.endWrite(slot);
        sets.publish(slot, FlowSets.tagPattern(key.hash64()));
        counters.inserted.increment();
        return RememberResult.INSERTED;
    }

    /** Begins a known flow again, in the same slot, as if it were new; false if its path has no room, and it is removed. */
    boolean restart(int slot, FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        slots.beginWrite(slot);
        paths.release(slot);
        int place = paths.placeFor(path);
        if (place == PathStore.NONE) {
            hide(slot);
        } else {
            int spilled = slots.flags(slot) & FlowSlots.SPILLED;
            write(slot, key, FlowSlots.flagsAfter(spilled, signal, key.isForward()), place, path, nowTick);
        }
        slots.endWrite(slot);
        return place != PathStore.NONE;
    }

    private void write(int slot, FlowKey key, int flags, int place, ReturnPath path, int nowTick) {
        slots.writeKey(slot, key, flags);
        slots.writeLastSeen(slot, nowTick);
        slots.writePath(slot, key.isForward(), place);
        slots.writePath(slot, !key.isForward(), PathStore.NONE);
        paths.write(slot, place, path);
    }

    /** Takes a slot from its flow. */
    void remove(int slot) {
        slots.beginWrite(slot); // for readers that are at it, and for what they read of the pool
        paths.release(slot);
        hide(slot);
        slots.endWrite(slot);
    }

    private void hide(int slot) {
        sets.withdraw(slot);
        if ((slots.flags(slot) & FlowSlots.SPILLED) != 0) {
            sets.removeSpilled(sets.previous(FlowSets.setOfSlot(slot)));
        }
        slots.clearKey(slot); // who read the tag before must not take the slot for the flow that was there
    }
}
