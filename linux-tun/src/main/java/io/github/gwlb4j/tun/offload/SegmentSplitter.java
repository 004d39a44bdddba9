package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;

import io.github.gwlb4j.tun.PacketBatch;

/**
 * Takes a frame of the kernel apart into packets as they go over a wire, one at a time and without copying payload. Owned
 * by one thread; allocates nothing.
 *
 * <pre>
 *   frame:     [virtio_net][IP][TCP][payload 0 .. gso_size][payload .. 2 gso_size][payload, the rest]
 *   segment i: headers, written by {@link #next(ByteBuffer, int)}  +  payload, where it lies in the frame
 * </pre>
 *
 * <p>A frame that is one packet gives one segment with headers of length 0 and the whole packet as payload; if its checksum
 * was left to us it is finished in place, in the frame.
 *
 * <p>What changes from segment to segment is what Linux changes too (tcp_gso_segment, __udp_gso_segment): lengths, the
 * IPv4 identification (counted up, but for 0, which stays: see {@link SegmentCoalescer}), the TCP sequence number, FIN and
 * PSH (last segment only), CWR (first only), checksums.
 */
public final class SegmentSplitter {

    private final SegmentTemplate template = new SegmentTemplate();
    private ByteBuffer frame;
    private int payloadStart;
    private int payloadEnd;
    private int nextPayload;
    private int segmentSize;
    private int headerLength;
    private int index;
    private boolean pending;
    private int payloadOffset;
    private int payloadLength;

    /** Makes a splitter. */
    public SegmentSplitter() {
        // Nothing to set: begin() does.
    }

    /**
     * Starts with a frame that has a virtio_net header.
     *
     * @param frames where it is
     * @param frameIndex which one
     * @return {@link SplitStatus#OK}, or why there are no segments
     */
    public SplitStatus begin(PacketBatch frames, int frameIndex) {
        return begin(frames.buffer(), frames.offset(frameIndex), frames.length(frameIndex));
    }

    /**
     * Starts with a frame that has a virtio_net header.
     *
     * @param buffer where it is, big-endian
     * @param offset first byte of the virtio_net header
     * @param length length of header and packet in bytes
     * @return {@link SplitStatus#OK}, or why there are no segments
     */
    public SplitStatus begin(ByteBuffer buffer, int offset, int length) {
        pending = false;
        if (frame != buffer) { // storing a reference costs a garbage collector's barrier
            frame = buffer;
        }
        index = 0;
        int packet = offset + VnetHeader.LENGTH;
        int packetLength = length - VnetHeader.LENGTH;
        if (packetLength < 1) {
            return SplitStatus.TRUNCATED;
        }
        SplitStatus status = VnetHeader.gsoType(buffer, offset) == VnetHeader.GSO_NONE
                ? beginPlain(offset, packet, packetLength) : beginSuperPacket(offset, packet, packetLength);
        pending = status == SplitStatus.OK;
        return status;
    }

    private SplitStatus beginPlain(int vnet, int packet, int packetLength) {
        if ((VnetHeader.flags(frame, vnet) & VnetHeader.FLAG_NEEDS_CSUM) != 0) {
            int start = VnetHeader.csumStart(frame, vnet);
            int field = start + VnetHeader.csumOffset(frame, vnet);
            if (field + Short.BYTES > packetLength) {
                return SplitStatus.BAD_CHECKSUM_PLACE;
            }
            finishChecksum(packet + start, packet + field, packetLength - start);
        }
        headerLength = 0;
        payloadStart = packet;
        nextPayload = packet;
        payloadEnd = packet + packetLength;
        segmentSize = packetLength;
        return SplitStatus.OK;
    }

    /** The field holds the pseudo-header's sum, so that the sum over all from there is what is left to complement. */
    private void finishChecksum(int start, int field, int length) {
        int checksum = Checksums.complement(Checksums.sum(frame, start, length));
        // 0 would mean "no checksum" in UDP; in TCP both forms of zero are right.
        frame.putShort(field, (short) (checksum == 0 && field - start == IpFields.UDP_CHECKSUM ? 0xffff : checksum));
    }

    private SplitStatus beginSuperPacket(int vnet, int packet, int packetLength) {
        SplitStatus status = template.read(frame, vnet, packet, packetLength);
        if (status != SplitStatus.OK) {
            return status;
        }
        headerLength = template.headerLength();
        payloadStart = packet + headerLength;
        nextPayload = payloadStart;
        payloadEnd = packet + packetLength;
        segmentSize = VnetHeader.gsoSize(frame, vnet);
        return SplitStatus.OK;
    }

    /**
     * Whether {@link #next(ByteBuffer, int)} has another segment.
     *
     * @return true until all were fetched
     */
    public boolean hasNext() {
        return pending;
    }

    /**
     * How many bytes of headers {@link #next(ByteBuffer, int)} writes.
     *
     * @return bytes, the same for all segments of a frame; 0 if the frame is one packet
     */
    public int headerLength() {
        return headerLength;
    }

    /**
     * How many segments the frame has.
     *
     * @return at least 1
     */
    public int segmentCount() {
        return Math.max(1, (payloadEnd - payloadStart + segmentSize - 1) / segmentSize);
    }

    /**
     * How long the next segment is with its headers.
     *
     * @return bytes
     */
    public int nextLength() {
        return headerLength + Math.min(segmentSize, payloadEnd - nextPayload);
    }

    /**
     * Fetches the next segment: writes its IP and TCP or UDP headers, complete with checksums, and tells where its payload
     * is.
     *
     * @param headers where the headers go, big-endian; must not overlap the frame
     * @param offset  their first byte
     * @return bytes written there, {@link #headerLength()}
     */
    public int next(ByteBuffer headers, int offset) {
        payloadOffset = nextPayload;
        payloadLength = Math.min(segmentSize, payloadEnd - nextPayload);
        nextPayload += payloadLength;
        pending = nextPayload < payloadEnd;
        if (headerLength > 0) {
            template.write(headers, offset, index, payloadOffset - payloadStart, payloadLength, !pending,
                    Checksums.sum(frame, payloadOffset, payloadLength));
        }
        index++;
        return headerLength;
    }

    /**
     * Where the payload of the last fetched segment is.
     *
     * @return offset in the frame's buffer
     */
    public int payloadOffset() {
        return payloadOffset;
    }

    /**
     * How long the payload of the last fetched segment is.
     *
     * @return bytes
     */
    public int payloadLength() {
        return payloadLength;
    }

    /**
     * Copies the remaining segments to a batch as packets, as many as fit.
     *
     * @param packets where to; packets are added behind those it holds
     * @return packets added; {@link #hasNext()} tells whether some are left
     */
    public int copyTo(PacketBatch packets) {
        int added = 0;
        while (pending) {
            int length = nextLength();
            int offset = packets.reserve(length, 0);
            if (offset < 0) {
                break;
            }
            int headerBytes = next(packets.buffer(), offset);
            packets.buffer().put(offset + headerBytes, frame, payloadOffset, payloadLength);
            packets.add(offset, length);
            added++;
        }
        return added;
    }
}
