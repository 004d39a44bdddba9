package io.github.gwlb4j.gwlb.transport;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Datagrams side by side in one direct buffer: where each lies, who sent it, whether it goes back. No object per packet.
 *
 * <p>Not thread-safe: belongs to one worker. Allocated once; nothing afterwards.
 *
 * <p>Addresses are two longs as in {@link io.github.gwlb4j.packet.IpPacket}: an IPv4 address is the lower 32 bits of the
 * second. The origin is the transport's own note of where a datagram came in, so that its reply leaves from there.
 */
public final class DatagramBatch {
    private static final byte POISON = (byte) 0xdb;

    private final ByteBuffer buffer;
    private final int slotBytes;
    private final int[] length;
    private final int[] origin;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final int[] peerPort;
    private final SendResult[] result;
    private final boolean[] reply;
    private int size;

    /**
     * Allocates room for a number of datagrams.
     *
     * @param capacity  most datagrams, 1 or more
     * @param slotBytes most bytes of one; 65,536 holds any UDP payload
     */
    public DatagramBatch(int capacity, int slotBytes) {
        this.buffer = ByteBuffer.allocateDirect(Math.multiplyExact(capacity, slotBytes));
        this.slotBytes = slotBytes;
        this.length = new int[capacity];
        this.origin = new int[capacity];
        this.peerHigh = new long[capacity];
        this.peerLow = new long[capacity];
        this.peerPort = new int[capacity];
        this.result = new SendResult[capacity];
        this.reply = new boolean[capacity];
    }

    /** Empties the batch; the bytes stay. */
    public void clear() {
        size = 0;
    }

    /**
     * Adds the datagram whose payload stands at {@link #offset(int) offset(size())}.
     *
     * @param lengthBytes length of the UDP payload
     * @param origin      the transport's note of the local socket
     * @param peerHigh    upper half of the sender's address
     * @param peerLow     lower half of the sender's address
     * @param peerPort    the sender's UDP port, 0 to 65535
     */
    public void add(int lengthBytes, int origin, long peerHigh, long peerLow, int peerPort) {
        int i = size++;
        this.length[i] = lengthBytes;
        this.origin[i] = origin;
        this.peerHigh[i] = peerHigh;
        this.peerLow[i] = peerLow;
        this.peerPort[i] = peerPort;
        this.reply[i] = false;
        this.result[i] = SendResult.NOT_MARKED;
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
     * @param i from 0, less than {@link #capacity()}
     * @return absolute position in {@link #buffer()}
     */
    public int offset(int i) {
        return i * slotBytes;
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
        this.result[i] = result;
    }

    /**
     * What became of a datagram.
     *
     * @param i from 0, less than {@link #size()}
     * @return {@link SendResult#NOT_MARKED} until the transport sets another
     */
    public SendResult result(int i) {
        return result[i];
    }

    /** Overwrites the datagrams, so that whoever kept a view of one sees it at once. For tests. */
    public void poison() {
        for (int i = 0; i < size; i++) {
            int at = offset(i);
            for (int end = at + length[i]; at < end; at++) {
                buffer.put(at, POISON);
            }
        }
        Arrays.fill(result, 0, size, SendResult.NOT_MARKED);
    }
}
