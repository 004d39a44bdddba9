package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.NativeMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Datagrams in one direct buffer: where each lies, who sent it, whether it goes back. No object per packet.
 *
 * <p>Not thread-safe: belongs to one worker. Allocated once; nothing afterwards.
 *
 * <p>A batch is filled in one of two ways, not both at once: {@link #add} puts a datagram into the next of equal slots, as a
 * port does that receives; {@link #addAt} takes one that lies anywhere in the buffer, as whoever builds replies does.
 *
 * <p>Addresses are two longs as in {@link io.github.gwlb4j.packet.IpPacket}: an IPv4 address is the lower 32 bits of the
 * second. The origin is the transport's own note of where a datagram came in, so that its reply leaves from there.
 */
public final class DatagramBatch {
    /** A {@linkplain #trafficClass traffic class} that is not known. */
    public static final int UNKNOWN = -1;

    private static final SendResult[] RESULTS = SendResult.values();
    private static final byte NOT_MARKED = (byte) SendResult.NOT_MARKED.ordinal();
    private static final byte POISON = (byte) 0xdb;

    private final ByteBuffer buffer;
    private final ByteBuffer view;
    private final int slots;
    private final int slotBytes;
    private final int[] offset;
    private final int[] length;
    private final int[] freeInFront;
    private final int[] trafficClass;
    private final int[] replyTrafficClass;
    private final int[] origin;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final int[] peerPort;
    /** Ordinals: storing a reference costs a garbage collector's barrier. */
    private final byte[] result;
    private final boolean[] reply;
    private int size;
    private long address;

    /**
     * Allocates room for a number of datagrams.
     *
     * @param capacity  most datagrams, 1 or more
     * @param slotBytes most bytes of one; 65,536 holds any UDP payload
     */
    public DatagramBatch(int capacity, int slotBytes) {
        this(ByteBuffer.allocateDirect(Math.multiplyExact(capacity, slotBytes)), capacity, slotBytes);
    }

    /**
     * Lays a batch over a buffer that others use as well.
     *
     * @param buffer    direct; slots for {@link #add} start at 0
     * @param capacity  most datagrams, 1 or more
     * @param slotBytes most bytes of one that is added by {@link #add}; 0 if only {@link #addAt} is used
     * @throws IllegalArgumentException if the slots do not fit into the buffer
     */
    public DatagramBatch(ByteBuffer buffer, int capacity, int slotBytes) {
        this(buffer, capacity, capacity, slotBytes);
    }

    /**
     * Lays a batch over a buffer that others use as well, for more datagrams than slots: a port whose system hands over several
     * datagrams as one takes them apart within a slot.
     *
     * @param buffer    direct; slots start at 0
     * @param capacity  most datagrams, at least as many as there are slots
     * @param slots     how many slots, 1 or more
     * @param slotBytes size of a slot; 65,536 holds whatever a system hands over as one
     * @throws IllegalArgumentException if the slots do not fit into the buffer, or are more than the datagrams
     */
    public DatagramBatch(ByteBuffer buffer, int capacity, int slots, int slotBytes) {
        if ((long) slots * slotBytes > buffer.capacity()) {
            throw new IllegalArgumentException(slots + " slots of " + slotBytes + " bytes do not fit into " + buffer.capacity());
        }
        if (slots > capacity) {
            throw new IllegalArgumentException(slots + " slots for " + capacity + " datagrams");
        }
        this.buffer = buffer;
        this.view = buffer.duplicate();
        this.slots = slots;
        this.slotBytes = slotBytes;
        this.offset = new int[capacity];
        this.trafficClass = new int[capacity];
        this.replyTrafficClass = new int[capacity];
        this.length = new int[capacity];
        this.freeInFront = new int[capacity];
        this.origin = new int[capacity];
        this.peerHigh = new long[capacity];
        this.peerLow = new long[capacity];
        this.peerPort = new int[capacity];
        this.result = new byte[capacity];
        this.reply = new boolean[capacity];
    }

    /** Empties the batch; the bytes stay. */
    public void clear() {
        size = 0;
    }

    /**
     * Adds the datagram whose payload stands in the next slot, at {@link #nextSlot()}.
     *
     * @param lengthBytes length of the UDP payload
     * @param origin      the transport's note of the local socket
     * @param peerHigh    upper half of the sender's address
     * @param peerLow     lower half of the sender's address
     * @param peerPort    the sender's UDP port, 0 to 65535
     */
    public void add(int lengthBytes, int origin, long peerHigh, long peerLow, int peerPort) {
        addAt(size * slotBytes, lengthBytes, origin, peerHigh, peerLow, peerPort);
    }

    /**
     * Adds a datagram that lies anywhere in the buffer.
     *
     * @param offset      absolute position of its UDP payload
     * @param lengthBytes length of the UDP payload
     * @param origin      the transport's note of the local socket
     * @param peerHigh    upper half of the peer's address
     * @param peerLow     lower half of the peer's address
     * @param peerPort    the peer's UDP port, 0 to 65535
     */
    public void addAt(int offset, int lengthBytes, int origin, long peerHigh, long peerLow, int peerPort) {
        int i = size++;
        this.offset[i] = offset;
        this.length[i] = lengthBytes;
        this.freeInFront[i] = 0;
        this.origin[i] = origin;
        this.peerHigh[i] = peerHigh;
        this.peerLow[i] = peerLow;
        this.peerPort[i] = peerPort;
        this.trafficClass[i] = UNKNOWN;
        this.replyTrafficClass[i] = UNKNOWN;
        this.reply[i] = false;
        this.result[i] = NOT_MARKED;
    }

    /**
     * How many slots there are for {@link #add}.
     *
     * @return 1 to {@link #capacity()}
     */
    public int slots() {
        return slots;
    }

    /**
     * Where the next datagram to be {@linkplain #add added} goes, if fewer were added than there are {@link #slots()}.
     *
     * @return absolute position of a slot of {@link #slotBytes()} in {@link #buffer()}
     */
    public int nextSlot() {
        return size * slotBytes;
    }

    /**
     * How many datagrams the batch holds.
     *
     * @return 0 to {@link #capacity()}
     */
    public int size() {
        return size;
    }

    /**
     * How many datagrams the batch can hold.
     *
     * @return 1 or more
     */
    public int capacity() {
        return length.length;
    }

    /**
     * The buffer that holds all datagrams.
     *
     * @return a direct buffer
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Where a datagram's payload starts.
     *
     * @param i from 0, less than {@link #size()}
     * @return absolute position in {@link #buffer()}
     */
    public int offset(int i) {
        return offset[i];
    }

    /**
     * Says that a port may write in front of a datagram, where it puts the headers of what it sends. Otherwise it must not.
     *
     * @param i           from 0, less than {@link #size()}
     * @param lengthBytes how many bytes of {@link #buffer()} right in front of it nobody needs
     */
    public void setFreeInFront(int i, int lengthBytes) {
        freeInFront[i] = lengthBytes;
    }

    /**
     * How many bytes in front of a datagram a port may write over.
     *
     * @param i from 0, less than {@link #size()}
     * @return as {@linkplain #setFreeInFront said}, else 0
     */
    public int freeInFront(int i) {
        return freeInFront[i];
    }

    /**
     * Changes where a datagram starts and ends, the rest about it stays, but that nothing may be written in front of it.
     *
     * @param i           from 0, less than {@link #size()}
     * @param newOffset   absolute position in {@link #buffer()}
     * @param lengthBytes length of its UDP payload
     */
    public void move(int i, int newOffset, int lengthBytes) {
        offset[i] = newOffset;
        length[i] = lengthBytes;
        freeInFront[i] = 0;
    }

    /**
     * A view of a stretch of the buffer for calls that want position and limit.
     *
     * @param from        absolute position
     * @param lengthBytes how long
     * @return the same object each time; valid until the next call
     */
    public ByteBuffer view(int from, int lengthBytes) {
        return view.limit(from + lengthBytes).position(from);
    }

    /**
     * Sets the outer IP header's TOS byte that a reply is to be sent with. Without this call it goes out with that of the
     * system, normally 0: the byte that the datagram came with is not echoed by itself.
     *
     * @param i     from 0, less than {@link #size()}
     * @param value 0 to 255: DSCP and, in the lower two bits, ECN (RFC 2474, RFC 3168)
     */
    public void setTrafficClass(int i, int value) {
        trafficClass[i] = value;
        replyTrafficClass[i] = value;
    }

    /** Notes the TOS byte that a datagram came with. */
    void setReceivedTrafficClass(int i, int value) {
        trafficClass[i] = value;
    }

    /** The TOS byte to send a reply with; {@link #UNKNOWN}: leave it to the system. */
    int replyTrafficClass(int i) {
        return replyTrafficClass[i];
    }

    /** Native address of the buffer's first byte, on Linux. */
    long address() {
        if (address == 0) {
            address = NativeMemory.addressOf(buffer);
        }
        return address;
    }

    /**
     * The outer IP header's TOS byte: the one that {@link #setTrafficClass} set, else the one that the datagram came with.
     *
     * @param i from 0, less than {@link #size()}
     * @return 0 to 255, or {@link #UNKNOWN}: the transport could not see it, or leaves it to the system
     */
    public int trafficClass(int i) {
        return trafficClass[i];
    }

    /**
     * Most bytes that one datagram can have.
     *
     * @return as given at construction
     */
    public int slotBytes() {
        return slotBytes;
    }

    /**
     * Length of a datagram's UDP payload.
     *
     * @param i from 0, less than {@link #size()}
     * @return bytes
     */
    public int length(int i) {
        return length[i];
    }

    /**
     * The transport's note of the local socket.
     *
     * @param i from 0, less than {@link #size()}
     * @return as given to {@link #add}
     */
    public int origin(int i) {
        return origin[i];
    }

    /**
     * Upper half of the sender's address.
     *
     * @param i from 0, less than {@link #size()}
     * @return 0 for IPv4
     */
    public long peerHigh(int i) {
        return peerHigh[i];
    }

    /**
     * Lower half of the sender's address.
     *
     * @param i from 0, less than {@link #size()}
     * @return for IPv4 the address, 0 to 2^32-1
     */
    public long peerLow(int i) {
        return peerLow[i];
    }

    /**
     * The sender's UDP port: the flow's own, which the reply keeps as its source port.
     *
     * @param i from 0, less than {@link #size()}
     * @return 0 to 65535
     */
    public int peerPort(int i) {
        return peerPort[i];
    }

    /**
     * Marks a datagram to be sent back.
     *
     * @param i from 0, less than {@link #size()}
     */
    public void markReply(int i) {
        reply[i] = true;
    }

    /**
     * Whether a datagram goes back.
     *
     * @param i from 0, less than {@link #size()}
     * @return true after {@link #markReply}
     */
    public boolean isReply(int i) {
        return reply[i];
    }

    /**
     * Notes what became of a marked datagram.
     *
     * @param i      from 0, less than {@link #size()}
     * @param result what the transport saw
     */
    public void setResult(int i, SendResult result) {
        this.result[i] = (byte) result.ordinal();
    }

    /**
     * What became of a datagram.
     *
     * @param i from 0, less than {@link #size()}
     * @return {@link SendResult#NOT_MARKED} until the transport sets another
     */
    public SendResult result(int i) {
        return RESULTS[result[i]];
    }

    /** Overwrites the datagrams, so that whoever kept a view of one sees it at once. For tests. */
    public void poison() {
        for (int i = 0; i < size; i++) {
            int at = offset(i);
            for (int end = at + length[i]; at < end; at++) {
                buffer.put(at, POISON);
            }
        }
        Arrays.fill(result, 0, size, NOT_MARKED);
    }
}
