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
 * where the rest of the ring is too small for it, a mark says to go on at the start. {@link CaptureRecord} says what is in one.
 */
public final class CaptureQueue {
    /** Longest UDP payload over IPv4. */
    public static final int MAX_DATAGRAM_BYTES = 65_535 - OuterHeaders.BYTES;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    /** The two positions stand behind the records, each on cache lines of its own. */
    private static final int LINES = 128;

    /** Receives the records, each valid until the call returns. */
    interface Sink {
        void onRecord(ByteBuffer ring, int at);
    }

    private final CaptureContent content;
    private final int snapLength;
    /** Null if all packets are captured. */
    private final CaptureFilter filter;
    private final int capacity;
    private final ByteBuffer ring;
    private final int tailAt;
    private final int headAt;
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong filterFailures = new AtomicLong();
    private volatile RuntimeException filterFailure;
    private volatile boolean isClosed;
    private final CapturedPacket plain = new CapturedPacket();
    /** The producer's own position, and the consumer's as last looked at: it is read again only when the ring seems full. */
    private long tail;
    private long seenHead;

    /** A queue of at least so many bytes; both numbers were checked by the capture's builder. */
    CaptureQueue(CaptureContent content, int snapLength, int queueBytes) {
        this(content, snapLength, queueBytes, null);
    }

    CaptureQueue(CaptureContent content, int snapLength, int queueBytes, CaptureFilter filter) {
        this.content = content;
        this.snapLength = snapLength;
        this.filter = filter;
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
     * Copies a GENEVE datagram of which nothing else is known into the queue of an {@link CaptureContent#OUTER} capture, as
     * {@link #offerDatagram(CapturedPacket, long, ByteBuffer, int, int, int, int, int, int)} does.
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
     * @return false if the queue is full, which is counted, the filter does not match, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalArgumentException  if the datagram is longer than UDP over IPv4 has them
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#INNER} one
     */
    public boolean offerDatagram(CaptureDirection direction, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes,
            int sourceIpv4, int destinationIpv4, int sourcePort, int destinationPort) {
        return offerDatagram(plain.begin(direction), wallClockNs, buffer, offset, lengthBytes, sourceIpv4, destinationIpv4, sourcePort,
                destinationPort);
    }

    /**
     * Copies a GENEVE datagram into the queue of an {@link CaptureContent#OUTER} capture, if the filter matches.
     *
     * @param packet          what is known about it, for the filter and the comment
     * @param wallClockNs     when, nanoseconds since 1970-01-01 UTC
     * @param buffer          holds the datagram; its position, limit and byte order do not matter and do not change
     * @param offset          absolute position of the GENEVE header
     * @param lengthBytes     bytes of UDP payload, at most 65,507
     * @param sourceIpv4      outer source address, network order: 10.0.0.1 is 0x0a000001
     * @param destinationIpv4 outer destination address
     * @param sourcePort      outer UDP source port, 0 to 65535
     * @param destinationPort outer UDP destination port
     * @return false if the queue is full, which is counted, the filter does not match, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalArgumentException  if the datagram is longer than UDP over IPv4 has them
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#INNER} one
     */
    public boolean offerDatagram(CapturedPacket packet, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes,
            int sourceIpv4, int destinationIpv4, int sourcePort, int destinationPort) {
        requireContent(CaptureContent.OUTER);
        if (lengthBytes > MAX_DATAGRAM_BYTES) {
            throw new IllegalArgumentException("datagram of " + lengthBytes + " bytes, UDP over IPv4 has at most " + MAX_DATAGRAM_BYTES);
        }
        return offer(packet, wallClockNs, buffer, offset, lengthBytes, snapLength - OuterHeaders.BYTES,
                (long) sourceIpv4 << 32 | destinationIpv4 & 0xffff_ffffL, sourcePort << 16 | destinationPort & 0xffff);
    }

    /**
     * Copies an inner packet of which nothing else is known into the queue of an {@link CaptureContent#INNER} capture, as
     * {@link #offerPacket(CapturedPacket, long, ByteBuffer, int, int)} does.
     *
     * @param direction   which way it went
     * @param wallClockNs when, nanoseconds since 1970-01-01 UTC
     * @param buffer      holds the packet; its position, limit and byte order do not matter and do not change
     * @param offset      absolute position of the inner IP header
     * @param lengthBytes bytes of the packet
     * @param endpointId  of the tunnel
     * @param flowCookie  of the packet's GENEVE header
     * @return false if the queue is full, which is counted, the filter does not match, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#OUTER} one
     */
    public boolean offerPacket(CaptureDirection direction, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes,
            long endpointId, int flowCookie) {
        return offerPacket(plain.begin(direction).tunnel(endpointId, flowCookie), wallClockNs, buffer, offset, lengthBytes);
    }

    /**
     * Copies an inner packet into the queue of an {@link CaptureContent#INNER} capture, if the filter matches.
     *
     * @param packet      what is known about it, for the filter and the comment
     * @param wallClockNs when, nanoseconds since 1970-01-01 UTC
     * @param buffer      holds the packet; its position, limit and byte order do not matter and do not change
     * @param offset      absolute position of the inner IP header
     * @param lengthBytes bytes of the packet
     * @return false if the queue is full, which is counted, the filter does not match, or the capture is closed
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     * @throws IllegalStateException     if the capture is an {@link CaptureContent#OUTER} one
     */
    public boolean offerPacket(CapturedPacket packet, long wallClockNs, ByteBuffer buffer, int offset, int lengthBytes) {
        requireContent(CaptureContent.INNER);
        return offer(packet, wallClockNs, buffer, offset, lengthBytes, snapLength, 0, 0);
    }

    private void requireContent(CaptureContent offered) {
        if (content != offered) {
            throw new IllegalStateException("this capture's content is " + content + ": offer it "
                    + (content == CaptureContent.OUTER ? "datagrams" : "packets"));
        }
    }

    private boolean isWanted(CapturedPacket packet) {
        try {
            return filter == null || filter.matches(packet);
        } catch (RuntimeException e) {
            filterFailures.lazySet(filterFailures.getPlain() + 1);
            if (filterFailure == null) {
                filterFailure = e;
            }
            return false;
        }
    }

    private boolean offer(CapturedPacket packet, long timeNs, ByteBuffer buffer, int offset, int length, int most, long addresses,
            int ports) {
        Objects.checkFromIndexSize(offset, length, buffer.limit());
        if (isClosed || !isWanted(packet)) {
            return false;
        }
        int stored = Math.min(length, most);
        String note = packet.note();
        int noteLength = note == null ? 0 : Math.min(note.length(), CaptureRecord.MAX_NOTE_BYTES);
        int record = CaptureRecord.bytes(stored + noteLength);
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
        CaptureRecord.putSizes(ring, place, record, stored, length, noteLength);
        CaptureRecord.putPlace(ring, place, timeNs, addresses, ports);
        CaptureRecord.putAbout(ring, place, packet);
        ring.put(place + CaptureRecord.HEADER_BYTES, buffer, offset, stored);
        CaptureRecord.putNote(ring, place, note);
        tail += skipped + record;
        LONG.setRelease(ring, tailAt, tail);
        return true;
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

    /** How often the filter threw. From any thread. */
    long filterFailures() {
        return filterFailures.get();
    }

    /** What it threw first; null if nothing. From any thread. */
    RuntimeException filterFailure() {
        return filterFailure;
    }
}
