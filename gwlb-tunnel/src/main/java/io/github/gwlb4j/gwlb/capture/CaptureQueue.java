package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.gwlb.DropReason;
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
 *  16  i64  outer addresses, the source on top
 *  24  i32  outer ports, the source on top
 *  28  i32  bytes of the packet before it was cut
 *  32  i64  endpoint id
 *  40  i64  attachment id
 *  48  i32  flow cookie
 *  52  u8   direction
 *  53  u8   verdict, from 1; 0 if it is not known
 *  54  u8   drop reason, from 1; 0 if there is none
 *  55  u8   which of the ids are there: 1 the endpoint, 2 the attachment, 4 the cookie
 *  56  i32  bytes of the note
 *  64  data, then the note
 * </pre>
 */
public final class CaptureQueue {
    /** Longest UDP payload over IPv4. */
    public static final int MAX_DATAGRAM_BYTES = 65_535 - OuterHeaders.BYTES;
    static final int RECORD_HEADER_BYTES = 64;
    /** More of a note is not kept. */
    static final int MAX_NOTE_BYTES = 64;
    private static final int STORED_AT = 4;
    private static final int TIME_AT = 8;
    private static final int ADDRESSES_AT = 16;
    private static final int PORTS_AT = 24;
    private static final int ORIGINAL_AT = 28;
    private static final int ENDPOINT_AT = 32;
    private static final int ATTACHMENT_AT = 40;
    private static final int COOKIE_AT = 48;
    private static final int DIRECTION_AT = 52;
    private static final int VERDICT_AT = 53;
    private static final int REASON_AT = 54;
    private static final int PRESENT_AT = 55;
    private static final int NOTE_LENGTH_AT = 56;
    private static final int HAS_ENDPOINT = 1;
    private static final int HAS_ATTACHMENT = 2;
    private static final int HAS_COOKIE = 4;
    private static final DropReason[] REASONS = DropReason.values();

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
        int noteLength = note == null ? 0 : Math.min(note.length(), MAX_NOTE_BYTES);
        int record = recordBytes(stored + noteLength);
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
        ring.putLong(place + ADDRESSES_AT, addresses);
        ring.putInt(place + PORTS_AT, ports);
        ring.putInt(place + ORIGINAL_AT, length);
        putAbout(place, packet);
        ring.put(place + RECORD_HEADER_BYTES, buffer, offset, stored);
        ring.putInt(place + NOTE_LENGTH_AT, noteLength);
        putNote(place + RECORD_HEADER_BYTES + stored, note, noteLength);
        tail += skipped + record;
        LONG.setRelease(ring, tailAt, tail);
        return true;
    }

    private void putAbout(int place, CapturedPacket packet) {
        ring.putLong(place + ENDPOINT_AT, packet.endpointId());
        ring.putLong(place + ATTACHMENT_AT, packet.attachmentId());
        ring.putInt(place + COOKIE_AT, packet.flowCookie());
        ring.put(place + DIRECTION_AT, (byte) packet.direction().ordinal());
        ring.put(place + VERDICT_AT, (byte) (packet.verdict() == null ? 0 : packet.verdict().ordinal() + 1));
        ring.put(place + REASON_AT, (byte) (packet.reason() == null ? 0 : packet.reason().ordinal() + 1));
        ring.put(place + PRESENT_AT, (byte) ((packet.hasEndpoint() ? HAS_ENDPOINT : 0) | (packet.hasAttachment() ? HAS_ATTACHMENT : 0)
                | (packet.hasFlowCookie() ? HAS_COOKIE : 0)));
    }

    /** In ASCII; what is not, and what could end the note in its comment, becomes a question mark. */
    private void putNote(int at, String note, int length) {
        for (int i = 0; i < length; i++) {
            char c = note.charAt(i);
            ring.put(at + i, (byte) (c >= ' ' && c < 0x7f && c != '"' ? c : '?'));
        }
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

    /** How often the filter threw. From any thread. */
    long filterFailures() {
        return filterFailures.get();
    }

    /** What it threw first; null if nothing. From any thread. */
    RuntimeException filterFailure() {
        return filterFailure;
    }

    static int storedBytes(ByteBuffer ring, int at) {
        return ring.getInt(at + STORED_AT);
    }

    static long timeNs(ByteBuffer ring, int at) {
        return ring.getLong(at + TIME_AT);
    }

    static long outerAddresses(ByteBuffer ring, int at) {
        return ring.getLong(at + ADDRESSES_AT);
    }

    static int outerPorts(ByteBuffer ring, int at) {
        return ring.getInt(at + PORTS_AT);
    }

    static int originalBytes(ByteBuffer ring, int at) {
        return ring.getInt(at + ORIGINAL_AT);
    }

    static CaptureDirection direction(ByteBuffer ring, int at) {
        return CaptureDirection.of(ring.get(at + DIRECTION_AT));
    }

    /** Null if it is not known. */
    static CaptureVerdict verdict(ByteBuffer ring, int at) {
        int verdict = ring.get(at + VERDICT_AT);
        return verdict == 0 ? null : CaptureVerdict.of(verdict - 1);
    }

    /** Null if there is none. */
    static DropReason reason(ByteBuffer ring, int at) {
        int reason = ring.get(at + REASON_AT) & 0xff;
        return reason == 0 ? null : REASONS[reason - 1];
    }

    static boolean hasEndpoint(ByteBuffer ring, int at) {
        return (ring.get(at + PRESENT_AT) & HAS_ENDPOINT) != 0;
    }

    static long endpointId(ByteBuffer ring, int at) {
        return ring.getLong(at + ENDPOINT_AT);
    }

    static boolean hasAttachment(ByteBuffer ring, int at) {
        return (ring.get(at + PRESENT_AT) & HAS_ATTACHMENT) != 0;
    }

    static long attachmentId(ByteBuffer ring, int at) {
        return ring.getLong(at + ATTACHMENT_AT);
    }

    static boolean hasFlowCookie(ByteBuffer ring, int at) {
        return (ring.get(at + PRESENT_AT) & HAS_COOKIE) != 0;
    }

    static int flowCookie(ByteBuffer ring, int at) {
        return ring.getInt(at + COOKIE_AT);
    }

    static int noteBytes(ByteBuffer ring, int at) {
        return ring.getInt(at + NOTE_LENGTH_AT);
    }

    static byte noteByte(ByteBuffer ring, int at, int index) {
        return ring.get(at + RECORD_HEADER_BYTES + storedBytes(ring, at) + index);
    }
}
