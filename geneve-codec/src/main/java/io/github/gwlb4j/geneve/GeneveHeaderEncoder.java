package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes a GENEVE header and its options into the caller's buffer (RFC 8926, 3.4 and 3.5).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing. {@link #begin} writes a base
 * header without options; each option added afterwards updates Opt Len, and the C bit if it is critical, in the buffer,
 * so the header is well-formed after every call. Reserved bits are written as 0.
 */
public final class GeneveHeaderEncoder {
    private ByteBuffer buffer;
    private int offset;
    private int headerLength;

    /** Makes an encoder that writes nowhere yet. */
    public GeneveHeaderEncoder() {
    }

    /**
     * Starts a header: version 0, no options, flags clear.
     *
     * @param buffer       to write to
     * @param offset       absolute position of the header's first byte
     * @param protocolType EtherType of the payload, 0 to 65535
     * @param vni          virtual network identifier, 0 to {@link Geneve#MAX_VNI}
     * @return this
     * @throws IllegalArgumentException  if a number is out of range
     * @throws IndexOutOfBoundsException if the 8 bytes do not fit into the buffer
     */
    public GeneveHeaderEncoder begin(ByteBuffer buffer, int offset, int protocolType, int vni) {
        GenevePolicy.requireRange("protocol type", protocolType, 0xffff);
        GenevePolicy.requireRange("VNI", vni, Geneve.MAX_VNI);
        Objects.checkFromIndexSize(offset, Geneve.BASE_HEADER_LENGTH, buffer.limit());
        this.buffer = buffer;
        this.offset = offset;
        this.headerLength = Geneve.BASE_HEADER_LENGTH;
        Bytes.put32(buffer, offset, protocolType);
        Bytes.put32(buffer, offset + GeneveHeader.VNI_OFFSET, vni << 8);
        return this;
    }

    /**
     * Sets or clears the O bit (RFC 8926, 3.4).
     *
     * @param control whether this is a control packet
     * @return this
     */
    public GeneveHeaderEncoder control(boolean control) {
        int flags = Bytes.u8(buffer, offset + GeneveHeader.FLAGS_OFFSET);
        Bytes.put8(buffer, offset + GeneveHeader.FLAGS_OFFSET,
                control ? flags | GeneveHeader.CONTROL_FLAG : flags & ~GeneveHeader.CONTROL_FLAG);
        return this;
    }

    /**
     * Adds an option whose data is copied from a buffer.
     *
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255; with {@link Geneve#CRITICAL_TYPE_BIT} the header's C bit is set too
     * @param data        holds the option's data
     * @param dataOffset  absolute position of the data in {@code data}
     * @param dataLength  bytes, a multiple of 4 from 0 to 124
     * @return this
     * @throws IllegalArgumentException  if a number is out of range, or the header would grow over 260 bytes
     * @throws IndexOutOfBoundsException if the option does not fit into the buffer
     */
    public GeneveHeaderEncoder option(int optionClass, int optionType, ByteBuffer data, int dataOffset, int dataLength) {
        Objects.checkFromIndexSize(dataOffset, dataLength, data.limit());
        int at = appendOption(optionClass, optionType, dataLength);
        buffer.put(at, data, dataOffset, dataLength);
        return this;
    }

    /**
     * Adds an option with 4 bytes of data.
     *
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255, with the critical bit
     * @param data        written in network byte order
     * @return this
     * @throws IllegalArgumentException  if a number is out of range, or the header would grow over 260 bytes
     * @throws IndexOutOfBoundsException if the option does not fit into the buffer
     */
    public GeneveHeaderEncoder optionInt(int optionClass, int optionType, int data) {
        Bytes.put32(buffer, appendOption(optionClass, optionType, Integer.BYTES), data);
        return this;
    }

    /**
     * Adds an option with 8 bytes of data.
     *
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255, with the critical bit
     * @param data        written in network byte order
     * @return this
     * @throws IllegalArgumentException  if a number is out of range, or the header would grow over 260 bytes
     * @throws IndexOutOfBoundsException if the option does not fit into the buffer
     */
    public GeneveHeaderEncoder optionLong(int optionClass, int optionType, long data) {
        Bytes.put64(buffer, appendOption(optionClass, optionType, Long.BYTES), data);
        return this;
    }

    private int appendOption(int optionClass, int optionType, int dataLength) {
        GenevePolicy.requireRange("option class", optionClass, 0xffff);
        GenevePolicy.requireRange("option type", optionType, 0xff);
        GenevePolicy.requireRange("option data length", dataLength, Geneve.MAX_OPTION_DATA_LENGTH);
        if ((dataLength & 3) != 0) {
            throw new IllegalArgumentException("option data length " + dataLength + " is not a multiple of 4");
        }
        int optionLength = Geneve.OPTION_HEADER_LENGTH + dataLength;
        if (headerLength + optionLength > Geneve.MAX_HEADER_LENGTH) {
            throw new IllegalArgumentException("a header of " + (headerLength + optionLength) + " bytes exceeds "
                    + Geneve.MAX_HEADER_LENGTH);
        }
        int at = offset + headerLength;
        Objects.checkFromIndexSize(at, optionLength, buffer.limit());
        Bytes.put32(buffer, at, optionClass << 16 | optionType << 8 | dataLength >> 2);
        headerLength += optionLength;
        Bytes.put8(buffer, offset, headerLength - Geneve.BASE_HEADER_LENGTH >> 2);
        if ((optionType & Geneve.CRITICAL_TYPE_BIT) != 0) {
            int flags = Bytes.u8(buffer, offset + GeneveHeader.FLAGS_OFFSET);
            Bytes.put8(buffer, offset + GeneveHeader.FLAGS_OFFSET, flags | GeneveHeader.CRITICAL_FLAG);
        }
        return at + Geneve.OPTION_HEADER_LENGTH;
    }

    /**
     * Copies a received header, base header and all options, byte for byte: a reply to a load balancer carries the header
     * it came with.
     *
     * @param header validated
     * @param target to write to; may be the header's own buffer if the regions do not overlap
     * @param offset absolute position in {@code target}
     * @return bytes written: the header's length
     * @throws IndexOutOfBoundsException if the header does not fit into the target
     */
    public static int copyHeader(GeneveHeader header, ByteBuffer target, int offset) {
        int length = header.headerLength();
        target.put(offset, header.buffer(), header.offset(), length);
        return length;
    }

    /**
     * Length of what has been written so far: where the payload goes, relative to the header's first byte.
     *
     * @return bytes, 8 to 260
     */
    public int headerLength() {
        return headerLength;
    }
}
