package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;

import io.github.gwlb4j.tun.GatherBatch;

/** An array of struct iovec, as writev(2) and sendmmsg(2) take it. Owned by one thread; allocates nothing after construction. */
public final class IoVectors {

    /** Most pieces the kernel takes in one call (IOV_MAX). */
    public static final int MAX = 1024;

    private final ByteBuffer array;
    private final long address;
    private final int capacity;

    /**
     * Makes room.
     *
     * @param capacity most pieces
     */
    public IoVectors(int capacity) {
        this.capacity = capacity;
        this.array = NativeMemory.allocate(capacity * CStructs.IOVEC);
        this.address = NativeMemory.addressOf(array);
    }

    /**
     * How many pieces there is room for.
     *
     * @return the limit given at construction
     */
    public int capacity() {
        return capacity;
    }

    /**
     * The native address of a piece's iovec.
     *
     * @param index which piece
     * @return the address
     */
    public long address(int index) {
        return address + (long) index * CStructs.IOVEC;
    }

    /**
     * Writes one iovec.
     *
     * @param index       its place
     * @param base        native address of the bytes
     * @param lengthBytes how many
     */
    public void set(int index, long base, int lengthBytes) {
        int entry = index * CStructs.IOVEC;
        array.putLong(entry + CStructs.IOVEC_BASE, base);
        array.putLong(entry + CStructs.IOVEC_LEN, lengthBytes);
    }

    /**
     * Makes a piece longer.
     *
     * @param index       its place
     * @param lengthBytes how many bytes more
     */
    public void extend(int index, int lengthBytes) {
        int at = index * CStructs.IOVEC + CStructs.IOVEC_LEN;
        array.putLong(at, array.getLong(at) + lengthBytes);
    }

    /**
     * Writes all pieces of a message.
     *
     * @param first   place of the first piece
     * @param batch   where the message is
     * @param message which message
     * @return number of pieces, or −ENOBUFS if there is not enough room
     */
    public int encode(int first, GatherBatch batch, int message) {
        int from = batch.firstPiece(message);
        int pieces = batch.firstPiece(message + 1) - from;
        if (pieces > capacity - first) {
            return Errno.ENOBUFS.result();
        }
        long headers = batch.headersAddress();
        long payload = batch.payloadAddress();
        for (int i = 0; i < pieces; i++) {
            long base = batch.pieceIsHeader(from + i) ? headers : payload;
            set(first + i, base + batch.pieceOffset(from + i), batch.pieceLength(from + i));
        }
        return pieces;
    }
}
