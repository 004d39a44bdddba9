package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Walks the options of a validated {@link GeneveHeader}, one after the other, without allocating (RFC 8926, 3.5).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Option Class         |C|    Type     |R|R|R| Length  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  ~                  Variable-Length Option Data                  ~
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * <p>{@code for (cursor.wrap(header); cursor.next(); ) { … }} visits each. On a header that is not sound the walk visits the
 * whole options that are there and ends before the first one that runs past Opt Len or past the datagram.
 */
public final class GeneveOptionCursor {
    private static final int NONE = -1;

    private ByteBuffer buffer;
    private int end;
    private int nextOffset;
    private int optionOffset = NONE;
    private int optionHeader;

    /** Makes a cursor that stands nowhere. */
    public GeneveOptionCursor() {
    }

    /**
     * Stands before the first option of a header.
     *
     * @param header wrapped around a datagram
     * @return this
     */
    public GeneveOptionCursor wrap(GeneveHeader header) {
        if (buffer != header.buffer()) { // storing a reference costs a garbage collector's barrier
            buffer = header.buffer();
        }
        nextOffset = header.optionsOffset();
        int length = header.datagramLength();
        end = length < Geneve.BASE_HEADER_LENGTH ? nextOffset : header.offset() + Math.min(header.headerLength(), length);
        optionOffset = NONE;
        return this;
    }

    /**
     * Steps to the next option.
     *
     * @return false behind the last whole one; the accessors may not be called then
     */
    public boolean next() {
        int at = nextOffset;
        if (at <= end - Geneve.OPTION_HEADER_LENGTH) {
            int header = Bytes.i32(buffer, at);
            int behind = at + Geneve.OPTION_HEADER_LENGTH + GeneveHeader.optionDataLength(header);
            if (behind <= end) {
                optionHeader = header;
                optionOffset = at;
                nextOffset = behind;
                return true;
            }
        }
        nextOffset = end;
        optionOffset = NONE;
        return false;
    }

    /**
     * Goes on to the last option of a class and type at or behind the next one; the walk is over then.
     *
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255, with the critical bit
     * @return whether there is one; this cursor stands on it
     */
    public boolean find(int optionClass, int optionType) {
        int wanted = optionClass << 8 | optionType;
        int found = NONE;
        int foundHeader = 0;
        while (next()) {
            if (kind() == wanted) {
                found = optionOffset;
                foundHeader = optionHeader;
            }
        }
        optionOffset = found;
        optionHeader = foundHeader;
        return found != NONE;
    }

    /** Writes another class and type into the option this stands on. */
    void setKind(int optionClass, int optionType) {
        optionHeader = optionClass << 16 | optionType << 8 | optionHeader & 0xff;
        Bytes.put32(buffer, optionOffset, optionHeader);
    }

    /** Class and type in 24 bits. */
    int kind() {
        return optionHeader >>> 8;
    }

    /**
     * Who defined the option (IANA "Geneve Option Class").
     *
     * @return 0 to 65535
     */
    public int optionClass() {
        return optionHeader >>> 16;
    }

    /**
     * The option's type within its class, with the critical bit.
     *
     * @return 0 to 255
     */
    public int type() {
        return optionHeader >>> 8 & 0xff;
    }

    /**
     * The top bit of the type: who does not know the option must drop the packet.
     *
     * @return whether it is set
     */
    public boolean isCritical() {
        return (type() & Geneve.CRITICAL_TYPE_BIT) != 0;
    }

    /**
     * Where the option's own 4-byte header starts.
     *
     * @return absolute position in {@link #buffer()}
     */
    public int offset() {
        return optionOffset;
    }

    /**
     * Length of the option with its header.
     *
     * @return bytes, a multiple of 4 from 4 to 128
     */
    public int length() {
        return Geneve.OPTION_HEADER_LENGTH + dataLength();
    }

    /**
     * Where the option's data starts.
     *
     * @return absolute position in {@link #buffer()}
     */
    public int dataOffset() {
        return optionOffset + Geneve.OPTION_HEADER_LENGTH;
    }

    /**
     * Length of the option's data.
     *
     * @return bytes, a multiple of 4 from 0 to 124
     */
    public int dataLength() {
        return GeneveHeader.optionDataLength(optionHeader);
    }

    /**
     * The buffer that holds the option.
     *
     * @return the header's buffer
     */
    public ByteBuffer buffer() {
        return buffer;
    }
}
