package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.geneve.Geneve;

/**
 * Where the ways back lie: each flow has room for one in its slot; what does not fit takes a record of a bounded pool.
 *
 * <pre>
 *   0           8          16            20       24
 *  +-----------+----------+-------------+--------+---------------+
 *  | peer high | peer low | peer port,  | origin | GENEVE header |
 *  |           |          | length      |        |               |
 *  +-----------+----------+-------------+--------+---------------+
 * </pre>
 *
 * <p>Usable from any thread, under the rules of {@link FlowSlots}: whoever reads a path validates the slot's version
 * afterwards, whoever writes one has made it odd. That covers overflow records too: a record that was freed and taken again
 * belonged to a slot whose version has changed since. What is read may be stale until then, but each length fits its place,
 * so nothing is read or written out of bounds.
 *
 * <p>Free records are a stack; its top carries a counter, so that a top which was taken and put back in between is noticed.
 */
final class PathStore {
    /** Not a path. */
    static final int NONE = 0;
    /** The path in the slot itself. Anything above is a record of the pool. */
    static final int INLINE = 1;
    private static final int FIRST_OVERFLOW = 2;

    private static final int PEER_HIGH = 0;
    private static final int PEER_LOW = 8;
    private static final int PORT_AND_LENGTH = 16;
    private static final int ORIGIN = 20;
    private static final int HEADER = 24;
    private static final int RECORD_BYTES = 320;
    private static final int NEXT_FREE = HEADER + Geneve.MAX_HEADER_LENGTH;

    private static final int TOP = 0;
    private static final int IN_USE = 8;
    private static final long INDEX_MASK = 0xffff_ffffL;
    private static final long ONE_CHANGE = 1L << 32;

    private final FlowSlots slots;
    private final int inlineHeaderBytes;
    private final int overflowCount;
    private final SharedMemory overflow;
    private final SharedMemory top = new SharedMemory(SharedMemory.LINE_BYTES, "the free list of the flow table");

    PathStore(FlowSlots slots, int inlineHeaderBytes, int overflowCount) {
        this.slots = slots;
        this.inlineHeaderBytes = inlineHeaderBytes;
        this.overflowCount = overflowCount;
        this.overflow = new SharedMemory(overflowBytes(overflowCount), "the overflow paths of the flow table");
        for (int path = FIRST_OVERFLOW + overflowCount - 1; path >= FIRST_OVERFLOW; path--) {
            push(path);
        }
    }

    static long overflowBytes(int overflowCount) {
        return (long) overflowCount * RECORD_BYTES;
    }

    /** Bytes of a slot whose inline path holds headers up to a length. */
    static int slotBytes(int inlineHeaderBytes) {
        int used = FlowSlots.INLINE_PATH + HEADER + inlineHeaderBytes;
        return (used + SharedMemory.LINE_BYTES - 1) / SharedMemory.LINE_BYTES * SharedMemory.LINE_BYTES;
    }

    private boolean fitsInline(ReturnPath path) {
        return path.headerLength() <= inlineHeaderBytes;
    }

    /** Where a new flow's first path goes, or {@link #NONE}. */
    int placeFor(ReturnPath path) {
        return fitsInline(path) ? INLINE : allocate(path);
    }

    /** The newest path of a direction, else of the other; {@link #NONE} can only be seen while the slot is being written. */
    int newest(int slot, boolean isForward) {
        int own = slots.pathOf(slot, isForward);
        return own != NONE ? own : slots.pathOf(slot, !isForward);
    }

    /** Makes a path the newest of a direction; false if there is no room for it, and the flow's paths stay as they were. */
    boolean update(int slot, boolean isForward, ReturnPath path) {
        int own = slots.pathOf(slot, isForward);
        int other = slots.pathOf(slot, !isForward);
        if (own != NONE && isSame(slot, own, path)) {
            return true;
        }
        if (own != other && other != NONE && isSame(slot, other, path)) {
            free(own);
            slots.writePath(slot, isForward, other);
            return true;
        }
        int place = placeForChanged(own, other, path);
        if (place == NONE) {
            return false;
        }
        write(slot, place, path);
        if (own != place && own != other) {
            free(own);
        }
        slots.writePath(slot, isForward, place);
        return true;
    }

    /** One's own place if nobody shares it; else a free one; if there is none, the shared one, so that the newest counts for both. */
    private int placeForChanged(int own, int other, ReturnPath path) {
        boolean isFitting = fitsInline(path);
        boolean isShared = own == other;
        boolean isOwnFitting = own != NONE && (isFitting || own != INLINE && path.headerLength() <= Geneve.MAX_HEADER_LENGTH);
        if (isOwnFitting && !isShared) {
            return own;
        }
        if (isFitting && own != INLINE && other != INLINE) {
            return INLINE;
        }
        int taken = allocate(path);
        return taken == NONE && isOwnFitting ? own : taken;
    }

    /** Gives back what a flow's paths take of the pool. */
    void release(int slot) {
        int forward = slots.pathOf(slot, true);
        int backward = slots.pathOf(slot, false);
        free(forward);
        if (backward != forward) {
            free(backward);
        }
    }

    /** Whether the place holds this very path. */
    boolean isSame(int slot, int place, ReturnPath path) {
        SharedMemory memory = memory(place);
        int at = at(slot, place);
        return memory.i32(at + PORT_AND_LENGTH) == portAndLength(path)
                && memory.i64(at + PEER_HIGH) == path.peerHigh() && memory.i64(at + PEER_LOW) == path.peerLow()
                && memory.i32(at + ORIGIN) == path.origin()
                && memory.isEqual(at + HEADER, path.header(), path.headerOffset(), path.headerLength());
    }

    /** Copies the path at a place. */
    void read(int slot, int place, ReturnPath out) {
        SharedMemory memory = memory(place);
        int at = at(slot, place);
        int portAndLength = memory.i32(at + PORT_AND_LENGTH);
        int headerLength = portAndLength & 0xffff;
        out.found(headerLength, memory.i64(at + PEER_HIGH), memory.i64(at + PEER_LOW), portAndLength >>> 16, memory.i32(at + ORIGIN));
        memory.copyOut(at + HEADER, out.header(), out.headerOffset(), headerLength);
    }

    /** Puts a path into a place that it fits. With the set's lock. */
    void write(int slot, int place, ReturnPath path) {
        SharedMemory memory = memory(place);
        int at = at(slot, place);
        memory.put64(at + PEER_HIGH, path.peerHigh());
        memory.put64(at + PEER_LOW, path.peerLow());
        memory.put32(at + PORT_AND_LENGTH, portAndLength(path));
        memory.put32(at + ORIGIN, path.origin());
        memory.copyIn(path.header(), path.headerOffset(), at + HEADER, path.headerLength());
    }

    private static int portAndLength(ReturnPath path) {
        return path.peerPort() << 16 | path.headerLength();
    }

    private SharedMemory memory(int place) {
        return place == INLINE ? slots.memory() : overflow;
    }

    private int at(int slot, int place) {
        return place == INLINE ? slots.at(slot) + FlowSlots.INLINE_PATH : (place - FIRST_OVERFLOW) * RECORD_BYTES;
    }

    /** Takes a record of the pool, or answers {@link #NONE}. */
    private int allocate(ReturnPath path) {
        if (path.headerLength() > Geneve.MAX_HEADER_LENGTH) {
            return NONE;
        }
        while (true) {
            long before = top.acquire64(TOP);
            int taken = (int) (before & INDEX_MASK);
            if (taken == NONE) {
                return NONE;
            }
            int next = overflow.opaque32(at(0, taken) + NEXT_FREE);
            if (top.compareAndSet64(TOP, before, (before & ~INDEX_MASK) + ONE_CHANGE | next)) {
                top.getAndAdd32(IN_USE, 1);
                return taken;
            }
        }
    }

    /** Gives a record back; the inline path needs no giving back. */
    void free(int place) {
        if (place >= FIRST_OVERFLOW) {
            push(place);
            top.getAndAdd32(IN_USE, -1);
        }
    }

    private void push(int path) {
        while (true) {
            long before = top.acquire64(TOP);
            overflow.putOpaque32(at(0, path) + NEXT_FREE, (int) (before & INDEX_MASK));
            if (top.compareAndSet64(TOP, before, (before & ~INDEX_MASK) + ONE_CHANGE | path)) {
                return;
            }
        }
    }

    int overflowCount() {
        return overflowCount;
    }

    int overflowInUse() {
        return top.opaque32(IN_USE);
    }
}
