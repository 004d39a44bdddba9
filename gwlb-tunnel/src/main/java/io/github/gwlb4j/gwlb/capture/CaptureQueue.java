package io.github.gwlb4j.gwlb.capture;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes copies of one worker's packets to a {@link PacketCapture}.
 *
 * <p>Offers come from one thread, the worker's; the capture's thread takes them out. Offering allocates nothing, never waits, and
 * drops when the queue is full.
 *
 * <p>The queue is a ring of records in direct memory. Producer and consumer each own a position that only grows; a record is
 * published by a release store of the producer's, its room is given back by one of the consumer's. A record never wraps around:
 * where the rest of the ring is too small for it, a mark says to go on at the start. Each record is, in host byte order:
 * <pre>
 *   0  i32  bytes of the record, a multiple of 8; the mark is negative: that many bytes to be passed over
 *   4  i32  bytes of data
 *   8  i64  time
 *  16  i64  outer addresses, the source on top; or the endpoint id
 *  24  i32  outer ports, the source on top; or the flow cookie
 *  28  i32  bytes of the packet before it was cut
 *  32  i32  direction
 *  40  data
 * </pre>
 */
public final class CaptureQueue {
    /** Longest UDP payload over IPv4. */
    public static final int MAX_DATAGRAM_BYTES = 65_535 - OuterHeaders.BYTES;
    static final int RECORD_HEADER_BYTES = 40;
    private static final int STORED_AT = 4;
    private static final int TIME_AT = 8;
    private static final int WHERE_AT = 16;
    private static final int MORE_AT = 24;
    private static final int ORIGINAL_AT = 28;
    private static final int DIRECTION_AT = 32;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    /** The two positions stand behind the records, each on cache lines of its own. */
    private static final int LINES = 128;

    /** Receives the records, each valid until the call returns. */
    interface Sink {
        void onRecord(ByteBuffer ring, int at);
    }

    private final CaptureContent content;
    private final int snapLength;
    private final int capacity;
    private final ByteBuffer ring;
    private final int tailAt;
    private final int headAt;
    private final AtomicLong dropped = new AtomicLong();
    private volatile boolean isClosed;
    /** The producer's own position, and the consumer's as last looked at: it is read again only when the ring seems full. */
    private long tail;
    private long seenHead;

    /** A queue of at least so many bytes; both numbers were checked by the capture's builder. */
    CaptureQueue(CaptureContent content, int snapLength, int queueBytes) {
        this.content = content;
        this.snapLength = snapLength;
        this.capacity = capacityFor(queueBytes);
        this.tailAt = capacity + LINES;
        this.headAt = capacity + 2 * LINES;
        try {
            ring = ByteBuffer.allocateDirect(capacity + 4 * LINES).alignedSlice(Long.BYTES).order(ByteOrder.nativeOrder());
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("a capture queue takes " + (capacity >> 10) + " KiB of direct memory, which this JVM may"
                    + " not have: raise -XX:MaxDirectMemorySize (by default the maximum heap, -Xmx) or lower queueBytes", e);
        }
    }

    /** A power of two, so that a position's place in the ring is a mask away. */
    private static int capacityFor(int queueBytes) {
        return Integer.highestOneBit(queueBytes - 1) << 1;
    }

    /**
     * Which of the two offers this queue takes.
     *
     * @return {@link CaptureContent#OUTER}: {@link #offerDatagram}; {@link CaptureContent#INNER}: {@link #offerPacket}
     */
    public CaptureContent content() {
        return content;
    }

    /**
     * Copies a GENEVE datagram into the queue of an {@link CaptureContent#OUTER} capture.
     *
     * @param direction       which way it went
     * @param wallClockNs     when, nanoseconds since 1970-01-01 UTC
     * @param buffer          holds the datagram; its position, limit and byte order do not matter and do not change
     * @param offset          absolute position of the GENEVE header
     * @param lengthBytes     bytes of UDP payload, at most 65,507
     * @param sourceIpv4      outer source address, network order: 10.0.0.1 is 0x0a000001
     * @param destinationIpv4 outer destination address
     * @param sourcePort      outer UDP source port, 0 to 65535
     * @param destinationPort outer UDP destination port
     * @return false if the queue is full, which is counted, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalArgumentException  if the datagram is longer than UDP over IPv4 has them
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#INNER} one
     */
    public boolean offerDatagram(CaptureDirection direction, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes,
            int sourceIpv4, int destinationIpv4, int sourcePort, int destinationPort) {
        requireContent(CaptureContent.OUTER);
        if (lengthBytes > MAX_DATAGRAM_BYTES) {
            throw new IllegalArgumentException("datagram of " + lengthBytes + " bytes, UDP over IPv4 has at most " + MAX_DATAGRAM_BYTES);
        }
        return offer(direction, wallClockNs, buffer, offset, lengthBytes, snapLength - OuterHeaders.BYTES,
                (long) sourceIpv4 << 32 | destinationIpv4 & 0xffff_ffffL, sourcePort << 16 | destinationPort & 0xffff);
    }

    /**
     * Copies an inner packet into the queue of an {@link CaptureContent#INNER} capture.
     *
     * @param direction   which way it went
     * @param wallClockNs when, nanoseconds since 1970-01-01 UTC
     * @param buffer      holds the packet; its position, limit and byte order do not matter and do not change
     * @param offset      absolute position of the inner IP header
     * @param lengthBytes bytes of the packet
     * @param endpointId  of the tunnel
     * @param flowCookie  of the packet's GENEVE header
     * @return false if the queue is full, which is counted, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#OUTER} one
     */
    public boolean offerPacket(CaptureDirection direction, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes,
            long endpointId, int flowCookie) {
        requireContent(CaptureContent.INNER);
        return offer(direction, wallClockNs, buffer, offset, lengthBytes, snapLength, endpointId, flowCookie);
    }

    private void requireContent(CaptureContent offered) {
        if (content != offered) {
            throw new IllegalStateException("this capture's content is " + content + ": offer it "
                    + (content == CaptureContent.OUTER ? "datagrams" : "packets"));
        }
    }

    private boolean offer(CaptureDirection direction, long timeNs, ByteBuffer buffer, int offset, int length, int most, long where,
            int more) {
        Objects.checkFromIndexSize(offset, length, buffer.limit());
        if (isClosed) {
            return false;
        }
        int stored = Math.min(length, most);
        int record = recordBytes(stored);
        int place = (int) tail & capacity - 1;
        int toEnd = capacity - place;
        int skipped = record > toEnd ? toEnd : 0;
        if (!hasRoom(skipped + record)) {
            dropped.lazySet(dropped.getPlain() + 1);
            return false;
        }
        if (skipped > 0) {
            ring.putInt(place, -skipped);
            place = 0;
        }
        ring.putInt(place, record);
        ring.putInt(place + STORED_AT, stored);
        ring.putLong(place + TIME_AT, timeNs);
        ring.putLong(place + WHERE_AT, where);
        ring.putInt(place + MORE_AT, more);
        ring.putInt(place + ORIGINAL_AT, length);
        ring.putInt(place + DIRECTION_AT, direction.ordinal());
        ring.put(place + RECORD_HEADER_BYTES, buffer, offset, stored);
        tail += skipped + record;
        LONG.setRelease(ring, tailAt, tail);
        return true;
    }

    static int recordBytes(int dataBytes) {
        return RECORD_HEADER_BYTES + dataBytes + 7 & ~7;
    }

    private boolean hasRoom(int bytes) {
        if (tail + bytes - seenHead <= capacity) {
            return true;
        }
        seenHead = (long) LONG.getAcquire(ring, headAt);
        return tail + bytes - seenHead <= capacity;
    }

    /** The capture's thread: hands over what is there now. False if there was nothing. */
    boolean drain(Sink sink) {
        long head = (long) LONG.get(ring, headAt);
        long end = (long) LONG.getAcquire(ring, tailAt);
        if (head == end) {
            return false;
        }
        while (head != end) {
            int at = (int) head & capacity - 1;
            int record = ring.getInt(at);
            if (record > 0) {
                sink.onRecord(ring, at);
            }
            head += Math.abs(record);
            LONG.setRelease(ring, headAt, head);
        }
        return true;
    }

    /** Refuses what is offered from now on. From any thread. */
    void close() {
        isClosed = true;
    }

    /**
     * How many packets were dropped because the queue was full. From any thread.
     *
     * @return packets since the start
     */
    public long dropped() {
        return dropped.get();
    }

    static int storedBytes(ByteBuffer ring, int at) {
        return ring.getInt(at + STORED_AT);
    }

    static long timeNs(ByteBuffer ring, int at) {
        return ring.getLong(at + TIME_AT);
    }

    /** Outer addresses or endpoint id. */
    static long where(ByteBuffer ring, int at) {
        return ring.getLong(at + WHERE_AT);
    }

    /** Outer ports or flow cookie. */
    static int more(ByteBuffer ring, int at) {
        return ring.getInt(at + MORE_AT);
    }

    static int originalBytes(ByteBuffer ring, int at) {
        return ring.getInt(at + ORIGINAL_AT);
    }

    static CaptureDirection direction(ByteBuffer ring, int at) {
        return CaptureDirection.of(ring.getInt(at + DIRECTION_AT));
    }
}
