package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.packet.FlowKey;
import java.util.concurrent.TimeUnit;

/**
 * TUN mode's memory of how each flow came from the load balancer, so that what the kernel sends out finds its way back.
 *
 * <p>Usable from any thread: one table for all workers. {@link #remember} and {@link #find} never block and allocate nothing;
 * {@link #expire} belongs to the control thread.
 *
 * <h2>Why it is built like this</h2>
 *
 * <p><b>One table, not one for each worker.</b> Which worker reads a flow's reply from the TUN device is the kernel's choice, so
 * any worker must find any flow. Nearly every access is a hit that changes nothing. The table is made for that: a hit writes no
 * shared cache line, but for the time, once a second.
 *
 * <p><b>A hit is three cache lines, two of them neighbours.</b> With a million flows what counts is misses. {@link FlowSets}
 * keeps a byte of the hash for each place of a set, 56 of them in one line, 2 bytes a flow in all: small enough for the second
 * or third level cache. It says where the flow is, so as a rule exactly one slot is looked at, and none for a flow that is not
 * there. {@link FlowSlots} and {@link PathStore} lay a flow out on two lines side by side: key and
 * times, then the peer and the usual header of 40 bytes.
 *
 * <p><b>Memory.</b> 128 bytes a slot, 4/3 slots for each flow of {@link FlowTableConfig#maxFlows}, 64 bytes of index for 56
 * slots, 320 bytes for each overflow path: 182 bytes a flow with the default settings, all of it direct memory, taken and
 * zeroed by the constructor. It never grows, and the garbage collector never sees it.
 *
 * <p><b>Readers.</b> A slot has a version, odd while it is written. A reader compares the key, copies the path, and accepts the
 * copy if the version was even and is the same afterwards; else it starts over. A flow never moves to another slot, and a
 * slot is shown to readers after it is complete, so a flow that is in the table is never overlooked. What can make a reader
 * start over is a change of that very flow, which is rare; after some hundred tries it gives up and says so.
 *
 * <p><b>Writers</b> lock the set of 56, by one compare-and-set that is tried for a bounded time. So there is one writer for a
 * slot, and two workers that see the first packets of one flow cannot insert it twice: both must hold the lock of its home
 * set. A known flow whose path is the same takes no lock. A flow that lives in the set after its home is inserted with both
 * locks; as the second is only tried, nobody waits in a circle.
 *
 * <p><b>Sets instead of one long probe sequence</b> keep all bounds small and known. The price is that chance fills some set before
 * the table is full. Hence the third more slots, and the one neighbour into which a full set spills; a count of those says
 * whether the neighbour need be looked at.
 *
 * <p><b>When a set is full</b> and a new flow comes: the place of an expired flow; else a place in the next set, free or of
 * an expired flow; else that of the home set's flow that has been silent longest, if it has been for
 * {@link FlowTableConfig#evictAfterNs}; else the new flow is refused. So a flood of new flows cannot push out those that live.
 * Nor is it expensive: after a search in vain a set is not searched again before its longest silent flow could have come of
 * age, or for a second.
 *
 * <p><b>Two directions.</b> The load balancer puts the same header on both directions of a flow, so they share one path. When they
 * differ, the second takes an overflow path. A packet goes back by the newest path of its own direction, else of the other. If
 * the pool is used up, a direction without a path of its own goes on by the other's, and a changed path that both shared changes
 * for both.
 *
 * <p><b>Life.</b> Packets of both directions keep a flow, those that came in and those that were found to go out. A flow lives for
 * its timeout after the last of them and up to a second longer, never shorter. RST, or FIN in both directions, shorten the
 * timeout until other packets show that the connection goes on. An expired flow is as good as gone, whether or not
 * {@link #expire} has come past it. The load balancer's next packet of a flow that was forgotten too early brings it back.
 */
public final class FlowTable {
    /** Flows for a set of 56 places: few enough that sets seldom fill by chance, see FLOW.md. */
    private static final int FLOWS_PER_SET = 42;
    /** With fewer there would be no neighbour to spill into. */
    private static final int MIN_SETS = 2;
    private static final int SPINS = 256;
    /** After that many spins whoever holds us up has probably lost its processor, perhaps to us. */
    private static final int SPINS_BEFORE_YIELD = 240;

    /** Not a slot and a version: the flow is not here. */
    private static final long ABSENT = -1;
    /** Not a slot and a version: the flow is being written. */
    private static final long UNSTABLE = -2;

    private final FlowTableConfig config;
    private final FlowSets sets;
    private final FlowSlots slots;
    private final PathStore paths;
    private final FlowCounters counters = new FlowCounters();
    private final FlowPlacement placement;
    private final FlowExpiry expiry;
    private final long memoryBytes;

    /**
     * Takes all the memory that the table will ever use.
     *
     * @param config sizes and times
     * @throws IllegalArgumentException if the flows do not fit into one buffer of 2 GiB; the message names the settings
     * @throws IllegalStateException    if the JVM may not have that much direct memory; the message names the option
     */
    public FlowTable(FlowTableConfig config) {
        this.config = config;
        int setCount = Math.max(MIN_SETS, (config.maxFlows() + FLOWS_PER_SET - 1) / FLOWS_PER_SET);
        int slotBytes = PathStore.slotBytes(config.inlineHeaderBytes());
        this.slots = new FlowSlots(setCount * FlowSets.PLACES, slotBytes, config);
        this.sets = new FlowSets(setCount);
        this.paths = new PathStore(slots, config.inlineHeaderBytes(), config.overflowPaths());
        this.placement = new FlowPlacement(sets, slots, paths, counters, FlowClock.ticksOf(config.evictAfterNs()));
        this.expiry = new FlowExpiry(sets, slots, placement, counters);
        this.memoryBytes = (long) setCount * FlowSets.PLACES * slotBytes + FlowSets.bytes(setCount)
                + PathStore.overflowBytes(config.overflowPaths());
    }

    /**
     * Keeps the way back of a packet that came from the load balancer, as the newest of its flow and direction.
     *
     * @param key    the packet's flow; {@link FlowKey#isForward()} is its direction
     * @param signal what the packet means for its flow
     * @param path   how it came: header, peer and origin; only read
     * @param nowNs  monotonic time
     * @return what became of it
     */
    public RememberResult remember(FlowKey key, FlowSignal signal, ReturnPath path, long nowNs) {
        int nowTick = FlowClock.tick(nowNs);
        for (int spin = 0; spin < SPINS; spin++) {
            long found = lookup(key);
            RememberResult result;
            if (found >= 0) {
                result = isUpToDate(found, key, signal, path, nowTick)
                        ? confirm(found, nowTick) : update(found, key, signal, path, nowTick);
            } else {
                result = found == ABSENT ? insert(key, signal, path, nowTick) : null;
            }
            if (result != null) {
                return result;
            }
            backOff(spin);
        }
        counters.busy.increment();
        return RememberResult.BUSY;
    }

    /**
     * Finds the way back of a packet that is to go to the load balancer: the newest of its own direction, else of the other.
     *
     * @param key   the packet's flow; {@link FlowKey#isForward()} is its direction
     * @param out   filled if found; else what it holds means nothing
     * @param nowNs monotonic time
     * @return what became of it
     */
    public FindResult find(FlowKey key, ReturnPath out, long nowNs) {
        int nowTick = FlowClock.tick(nowNs);
        for (int spin = 0; spin < SPINS; spin++) {
            long found = lookup(key);
            if (found == ABSENT) {
                return FindResult.UNKNOWN;
            }
            if (found >= 0) {
                int slot = slotOf(found);
                boolean isExpired = slots.isExpired(slot, nowTick);
                if (!isExpired) {
                    int place = paths.newest(slot, key.isForward());
                    if (place != PathStore.NONE) {
                        paths.read(slot, place, out);
                    }
                }
                if (slots.isStill(slot, versionOf(found))) {
                    if (isExpired) {
                        return FindResult.UNKNOWN;
                    }
                    slots.touch(slot, nowTick);
                    return FindResult.FOUND;
                }
            }
            backOff(spin);
        }
        counters.busy.increment();
        return FindResult.BUSY;
    }

    /**
     * Reads flows, all at once, so that they are in the nearest cache when they are asked for. A processor looks only so many instructions
     * ahead for loads it can begin, so each loop has nothing in it that could as well be in another.
     *
     * @param hashes {@link FlowKey#hash64()} of flows, known or not; overwritten
     * @param count  how many there are
     * @return something made of what was read, to be used, or the JVM would leave the reading out
     */
    public long fetch(long[] hashes, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += sets.fetch(sets.homeOf(hashes[i]), FlowSets.firstWord(hashes[i]));
        }
        int known = 0;
        for (int i = 0; i < count; i++) {
            int home = sets.homeOf(hashes[i]);
            int word = FlowSets.firstWord(hashes[i]);
            long matches = sets.matches(home, word, FlowSets.tagPattern(hashes[i]));
            if (matches != 0) {
                hashes[known++] = FlowSets.slotOf(home, word, matches); // no hash that is still to be looked at
            }
        }
        for (int i = 0; i < known; i++) {
            sum += slots.fetch((int) hashes[i]);
        }
        return sum;
    }

    /**
     * How many flows there are, those that have expired but were not removed yet included.
     *
     * @return 0 or more; not exact while other threads write
     */
    public long count() {
        return counters.flows();
    }

    private static void backOff(int spin) {
        if (spin < SPINS_BEFORE_YIELD) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    // ---- reading, without a lock

    /** A slot that held the key, with the version it had; {@link #ABSENT} or {@link #UNSTABLE}. */
    private long lookup(FlowKey key) {
        long pattern = FlowSets.tagPattern(key.hash64());
        int home = sets.homeOf(key.hash64());
        int word = FlowSets.firstWord(key.hash64());
        long matches = sets.matches(home, word, pattern);
        if (matches != 0) {
            long found = lookAt(FlowSets.slotOf(home, word, matches), key);
            if (found != ABSENT) {
                return found;
            }
        }
        return lookFurther(home, key, pattern);
    }

    /**
     * Not where nearly every flow is: in the same set or the next, or nowhere. Apart from what happens with nearly every packet, so that the
     * JVM compiles that as a whole.
     */
    private long lookFurther(int home, FlowKey key, long pattern) {
        long found = lookupIn(home, key, pattern);
        return found == ABSENT && sets.hasSpilled(home) ? lookupIn(sets.next(home), key, pattern) : found;
    }

    private long lookupIn(int set, FlowKey key, long pattern) {
        int word = FlowSets.firstWord(key.hash64());
        for (int i = 0; i < FlowSets.TAG_WORDS; i++, word = FlowSets.nextWord(word)) {
            for (long matches = sets.matches(set, word, pattern); matches != 0; matches &= matches - 1) {
                long found = lookAt(FlowSets.slotOf(set, word, matches), key);
                if (found != ABSENT) {
                    return found;
                }
            }
        }
        return ABSENT;
    }

    private long lookAt(int slot, FlowKey key) {
        int version = slots.version(slot);
        if (!slots.holds(slot, key)) {
            return ABSENT;
        }
        return (version & 1) == 0 ? (long) slot << 32 | version & 0xffff_ffffL : UNSTABLE;
    }

    private static int slotOf(long found) {
        return (int) (found >>> 32);
    }

    private static int versionOf(long found) {
        return (int) found;
    }

    private boolean isUpToDate(long found, FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        int slot = slotOf(found);
        if (slots.isExpired(slot, nowTick)) {
            return false;
        }
        if (signal == FlowSignal.RELATED) {
            return true;
        }
        int own = slots.pathOf(slot, key.isForward());
        int flags = slots.flags(slot);
        return own != PathStore.NONE && FlowSlots.flagsAfter(flags, signal, key.isForward()) == flags && paths.isSame(slot, own, path);
    }

    private RememberResult confirm(long found, int nowTick) {
        if (!slots.isStill(slotOf(found), versionOf(found))) {
            return null;
        }
        slots.touch(slotOf(found), nowTick);
        return RememberResult.UNCHANGED;
    }

    // ---- writing, with a set's lock; null: start over

    private RememberResult update(long found, FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        int slot = slotOf(found);
        int set = FlowSets.setOfSlot(slot);
        if (!sets.tryLock(set)) {
            return null;
        }
        try {
            if (!slots.isStill(slot, versionOf(found))) {
                return null;
            }
            int flags = slots.flags(slot);
            boolean isExpired = slots.isExpired(slot, nowTick);
            if (isExpired || signal == FlowSignal.TCP_SYN && FlowSlots.isClosing(flags)) {
                return restart(slot, isExpired, key, signal, path, nowTick);
            }
            slots.beginWrite(slot);
            boolean isKept = signal == FlowSignal.RELATED || paths.update(slot, key.isForward(), path);
            slots.writeFlags(slot, FlowSlots.flagsAfter(flags, signal, key.isForward()));
            slots.writeLastSeen(slot, nowTick);
            slots.endWrite(slot);
            return isKept ? RememberResult.UPDATED : noHeaderRoom();
        } finally {
            sets.unlock(set);
        }
    }

    /** An expired flow comes back, or a closed connection's ports are used again: nothing of the old one counts. */
    private RememberResult restart(int slot, boolean isExpired, FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        boolean isKept = placement.restart(slot, key, signal, path, nowTick);
        if (isExpired || !isKept) {
            (isExpired ? counters.expired : counters.evicted).increment();
            if (isKept) {
                counters.inserted.increment();
            }
        }
        if (!isKept) {
            return noHeaderRoom();
        }
        return isExpired ? RememberResult.INSERTED : RememberResult.UPDATED;
    }

    private RememberResult insert(FlowKey key, FlowSignal signal, ReturnPath path, int nowTick) {
        int home = sets.homeOf(key.hash64());
        if (!sets.tryLock(home)) {
            return null;
        }
        try {
            // Another thread may have been faster.
            return lookup(key) == ABSENT ? placement.insert(key, signal, path, nowTick) : null;
        } finally {
            sets.unlock(home);
        }
    }

    private RememberResult noHeaderRoom() {
        counters.noHeaderRoom.increment();
        return RememberResult.NO_HEADER_ROOM;
    }

    // ---- from one process to the next

    /**
     * Starts copying the flows.
     *
     * @param hasMoreRounds whether the snapshot shall remember what it has copied, 4 bytes a slot
     * @return a snapshot at the beginning of its first round
     */
    public FlowSnapshot snapshot(boolean hasMoreRounds) {
        return new FlowSnapshot(slots, paths, sets.count() * FlowSets.PLACES, hasMoreRounds);
    }

    /**
     * Puts a flow into the table that another process, or an earlier one, had in its own; if it is there, that record's way back counts.
     *
     * @param record a flow, with its age
     * @param nowNs  monotonic time
     * @return false if it has been silent for its timeout, or there is no room for it
     */
    public boolean restore(FlowRecord record, long nowNs) {
        FlowKey key = record.key;
        for (int direction = 0; direction < 2; direction++) {
            ReturnPath path = record.path(key.isForward());
            if (path != null && !remember(key, FlowSignal.DATA, path, nowNs).isRemembered()) {
                return false;
            }
            key.reverse();
        }
        return setLife(key, record, FlowClock.tick(nowNs));
    }

    private boolean setLife(FlowKey key, FlowRecord record, int nowTick) {
        long found = lookup(key);
        if (found < 0 || !sets.tryLock(FlowSets.setOfSlot(slotOf(found)))) {
            return false; // nobody else uses the table yet, unless the caller is wrong about that
        }
        int slot = slotOf(found);
        try {
            slots.beginWrite(slot);
            slots.writeFlags(slot, slots.flags(slot) & FlowSlots.SPILLED | record.flags);
            slots.writeLastSeen(slot, nowTick - FlowClock.ticksOf(Math.max(1, TimeUnit.MILLISECONDS.toNanos(record.ageMs))));
            slots.endWrite(slot);
            if (!slots.isExpired(slot, nowTick)) {
                return true;
            }
            placement.remove(slot);
            counters.expired.increment();
            return false;
        } finally {
            sets.unlock(FlowSets.setOfSlot(slot));
        }
    }

    // ---- expiry

    /**
     * Removes flows that were silent for their timeout, going on where the last call stopped. Control thread only; a set that
     * a worker holds is left for the next round. Called every 100 ms with a hundredth of {@link FlowTableStats#slots} it comes
     * past each flow every 10 s; nothing but the memory held by silent flows hangs on how often.
     *
     * @param nowNs    monotonic time
     * @param maxSlots places to look at, rounded up to whole sets; one round of the table at most
     * @return how many flows were removed
     */
    public int expire(long nowNs, int maxSlots) {
        return expiry.sweep(nowNs, maxSlots);
    }

    /**
     * What the table holds and has been through.
     *
     * @return a moment's figures
     */
    public FlowTableStats stats() {
        return new FlowTableStats(counters.flows(), sets.count() * FlowSets.PLACES, paths.overflowInUse(), paths.overflowCount(),
                memoryBytes, config.tcpTimeoutNs(), config.otherTimeoutNs(), config.closingTimeoutNs(), counters.inserted.sum(),
                counters.expired.sum(), counters.evicted.sum(), counters.full.sum(), counters.noHeaderRoom.sum(), counters.busy.sum());
    }
}
