package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpProtocol;
import java.lang.invoke.VarHandle;

/**
 * The places for flows: a line with the key and the flow's life, then its first {@linkplain PathStore path}.
 *
 * <pre>
 *   0         4         8          12          16
 *  +---------+---------+----------+-----------+
 *  | version | forward | backward | last seen |
 *  |         | path    | path     | (tick)    |
 *  +---------+---------+----------+-----------+ 16
 *  | endpoint id, both ends' addresses        |
 *  +--------------------+---------------------+ 56
 *  | both ports         | flags 8 | kind 24   |
 *  +--------------------+---------------------+ 64
 *  | inline path                              |
 *  +------------------------------------------+
 * </pre>
 *
 * <p>Usable from any thread. The version is odd while a slot is being written: who finds the same even version before and
 * after reading has read one state (a seqlock). Only the holder of the set's lock writes, so there is one writer; only
 * "last seen" is written by readers too, and a reader takes it for what it is.
 */
final class FlowSlots {
    /** The flow lives in the set after its home. */
    static final int SPILLED = 1;
    private static final int FIN_FORWARD = 2;
    private static final int FIN_BACKWARD = 4;
    private static final int RESET = 8;
    private static final int BOTH_FINS = FIN_FORWARD | FIN_BACKWARD;
    /** What a packet has said about the end of its flow. */
    static final int CLOSING_FLAGS = BOTH_FINS | RESET;
    private static final int FLAGS_SHIFT = 24;
    private static final int KIND_MASK = (1 << FLAGS_SHIFT) - 1;

    private static final int VERSION = 0;
    private static final int FORWARD_PATH = 4;
    private static final int BACKWARD_PATH = 8;
    private static final int LAST_SEEN = 12;
    private static final int ADDRESSES = 16;
    private static final int PORTS = 56;
    private static final int KIND_AND_FLAGS = 60;
    /** Where the inline path starts. */
    static final int INLINE_PATH = 64;

    private final SharedMemory memory;
    private final int slotBytes;
    private final int tcpTicks;
    private final int otherTicks;
    private final int closingTicks;
    private final int touchTicks;

    /** Makes free slots. */
    FlowSlots(int count, int slotBytes, FlowTableConfig config) {
        this.slotBytes = slotBytes;
        this.memory = new SharedMemory((long) count * slotBytes, "the flow table");
        int closing = FlowClock.ticksOf(config.closingTimeoutNs());
        int shortest = Math.min(closing, FlowClock.ticksOf(config.otherTimeoutNs()));
        this.touchTicks = Math.min(FlowClock.TICKS_PER_SECOND, shortest / 8);
        // "Last seen" may be this much too old, and no flow may be forgotten early.
        this.closingTicks = closing + touchTicks;
        this.tcpTicks = FlowClock.ticksOf(config.tcpTimeoutNs()) + touchTicks;
        this.otherTicks = FlowClock.ticksOf(config.otherTimeoutNs()) + touchTicks;
    }

    SharedMemory memory() {
        return memory;
    }

    /** Where a slot starts. */
    int at(int slot) {
        return slot * slotBytes;
    }

    /** The version before reading anything else. */
    int version(int slot) {
        return memory.acquire32(at(slot) + VERSION);
    }

    /** Reads the first line and that of the inline path, whenever the processor likes; answers something made of that, which means nothing. */
    long fetch(int slot) {
        return (long) memory.i32(at(slot) + VERSION) + memory.i32(at(slot) + INLINE_PATH);
    }

    /** Whether all that was read since {@link #version} answered this is one state. */
    boolean isStill(int slot, int version) {
        VarHandle.loadLoadFence(); // what was read stays before the second look at the version
        return memory.opaque32(at(slot) + VERSION) == version;
    }

    /** Before the first change. With the lock. */
    void beginWrite(int slot) {
        int at = at(slot) + VERSION;
        memory.putOpaque32(at, memory.i32(at) + 1);
        VarHandle.storeStoreFence(); // who sees any of the changes also sees the odd version
    }

    /** After the last change. With the lock. */
    void endWrite(int slot) {
        int at = at(slot) + VERSION;
        memory.putRelease32(at, memory.i32(at) + 1);
    }

    boolean holds(int slot, FlowKey key) {
        int at = at(slot);
        return ((memory.i32(at + KIND_AND_FLAGS) ^ key.kind()) & KIND_MASK) == 0 && memory.i32(at + PORTS) == key.ports()
                && StoredAddresses.isSame(memory, at + ADDRESSES, key);
    }

    void writeKey(int slot, FlowKey key, int flags) {
        int at = at(slot);
        StoredAddresses.write(memory, at + ADDRESSES, key);
        memory.put32(at + PORTS, key.ports());
        memory.put32(at + KIND_AND_FLAGS, key.kind() | flags << FLAGS_SHIFT);
    }

    /** The key of a slot; false if it is none, because the slot is being written. */
    boolean readKey(int slot, FlowKey out) {
        int at = at(slot);
        return StoredAddresses.read(memory, at + ADDRESSES, out, memory.i32(at + KIND_AND_FLAGS) & KIND_MASK, memory.i32(at + PORTS));
    }

    /** Whether there is a key. */
    boolean isTaken(int slot) {
        return (memory.i32(at(slot) + KIND_AND_FLAGS) & KIND_MASK) != 0;
    }

    /** Leaves a slot that holds no key: every kind has an IP version in it. */
    void clearKey(int slot) {
        memory.put32(at(slot) + KIND_AND_FLAGS, 0);
    }

    int flags(int slot) {
        return memory.i32(at(slot) + KIND_AND_FLAGS) >>> FLAGS_SHIFT;
    }

    void writeFlags(int slot, int flags) {
        int at = at(slot) + KIND_AND_FLAGS;
        memory.put32(at, memory.i32(at) & KIND_MASK | flags << FLAGS_SHIFT);
    }

    /** What a flow's flags become by a packet: only a SYN opens again what FINs closed, any packet shows that a reset was not heeded. */
    static int flagsAfter(int flags, FlowSignal signal, boolean isForward) {
        switch (signal) {
            case TCP_SYN:
                return flags & SPILLED;
            case TCP_FIN:
                return flags & ~RESET | (isForward ? FIN_FORWARD : FIN_BACKWARD);
            case TCP_RST:
                return flags | RESET;
            case DATA:
                return flags & ~RESET;
            default:
                return flags;
        }
    }

    /** Whether the flow is closed: reset, or both directions have sent their FIN. */
    static boolean isClosing(int flags) {
        return (flags & RESET) != 0 || (flags & BOTH_FINS) == BOTH_FINS;
    }

    int pathOf(int slot, boolean isForward) {
        return memory.i32(at(slot) + (isForward ? FORWARD_PATH : BACKWARD_PATH));
    }

    void writePath(int slot, boolean isForward, int path) {
        memory.put32(at(slot) + (isForward ? FORWARD_PATH : BACKWARD_PATH), path);
    }

    /** For how many ticks the flow has been silent; negative if another thread's clock is ahead. */
    int silence(int slot, int nowTick) {
        return nowTick - memory.opaque32(at(slot) + LAST_SEEN);
    }

    /** After how many ticks of silence the flow is forgotten. */
    int timeout(int slot) {
        int kindAndFlags = memory.i32(at(slot) + KIND_AND_FLAGS);
        if ((kindAndFlags & 0xff) != IpProtocol.TCP) {
            return otherTicks;
        }
        return isClosing(kindAndFlags >>> FLAGS_SHIFT) ? closingTicks : tcpTicks;
    }

    boolean isExpired(int slot, int nowTick) {
        return silence(slot, nowTick) >= timeout(slot);
    }

    void writeLastSeen(int slot, int nowTick) {
        memory.putOpaque32(at(slot) + LAST_SEEN, nowTick);
    }

    /**
     * Notes a packet, unless one was noted a moment ago: so a busy flow's line is written once a second, not once a packet.
     * Without the lock; a slot that has changed hands meanwhile is at worst kept for longer.
     */
    void touch(int slot, int nowTick) {
        int at = at(slot) + LAST_SEEN;
        int lastSeen = memory.opaque32(at);
        if (nowTick - lastSeen >= touchTicks) {
            memory.compareAndSet32(at, lastSeen, nowTick);
        }
    }
}
