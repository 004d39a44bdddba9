package io.github.gwlb4j.tun;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

import io.github.gwlb4j.linux.NativeMemory;

/**
 * Messages made of pieces: headers from an arena of this batch, payload from where it was received, so that payload is
 * never copied. Owned by one thread at a time; allocates nothing after construction.
 *
 * <pre>
 *   message 0: [header piece][payload piece][payload piece]      one write of a super-packet to a TUN device
 *   message 1: [header piece][payload piece][header piece][...]  one send of a run of datagrams
 * </pre>
 *
 * <p>To fill: {@link #begin(PacketBatch)}, then for each message its pieces by {@link #addHeader(int, int)} and
 * {@link #addPayload(int, int)}, then {@link #endMessage()}. The bytes of header pieces are written to {@link #headers()},
 * in room given out by {@link #reserveHeader(int)}.
 */
public final class GatherBatch {

    private final ByteBuffer headers;
    private final int[] firstPieces;
    private final int[] pieceOffsets;
    private final int[] pieceLengths;
    private final boolean[] pieceIsHeader;
    private PacketBatch payload;
    private int messages;
    private int pieces;
    private int headerEnd;
    private long headersAddress;

    /**
     * Allocates everything.
     *
     * @param maxMessages most messages, at least 1
     * @param maxPieces   most pieces of all messages together, at least 1
     * @param headerBytes size of the header arena in bytes, at least 1
     * @throws IllegalArgumentException if an argument is below 1
     */
    public GatherBatch(int maxMessages, int maxPieces, int headerBytes) {
        if (maxMessages < 1 || maxPieces < 1 || headerBytes < 1) {
            throw new IllegalArgumentException("all sizes must be at least 1, got " + maxMessages + " messages, "
                    + maxPieces + " pieces, " + headerBytes + " header bytes");
        }
        this.headers = ByteBuffer.allocateDirect(headerBytes).order(ByteOrder.BIG_ENDIAN);
        this.firstPieces = new int[maxMessages + 1];
        this.pieceOffsets = new int[maxPieces];
        this.pieceLengths = new int[maxPieces];
        this.pieceIsHeader = new boolean[maxPieces];
    }

    /**
     * Empties the batch.
     *
     * @param payloadSource where payload pieces will come from; its packets must stay as they are until this batch is written
     */
    public void begin(PacketBatch payloadSource) {
        payload = Objects.requireNonNull(payloadSource);
        messages = 0;
        pieces = 0;
        headerEnd = 0;
    }

    /**
     * Whether a message of the given size still fits.
     *
     * @param pieceCount  pieces of the message
     * @param headerBytes bytes of the arena it needs, see {@link #reserveHeader(int)}
     * @return true if it fits
     */
    public boolean hasRoom(int pieceCount, int headerBytes) {
        return messages < firstPieces.length - 1
                && pieces + pieceCount <= pieceOffsets.length
                && headerEnd + headerBytes <= headers.capacity();
    }

    /**
     * Takes room for a header.
     *
     * @param lengthBytes how many bytes
     * @return offset in {@link #headers()}, or -1 if the arena is full
     */
    public int reserveHeader(int lengthBytes) {
        if (headerEnd + lengthBytes > headers.capacity()) {
            return -1;
        }
        int offset = headerEnd;
        headerEnd += lengthBytes;
        return offset;
    }

    /**
     * Adds a piece of the header arena to the current message.
     *
     * @param offset      offset in {@link #headers()}
     * @param lengthBytes length in bytes
     * @return false if all pieces are used; then nothing has changed
     */
    public boolean addHeader(int offset, int lengthBytes) {
        return addPiece(true, offset, lengthBytes);
    }

    /**
     * Adds a piece of payload to the current message.
     *
     * @param offset      offset in the payload batch's buffer
     * @param lengthBytes length in bytes
     * @return false if all pieces are used; then nothing has changed
     */
    public boolean addPayload(int offset, int lengthBytes) {
        return addPiece(false, offset, lengthBytes);
    }

    private boolean addPiece(boolean isHeader, int offset, int lengthBytes) {
        if (pieces == pieceOffsets.length) {
            return false;
        }
        pieceIsHeader[pieces] = isHeader;
        pieceOffsets[pieces] = offset;
        pieceLengths[pieces] = lengthBytes;
        pieces++;
        return true;
    }

    /**
     * Ends the current message.
     *
     * @return false if the batch holds the most messages already; then its pieces are dropped
     */
    public boolean endMessage() {
        if (messages == firstPieces.length - 1) {
            pieces = firstPieces[messages];
            return false;
        }
        messages++;
        firstPieces[messages] = pieces;
        return true;
    }

    /**
     * The header arena: direct, big-endian. Use absolute gets and puts only.
     *
     * @return the arena, never a copy
     */
    public ByteBuffer headers() {
        return headers;
    }

    /**
     * Where payload pieces are.
     *
     * @return the batch given to {@link #begin(PacketBatch)}
     */
    public PacketBatch payload() {
        return payload;
    }

    /**
     * How many messages are complete.
     *
     * @return the number of messages
     */
    public int count() {
        return messages;
    }

    /**
     * The first piece of a message; with {@code message} + 1 also where its pieces end.
     *
     * @param message 0 to {@link #count()}
     * @return index of the piece
     */
    public int firstPiece(int message) {
        return firstPieces[message];
    }

    /**
     * Where a piece comes from.
     *
     * @param piece index of the piece
     * @return true for the header arena, false for the payload batch
     */
    public boolean pieceIsHeader(int piece) {
        return pieceIsHeader[piece];
    }

    /**
     * Where a piece starts.
     *
     * @param piece index of the piece
     * @return offset in bytes in the header arena or the payload batch's buffer
     */
    public int pieceOffset(int piece) {
        return pieceOffsets[piece];
    }

    /**
     * How long a piece is.
     *
     * @param piece index of the piece
     * @return length in bytes
     */
    public int pieceLength(int piece) {
        return pieceLengths[piece];
    }

    /**
     * How long a message is.
     *
     * @param message 0 to {@link #count()} - 1
     * @return sum of its pieces' lengths in bytes
     */
    public int lengthBytes(int message) {
        int sum = 0;
        for (int piece = firstPieces[message]; piece < firstPieces[message + 1]; piece++) {
            sum += pieceLengths[piece];
        }
        return sum;
    }

    /**
     * Copies a message into one piece.
     *
     * @param message      0 to {@link #count()} - 1
     * @param target       where to
     * @param targetOffset first byte, absolute
     * @return bytes copied
     */
    public int copyTo(int message, ByteBuffer target, int targetOffset) {
        int end = targetOffset;
        for (int piece = firstPieces[message]; piece < firstPieces[message + 1]; piece++) {
            ByteBuffer source = pieceIsHeader[piece] ? headers : payload.buffer();
            target.put(end, source, pieceOffsets[piece], pieceLengths[piece]);
            end += pieceLengths[piece];
        }
        return end - targetOffset;
    }

    /**
     * The native address of the header arena, valid as long as this batch is reachable.
     *
     * @return the address
     */
    public long headersAddress() {
        if (headersAddress == 0) {
            headersAddress = NativeMemory.addressOf(headers);
        }
        return headersAddress;
    }

    /**
     * The native address that payload offsets count from.
     *
     * @return the address
     */
    public long payloadAddress() {
        return payload.address();
    }
}
