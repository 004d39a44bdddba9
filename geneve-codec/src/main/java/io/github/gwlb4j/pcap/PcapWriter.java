package io.github.gwlb4j.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Writes packets to a capture file that Wireshark and tcpdump read, little endian. Not thread-safe: one thread writes.
 *
 * <p>Writing allocates nothing: packets are gathered in one direct buffer, which goes to the channel when it is full, at
 * {@link #flush} and at {@link #close}. A size limit keeps a capture that nobody stops from filling the disk; records are
 * written whole or not at all. An interrupt of the thread closes the file's channel, as with every NIO file channel.
 *
 * <pre>{@code
 * try (PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).maxFileBytes(100_000_000).open(path)) {
 *     writer.write(timestampNs, buffer, offset, length);
 * }
 * }</pre>
 */
public final class PcapWriter implements Closeable {

    /** File formats. */
    public enum Format {
        /** pcap with microseconds: read by everything; comments are not stored and time loses its nanoseconds. */
        PCAP_MICROS,
        /** pcap with nanoseconds: comments are not stored. */
        PCAP_NANOS,
        /** pcapng with nanoseconds, the name of the writing application and comments. */
        PCAPNG
    }

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int BLOCK_HEADER_BYTES = 28;
    private static final int TRAILER_BYTES = 4;
    private static final int OPTION_HEADER_BYTES = 4;
    private static final byte[] NO_COMMENT = {};
    private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);

    private final ChannelOutput out;
    private final Format format;
    private final int linkType;
    private final int snapLength;
    private final long maxFileBytes;
    private long bytesWritten;
    private long packetsWritten;
    private long packetsRefused;

    PcapWriter(PcapWriterBuilder options, WritableByteChannel channel) throws IOException {
        this.format = options.format;
        this.linkType = options.linkType;
        this.snapLength = options.snapLength;
        this.maxFileBytes = options.maxFileBytes;
        this.out = new ChannelOutput(channel, options.bufferBytes);
        byte[] header = PcapFileHeader.of(format, linkType, snapLength, options.application, options.interfaceName);
        out.put(header);
        bytesWritten = header.length;
    }

    /**
     * Starts the settings of a writer.
     *
     * @return settings with their defaults
     */
    public static PcapWriterBuilder builder() {
        return new PcapWriterBuilder();
    }

    /**
     * Writes a whole packet. Allocates nothing.
     *
     * @param timestampNs nanoseconds since 1970-01-01 UTC; before that is written as 0, pcap wraps in 2106
     * @param packet holds the packet; its position, limit and byte order do not matter and do not change
     * @param offset index of the first byte
     * @param length bytes; what is beyond the snapshot length is not stored
     * @return false if the packet was refused because the file would grow beyond its size limit
     * @throws IOException if writing fails; the file may then end inside a record
     * @throws IndexOutOfBoundsException if the region is not inside the buffer
     */
    public boolean write(long timestampNs, ByteBuffer packet, int offset, int length) throws IOException {
        return write(timestampNs, packet, offset, length, NO_BODY, 0, 0, length, NO_COMMENT);
    }

    /**
     * Writes a packet that may have been cut before, with a comment. Allocates nothing.
     *
     * @param timestampNs as in {@link #write(long, ByteBuffer, int, int)}
     * @param packet holds the packet
     * @param offset index of the first byte
     * @param length bytes at hand
     * @param originalLength bytes that the packet had on the wire, at least {@code length}
     * @param commentUtf8 a comment of at most 65535 bytes, or an empty array; only pcapng stores it
     * @return false if the packet was refused because the file would grow beyond its size limit
     * @throws IOException if writing fails; the file may then end inside a record
     * @throws IndexOutOfBoundsException if the region is not inside the buffer
     * @throws IllegalArgumentException if the comment is too long or the original length too short
     */
    public boolean write(long timestampNs, ByteBuffer packet, int offset, int length, int originalLength,
            byte[] commentUtf8) throws IOException {
        return write(timestampNs, packet, offset, length, NO_BODY, 0, 0, originalLength, commentUtf8);
    }

    /**
     * Writes a packet that lies in two places: headers made up for the capture, say, and the payload as it was received from a
     * socket. Allocates nothing.
     *
     * @param timestampNs as in {@link #write(long, ByteBuffer, int, int)}
     * @param head holds the first part
     * @param headOffset index of its first byte
     * @param headLength its bytes
     * @param body holds the second part
     * @param bodyOffset index of its first byte
     * @param bodyLength its bytes
     * @param originalLength bytes that the packet had on the wire, at least both lengths together
     * @param commentUtf8 a comment of at most 65535 bytes, or an empty array; only pcapng stores it
     * @return false if the packet was refused because the file would grow beyond its size limit
     * @throws IOException if writing fails; the file may then end inside a record
     * @throws IndexOutOfBoundsException if a region is not inside its buffer
     * @throws IllegalArgumentException if the comment is too long or the original length too short
     */
    public boolean write(long timestampNs, ByteBuffer head, int headOffset, int headLength, ByteBuffer body, int bodyOffset,
            int bodyLength, int originalLength, byte[] commentUtf8) throws IOException {
        Objects.checkFromIndexSize(headOffset, headLength, head.limit());
        Objects.checkFromIndexSize(bodyOffset, bodyLength, body.limit());
        checkArguments((long) headLength + bodyLength, originalLength, commentUtf8);
        int headStored = Math.min(headLength, snapLength);
        int bodyStored = Math.min(bodyLength, snapLength - headStored);
        int stored = headStored + bodyStored;
        int record = recordBytes(stored, commentUtf8.length);
        if (record > maxFileBytes - bytesWritten) {
            packetsRefused++;
            return false;
        }
        long time = Math.max(0, timestampNs);
        if (format == Format.PCAPNG) {
            putBlockHeader(time, stored, originalLength, record);
        } else {
            putRecordHeader(time, stored, originalLength);
        }
        out.put(head, headOffset, headStored);
        out.put(body, bodyOffset, bodyStored);
        if (format == Format.PCAPNG) {
            putBlockEnd(stored, commentUtf8, record);
        }
        bytesWritten += record;
        packetsWritten++;
        return true;
    }

    /**
     * Writes a packet that was read, with its comment; allocates if there is one. Its link type must be the writer's, and a
     * packet without timestamp is written with time 0.
     *
     * @param packet from a {@link PacketSource}
     * @return false if the packet was refused because the file would grow beyond its size limit
     * @throws IOException if writing fails; the file may then end inside a record
     * @throws IllegalArgumentException if the packet has another link type than the file
     */
    public boolean write(PcapPacket packet) throws IOException {
        if (packet.linkType() != linkType) {
            throw new IllegalArgumentException("frame " + packet.frameNumber() + " has link type "
                    + LinkType.nameOf(packet.linkType()) + ", the file " + LinkType.nameOf(linkType));
        }
        String comment = format == Format.PCAPNG ? packet.comment() : null;
        byte[] utf8 = comment == null ? NO_COMMENT : comment.getBytes(StandardCharsets.UTF_8);
        return write(packet.timestampNs(), packet.data(), packet.dataOffset(), packet.capturedLength(),
                packet.originalLength(), utf8);
    }

    private static void checkArguments(long length, int originalLength, byte[] comment) {
        if (originalLength < length) {
            throw new IllegalArgumentException("original length " + originalLength + " is below the length " + length);
        }
        if (comment.length > 0xffff) {
            throw new IllegalArgumentException("comment of " + comment.length + " bytes, a capture takes at most 65535");
        }
    }

    private int recordBytes(int stored, int comment) {
        if (format != Format.PCAPNG) {
            return ClassicRecords.RECORD_HEADER_BYTES + stored;
        }
        int options = comment == 0 ? 0 : OPTION_HEADER_BYTES + PcapNgOptions.padded(comment) + OPTION_HEADER_BYTES;
        return BLOCK_HEADER_BYTES + PcapNgOptions.padded(stored) + options + TRAILER_BYTES;
    }

    private void putRecordHeader(long timeNs, int stored, int original) throws IOException {
        ByteBuffer buffer = out.room(ClassicRecords.RECORD_HEADER_BYTES);
        int fraction = (int) (timeNs % NANOS_PER_SECOND);
        buffer.putInt((int) (timeNs / NANOS_PER_SECOND));
        buffer.putInt(format == Format.PCAP_NANOS ? fraction : fraction / 1000);
        buffer.putInt(stored);
        buffer.putInt(original);
    }

    private void putBlockHeader(long timeNs, int stored, int original, int record) throws IOException {
        ByteBuffer buffer = out.room(BLOCK_HEADER_BYTES);
        buffer.putInt(PcapNgRecords.ENHANCED_PACKET);
        buffer.putInt(record);
        buffer.putInt(0);
        buffer.putInt((int) (timeNs >>> 32));
        buffer.putInt((int) timeNs);
        buffer.putInt(stored);
        buffer.putInt(original);
    }

    private void putBlockEnd(int stored, byte[] comment, int record) throws IOException {
        out.pad(stored);
        if (comment.length > 0) {
            out.room(OPTION_HEADER_BYTES).putShort((short) PcapNgOptions.COMMENT).putShort((short) comment.length);
            out.put(comment);
            out.pad(comment.length);
            out.room(OPTION_HEADER_BYTES).putInt(PcapNgOptions.END);
        }
        out.room(TRAILER_BYTES).putInt(record);
    }

    /**
     * Hands everything written so far to the channel, so that another program can read it.
     *
     * @throws IOException if writing fails
     */
    public void flush() throws IOException {
        out.flush();
    }

    /**
     * Flushes and closes the channel; the channel is closed also if flushing fails.
     *
     * @throws IOException if flushing or closing fails
     */
    @Override
    public void close() throws IOException {
        out.close();
    }

    /**
     * The size of the capture.
     *
     * @return bytes, with the file header and what is still in the buffer
     */
    public long bytesWritten() {
        return bytesWritten;
    }

    /**
     * How many packets the capture holds.
     *
     * @return packets
     */
    public long packetsWritten() {
        return packetsWritten;
    }

    /**
     * How many packets were refused because the file is full.
     *
     * @return packets
     */
    public long packetsRefused() {
        return packetsRefused;
    }
}
