package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Changes one option of a header in place: its data or its kind, never its length, so Opt Len and everything behind the
 * option stay as they are.
 *
 * <p>Stateless; call it on the thread that owns the datagram. Nothing is allocated. The outer UDP checksum covers the header
 * too: whoever sends the datagram computes it anew.
 */
public final class GeneveOptionEditor {
    private GeneveOptionEditor() {
    }

    /**
     * Overwrites 4 bytes of an option's data.
     *
     * @param option      stands on the option
     * @param index       of the first byte in the data, from 0
     * @param value       written in network byte order
     * @throws IndexOutOfBoundsException if the bytes are not inside the option's data
     */
    public static void setInt(GeneveOptionCursor option, int index, int value) {
        Objects.checkFromIndexSize(index, Integer.BYTES, option.dataLength());
        Bytes.put32(option.buffer(), option.dataOffset() + index, value);
    }

    /**
     * Overwrites 8 bytes of an option's data.
     *
     * @param option      stands on the option
     * @param index       of the first byte in the data, from 0
     * @param value       written in network byte order
     * @throws IndexOutOfBoundsException if the bytes are not inside the option's data
     */
    public static void setLong(GeneveOptionCursor option, int index, long value) {
        Objects.checkFromIndexSize(index, Long.BYTES, option.dataLength());
        Bytes.put64(option.buffer(), option.dataOffset() + index, value);
    }

    /**
     * Overwrites a part of an option's data with bytes of another buffer.
     *
     * @param option       stands on the option
     * @param index        of the first byte in the data, from 0
     * @param source       holds the new bytes
     * @param sourceOffset absolute position of the first one
     * @param lengthBytes  how many
     * @throws IndexOutOfBoundsException if the bytes are not inside the option's data or not inside the source
     */
    public static void setData(GeneveOptionCursor option, int index, ByteBuffer source, int sourceOffset, int lengthBytes) {
        Objects.checkFromIndexSize(index, lengthBytes, option.dataLength());
        option.buffer().put(option.dataOffset() + index, source, sourceOffset, lengthBytes);
    }

    /**
     * Makes another kind of an option and keeps the header's C bit right: set if and only if some option is critical
     * (RFC 8926, 3.4).
     *
     * @param header      the header that the option belongs to, validated
     * @param option      stands on the option
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255, with the critical bit
     * @throws IllegalArgumentException if a number is out of range
     */
    public static void setKind(GeneveHeader header, GeneveOptionCursor option, int optionClass, int optionType) {
        GenevePolicy.requireRange("option class", optionClass, 0xffff);
        GenevePolicy.requireRange("option type", optionType, 0xff);
        option.setKind(optionClass, optionType);
        int at = header.offset() + GeneveHeader.FLAGS_OFFSET;
        int flags = Bytes.u8(header.buffer(), at) & ~GeneveHeader.CRITICAL_FLAG;
        Bytes.put8(header.buffer(), at, header.hasCriticalOption() ? flags | GeneveHeader.CRITICAL_FLAG : flags);
    }
}
