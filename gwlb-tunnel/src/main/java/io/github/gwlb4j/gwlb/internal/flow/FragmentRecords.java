package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What first fragments said about protocol and ports, for the later ones, which do not.
 *
 * <p>Usable from any thread: one for all workers, as first and later fragments may meet different ones. Never blocks, allocates
 * nothing. Fragments of one packet agree in endpoint, addresses, direction, protocol and identification (RFC 791, 3.2; RFC 8200,
 * 4.5), on whichever side of the appliance they are seen.
 *
 * <pre>
 *   0         4        8                             48              52    56      60
 *  +---------+--------+-----------------------------+---------------+-----+-------+----------+
 *  | version | tick   | endpoint id, both addresses | kind,         | id  | ports | protocol |
 *  |         |        |                             | direction     |     |       |          |
 *  +---------+--------+-----------------------------+---------------+-----+-------+----------+ 64
 * </pre>
 *
 * <p>Bounded: buckets of four records of one cache line each, in which the eldest gives way; a record of a packet that
 * may still have fragments to come is counted then. The version is odd while a record is written, as in {@link FlowSlots}, but
 * here the version itself is the lock: whoever makes it odd writes.
 */
public final class FragmentRecords {
    /** Records by default: 256 KiB, and four thousand fragmented packets at a time. */
    public static final int DEFAULT_CAPACITY = 4096;
    /** Records at most. */
    public static final int MAX_CAPACITY = 1 << 24;
    /** Nanoseconds in which a receiver must have put a packet together, by default (RFC 8200, 4.5). */
    public static final long DEFAULT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private static final int WAYS = 4;
    private static final int RECORD_BYTES = SharedMemory.LINE_BYTES;
    private static final int VERSION = 0;
    private static final int TICK = 4;
    private static final int ADDRESSES = 8;
    private static final int KIND = 48;
    private static final int IDENTIFICATION = 52;
    private static final int PORTS = 56;
    private static final int PROTOCOL = 60;
    private static final int FORWARD = 1 << 31;
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;
    private static final int TRIES = 64;
    private static final int NONE = -1;

    private final int buckets;
    private final int timeoutTicks;
    private final SharedMemory memory;
    private final LongAdder displaced = new LongAdder();

    /**
     * Takes all the memory it will ever use, 64 bytes a record.
     *
     * @param capacity  records, 1 to {@link #MAX_CAPACITY}, rounded up to a multiple of 4
     * @param timeoutNs how long a record is good for, 10 ms to a day
     * @throws IllegalArgumentException if one is out of its range
     */
    public FragmentRecords(int capacity, long timeoutNs) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("fragment records: " + capacity + ", must be 1 to " + MAX_CAPACITY);
        }
        if (timeoutNs < FlowClock.MIN_TIMEOUT_NS || timeoutNs > TimeUnit.DAYS.toNanos(1)) {
            throw new IllegalArgumentException("fragment timeout: " + timeoutNs + " ns, must be 10 ms to a day");
        }
        this.buckets = (capacity + WAYS - 1) / WAYS;
        this.timeoutTicks = FlowClock.ticksOf(timeoutNs);
        this.memory = new SharedMemory((long) buckets * WAYS * RECORD_BYTES, "the fragment records");
    }

    /**
     * Notes a first fragment.
     *
     * @param fragment the key of the fragment by {@link FlowKey#set}: without ports
     * @param first    the fragment
     * @param flow     the key of the same by {@link FlowKey#setByPorts}
     * @param nowNs    monotonic time
     */
    void remember(FlowKey fragment, IpPacket first, FlowKey flow, long nowNs) {
        int nowTick = FlowClock.tick(nowNs);
        int id = first.identification();
        int known = youngest(fragment, id, nowTick);
        if (known != NONE && memory.i32(known + PORTS) == flow.packetPorts() && memory.i32(known + PROTOCOL) == flow.protocol()
                && memory.i32(known + TICK) == nowTick) {
            return; // the appliance's two sides see the same fragment; at worst this was torn, and later ones are lost
        }
        int at = known != NONE ? known : eldest(bucketAt(fragment, id), nowTick);
        int version = memory.acquire32(at + VERSION);
        if ((version & 1) != 0 || !memory.compareAndSet32(at + VERSION, version, version + 1)) {
            displaced.increment(); // another thread is writing it: of two that come at once, one stays
            return;
        }
        if (known == NONE && version != 0 && nowTick - memory.i32(at + TICK) < timeoutTicks) {
            displaced.increment();
        }
        VarHandle.storeStoreFence(); // who sees any of the changes also sees the odd version
        write(at, fragment, id, flow, nowTick);
        memory.putRelease32(at + VERSION, version + 2 == 0 ? 2 : version + 2);
    }

    private void write(int at, FlowKey fragment, int id, FlowKey flow, int nowTick) {
        StoredAddresses.write(memory, at + ADDRESSES, fragment);
        memory.put32(at + KIND, kindAndDirection(fragment));
        memory.put32(at + IDENTIFICATION, id);
        memory.put32(at + PORTS, flow.packetPorts());
        memory.put32(at + PROTOCOL, flow.protocol());
        memory.put32(at + TICK, nowTick);
    }

    /**
     * Takes the flow of a later fragment from its first.
     *
     * @param fragment the key of the later fragment by {@link FlowKey#set}
     * @param later    the later fragment
     * @param flow     set to the first fragment's flow if that is known; else not touched
     * @param nowNs    monotonic time
     * @return whether the first fragment is known
     */
    boolean find(FlowKey fragment, IpPacket later, FlowKey flow, long nowNs) {
        int nowTick = FlowClock.tick(nowNs);
        for (int i = 0; i < TRIES; i++) {
            int at = youngest(fragment, later.identification(), nowTick);
            if (at == NONE) {
                return false;
            }
            int version = memory.acquire32(at + VERSION);
            boolean isStillThis = (version & 1) == 0 && isOf(at, fragment, later.identification());
            int protocol = memory.i32(at + PROTOCOL);
            int ports = memory.i32(at + PORTS);
            VarHandle.loadLoadFence(); // what was read stays before the second look at the version
            if (isStillThis && memory.opaque32(at + VERSION) == version) {
                flow.setByPortsOf(fragment.endpointId(), later, protocol, ports);
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** The newest record of a packet that is not too old, or {@link #NONE}. What it says must be validated. */
    private int youngest(FlowKey fragment, int id, int nowTick) {
        int at = bucketAt(fragment, id);
        int found = NONE;
        int foundAge = timeoutTicks;
        for (int way = 0; way < WAYS; way++, at += RECORD_BYTES) {
            int age = nowTick - memory.opaque32(at + TICK);
            // Ahead of now by more than another thread's clock can be: so old that the ticks have wrapped around.
            boolean isYoung = age < foundAge && age > -FlowClock.TICKS_PER_SECOND;
            if (isYoung && memory.acquire32(at + VERSION) != 0 && isOf(at, fragment, id)) {
                found = at;
                foundAge = age;
            }
        }
        return found;
    }

    private boolean isOf(int at, FlowKey fragment, int id) {
        return memory.i32(at + IDENTIFICATION) == id && memory.i32(at + KIND) == kindAndDirection(fragment)
                && StoredAddresses.isSame(memory, at + ADDRESSES, fragment);
    }

    private int eldest(int bucketAt, int nowTick) {
        int eldest = bucketAt;
        int eldestAge = Integer.MIN_VALUE;
        for (int way = 0; way < WAYS; way++) {
            int at = bucketAt + way * RECORD_BYTES;
            if (memory.acquire32(at + VERSION) == 0) {
                return at;
            }
            int age = nowTick - memory.opaque32(at + TICK);
            if (age > eldestAge) {
                eldest = at;
                eldestAge = age;
            }
        }
        return eldest;
    }

    private int bucketAt(FlowKey fragment, int id) {
        long hash = (fragment.hash64() ^ id) * MIX;
        return (int) ((hash >>> 32) * buckets >>> 32) * WAYS * RECORD_BYTES;
    }

    private static int kindAndDirection(FlowKey fragment) {
        return fragment.isForward() ? fragment.kind() | FORWARD : fragment.kind();
    }

    /**
     * First fragments that were forgotten before their time, or not noted, for want of room.
     *
     * @return 0 or more
     */
    public long displaced() {
        return displaced.sum();
    }
}
