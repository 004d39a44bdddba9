package io.github.gwlb4j.tun;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

import io.github.gwlb4j.linux.NativeMemory;

/**
 * Packets in one direct buffer, each known by an offset and a length: the unit of every read and write.
 * Owned by one thread at a time; nothing in it is synchronised.
 *
 * <pre>
 *            offset(0)            offset(1)       offset(2)                 capacityBytes
 *   |  free  |  packet 0  | free  |  packet 1  |  |  packet 2  |   free     |
 *             &lt;-length(0)-&gt;        &lt;-length(1)-&gt;   &lt;-length(2)-&gt;
 * </pre>
 *
 * <p>There is no object for a packet, and nothing is allocated after construction. Packets may be added in any place of
 * the buffer and may overlap; the reader of a batch must not assume more than {@link #offset(int)} and
 * {@link #length(int)} say. The same bytes can carry several batches at once, see {@link #view(int)}: for example one that
 * tells where the datagrams are and one that tells where the packets inside of them are.
 *
 * <p>The packets of a batch are valid until its owner clears or refills it.
 */
public final class PacketBatch {

    /** {@link #reserve(int, int)} aligns what it hands out to this many bytes, so that header fields are aligned too. */
    public static final int ALIGNMENT_BYTES = 16;

    private final ByteBuffer buffer;
    private final int[] offsets;
    private final int[] lengths;
    private final int headroomBytes;
    private int count;
    private long address;

    /**
     * Allocates the direct buffer and the index.
     *
     * @param maxPackets    most packets the batch can hold, at least 1
     * @param capacityBytes size of the direct buffer in bytes, at least 1
     * @throws IllegalArgumentException if an argument is below 1
     */
    public PacketBatch(int maxPackets, int capacityBytes) {
        this(maxPackets, capacityBytes, 0);
    }

    /**
     * Allocates the direct buffer and the index, and keeps room in front of each packet that is read or copied into the batch,
     * for example for a tunnel header.
     *
     * @param maxPackets    most packets the batch can hold, at least 1
     * @param capacityBytes size of the direct buffer in bytes, at least 1
     * @param headroomBytes free bytes in front of each packet, at least 0
     * @throws IllegalArgumentException if an argument is too small
     */
    public PacketBatch(int maxPackets, int capacityBytes, int headroomBytes) {
        this(allocate(capacityBytes), maxPackets, headroomBytes);
    }

    private PacketBatch(ByteBuffer buffer, int maxPackets, int headroomBytes) {
        if (headroomBytes < 0) {
            throw new IllegalArgumentException("headroomBytes must be at least 0, got " + headroomBytes);
        }
        if (maxPackets < 1) {
            throw new IllegalArgumentException("maxPackets must be at least 1, got " + maxPackets);
        }
        this.buffer = buffer;
        this.offsets = new int[maxPackets];
        this.lengths = new int[maxPackets];
        this.headroomBytes = headroomBytes;
    }

    private static ByteBuffer allocate(int capacityBytes) {
        if (capacityBytes < 1) {
            throw new IllegalArgumentException("capacityBytes must be at least 1, got " + capacityBytes);
        }
        return NativeMemory.allocate(capacityBytes).order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * A second index over the same bytes, empty at first.
     *
     * @param maxPackets most packets the new batch can hold, at least 1
     * @return a batch that shares this batch's buffer and nothing else
     * @throws IllegalArgumentException if {@code maxPackets} is below 1
     */
    public PacketBatch view(int maxPackets) {
        return new PacketBatch(buffer, maxPackets, headroomBytes);
    }

    /**
     * The bytes of all packets: direct, big-endian, position 0 and limit at capacity. Use absolute gets and puts only and
     * leave position, limit and order alone: every user of the batch relies on them.
     *
     * @return the one buffer of this batch, never a copy
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * The native address of the buffer's first byte, to be handed to system calls. Valid as long as this batch or one of
     * its views is reachable.
     *
     * @return the address
     * @throws IllegalStateException if this platform has no JNA library
     */
    public long address() {
        if (address == 0) {
            address = NativeMemory.addressOf(buffer);
        }
        return address;
    }

    /**
     * How many packets the batch holds now.
     *
     * @return the number of packets, 0 to {@link #maxPackets()}
     */
    public int count() {
        return count;
    }

    /**
     * How many packets the batch can hold.
     *
     * @return the limit given at construction
     */
    public int maxPackets() {
        return offsets.length;
    }

    /**
     * Size of the buffer.
     *
     * @return the size in bytes
     */
    public int capacityBytes() {
        return buffer.capacity();
    }

    /**
     * Whether no further packet can be added.
     *
     * @return true if {@link #count()} has reached {@link #maxPackets()}
     */
    public boolean isFull() {
        return count == offsets.length;
    }

    /**
     * Where a packet starts.
     *
     * @param index which packet, 0 to {@link #count()} - 1
     * @return the offset in bytes from the start of {@link #buffer()}
     */
    public int offset(int index) {
        return offsets[Objects.checkIndex(index, count)];
    }

    /**
     * How long a packet is.
     *
     * @param index which packet, 0 to {@link #count()} - 1
     * @return the length in bytes
     */
    public int length(int index) {
        return lengths[Objects.checkIndex(index, count)];
    }

    /** Forgets all packets; the bytes stay as they are. */
    public void clear() {
        count = 0;
    }

    /**
     * Adds a packet that is already in the buffer.
     *
     * @param offset first byte of the packet
     * @param length length of the packet in bytes
     * @return false if the batch holds {@link #maxPackets()} already; then nothing has changed
     * @throws IndexOutOfBoundsException if the region is not inside of the buffer
     */
    public boolean add(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.capacity());
        if (count == offsets.length) {
            return false;
        }
        offsets[count] = offset;
        lengths[count] = length;
        count++;
        return true;
    }

    /**
     * Copies a packet behind the last one and adds it.
     *
     * @param source       where the packet is
     * @param sourceOffset its first byte, absolute
     * @param length       its length in bytes
     * @return false if there is no room; then nothing has changed
     */
    public boolean addCopy(ByteBuffer source, int sourceOffset, int length) {
        int offset = reserve(length, 0);
        if (offset < 0) {
            return false;
        }
        buffer.put(offset, source, sourceOffset, length);
        return add(offset, length);
    }

    /**
     * Changes where a packet starts and ends, for example to step over a header.
     *
     * @param index  which packet, 0 to {@link #count()} - 1
     * @param offset new first byte
     * @param length new length in bytes
     * @throws IndexOutOfBoundsException if there is no such packet or the region is not inside of the buffer
     */
    public void set(int index, int offset, int length) {
        Objects.checkIndex(index, count);
        Objects.checkFromIndexSize(offset, length, buffer.capacity());
        offsets[index] = offset;
        lengths[index] = length;
    }

    /**
     * Finds room behind the last packet and the headroom. The offset is chosen so that the byte after {@code prefixBytes} is
     * aligned to {@link #ALIGNMENT_BYTES}.
     *
     * @param lengthBytes how many bytes are wanted, with the prefix
     * @param prefixBytes length of a prefix in front of the part to be aligned, 0 if none
     * @return where the room starts, or -1 if the batch is full or its buffer has fewer bytes left
     */
    public int reserve(int lengthBytes, int prefixBytes) {
        if (count == offsets.length) {
            return -1;
        }
        int end = count == 0 ? 0 : offsets[count - 1] + lengths[count - 1];
        int offset = ((end + headroomBytes + prefixBytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES) - prefixBytes;
        return offset <= buffer.capacity() - lengthBytes ? offset : -1;
    }
}
