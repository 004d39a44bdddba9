package io.github.gwlb4j.gwlb.internal.flow;

/**
 * Which places of which set are taken, and by a flow of which tag: one cache line for a set of 56 places.
 *
 * <pre>
 *   0       4          8                        64
 *  +-------+----------+------------------------+
 *  | spill | retry    | a tag for each of the  |
 *  | lock  | eviction | 56 places, 0 = free    |
 *  +-------+----------+------------------------+
 * </pre>
 *
 * <p>Usable from any thread: tags are read without the lock, everything is written with it, but for the spill count, which is
 * changed atomically. A tag is 8 bits of the hash, so of a set's other flows one in 255 is looked at in vain.
 */
final class FlowSets {
    /** Places in a set: what fits into one line beside the lock. */
    static final int PLACES = 56;
    static final int TAG_WORDS = PLACES / Long.BYTES;

    private static final int LOCK_AND_SPILL = 0;
    private static final int RETRY_EVICTION = 4;
    private static final int TAGS = 8;
    private static final int MAX_RETRY_TICKS = FlowClock.TICKS_PER_SECOND;
    private static final int LOCKED = 1;
    private static final int ONE_SPILLED = 2;
    private static final long LOW_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private final SharedMemory memory;
    private final int count;

    FlowSets(int count) {
        this.count = count;
        this.memory = new SharedMemory(bytes(count), "the index of the flow table");
    }

    static long bytes(int count) {
        return (long) count * SharedMemory.LINE_BYTES;
    }

    int count() {
        return count;
    }

    /** The set in which a flow lives unless it is full: from the hash's lower half, whatever the number of sets. */
    int homeOf(long hash) {
        return (int) ((hash & 0xffff_ffffL) * count >>> 32);
    }

    /** The set in which a flow lives when its home is full. */
    int next(int set) {
        return set + 1 == count ? 0 : set + 1;
    }

    /** The set whose flows spill into this one. */
    int previous(int set) {
        return set == 0 ? count - 1 : set - 1;
    }

    /** The tag of a flow, in each of 8 bytes: from the hash's upper end, which does not choose the set. */
    static long tagPattern(long hash) {
        long tag = hash >>> 56;
        return (tag == 0 ? 1 : tag) * LOW_BITS;
    }

    /**
     * The word of tags in which a flow is put if it has a free place, and so is looked for first: from bits that neither choose
     * the set nor the tag. Most searches end there, which spares mispredicted branches and false matches.
     */
    static int firstWord(long hash) {
        return (int) ((hash >>> 32 & 0xffff) * TAG_WORDS >>> 16);
    }

    /** The word to look at after another. */
    static int nextWord(int word) {
        return word + 1 == TAG_WORDS ? 0 : word + 1;
    }

    /**
     * Where 8 tags equal a pattern: the top bit of each such byte. A byte above a match may match falsely, which the
     * comparison of the key sorts out.
     */
    long matches(int set, int word, long pattern) {
        long different = memory.acquire64(wordAt(set, word)) ^ pattern;
        return different - LOW_BITS & ~different & HIGH_BITS;
    }

    /** Reads 8 tags, and lets the processor do so whenever it likes: nothing but the memory's place depends on them. */
    long fetch(int set, int word) {
        return memory.i64(wordAt(set, word));
    }

    /** Which of 8 places are taken: the top bit of each such byte. */
    long taken(int set, int word) {
        long tags = memory.acquire64(wordAt(set, word));
        return ((tags & ~HIGH_BITS) + ~HIGH_BITS | tags) & HIGH_BITS;
    }

    /** The slot of the lowest place in a mask of {@link #matches} or {@link #taken}. */
    static int slotOf(int set, int word, long mask) {
        return set * PLACES + word * Long.BYTES + (Long.numberOfTrailingZeros(mask) >>> 3);
    }

    static int setOfSlot(int slot) {
        return slot / PLACES;
    }

    /** The free slot of a set where a flow is found soonest, or -1. With the lock. */
    int freeSlot(int set, long hash) {
        int word = firstWord(hash);
        for (int i = 0; i < TAG_WORDS; i++, word = nextWord(word)) {
            long free = taken(set, word) ^ HIGH_BITS;
            if (free != 0) {
                return slotOf(set, word, free);
            }
        }
        return -1;
    }

    /** Shows a slot to readers, after all that was written to it. With the lock. */
    void publish(int slot, long pattern) {
        setTag(slot, pattern);
    }

    /** Hides a slot from readers and makes it free. With the lock. */
    void withdraw(int slot) {
        setTag(slot, 0);
    }

    private void setTag(int slot, long pattern) {
        int place = slot % PLACES;
        int at = wordAt(setOfSlot(slot), place / Long.BYTES);
        long mask = 0xffL << (place % Long.BYTES << 3);
        memory.putRelease64(at, memory.i64(at) & ~mask | pattern & mask);
    }

    private static int wordAt(int set, int word) {
        return set * SharedMemory.LINE_BYTES + TAGS + word * Long.BYTES;
    }

    boolean tryLock(int set) {
        int at = set * SharedMemory.LINE_BYTES + LOCK_AND_SPILL;
        int before = memory.opaque32(at);
        return (before & LOCKED) == 0 && memory.compareAndSet32(at, before, before | LOCKED);
    }

    void unlock(int set) {
        memory.getAndAdd32(set * SharedMemory.LINE_BYTES + LOCK_AND_SPILL, -LOCKED);
    }

    /** Whether flows of this set live in the next one. */
    boolean hasSpilled(int set) {
        return memory.acquire32(set * SharedMemory.LINE_BYTES + LOCK_AND_SPILL) >>> 1 != 0;
    }

    void addSpilled(int set) {
        memory.getAndAdd32(set * SharedMemory.LINE_BYTES + LOCK_AND_SPILL, ONE_SPILLED);
    }

    void removeSpilled(int set) {
        memory.getAndAdd32(set * SharedMemory.LINE_BYTES + LOCK_AND_SPILL, -ONE_SPILLED);
    }

    /** Whether it is time to look for a flow to evict again, after a search in vain. With the lock. */
    boolean isEvictionWorthTrying(int set, int nowTick) {
        int wait = memory.i32(set * SharedMemory.LINE_BYTES + RETRY_EVICTION) - nowTick;
        return wait <= 0 || wait > MAX_RETRY_TICKS; // a note from long ago, before the ticks wrapped around, counts for nothing
    }

    /** Notes for how long no search for a flow to evict can succeed; at most a second is believed. With the lock. */
    void retryEvictionAfter(int set, int nowTick, int ticks) {
        memory.put32(set * SharedMemory.LINE_BYTES + RETRY_EVICTION, nowTick + Math.min(ticks, MAX_RETRY_TICKS));
    }
}
