package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.gwlb.DropReason;
import java.nio.ByteBuffer;

/**
 * One packet in a {@link CaptureQueue}'s ring, in host byte order:
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
final class CaptureRecord {
    static final int HEADER_BYTES = 64;
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

    private CaptureRecord() {
    }

    static int bytes(int dataAndNoteBytes) {
        return HEADER_BYTES + dataAndNoteBytes + 7 & ~7;
    }

    static void putSizes(ByteBuffer ring, int place, int record, int stored, int original, int note) {
        ring.putInt(place, record);
        ring.putInt(place + STORED_AT, stored);
        ring.putInt(place + ORIGINAL_AT, original);
        ring.putInt(place + NOTE_LENGTH_AT, note);
    }

    static void putPlace(ByteBuffer ring, int place, long timeNs, long addresses, int ports) {
        ring.putLong(place + TIME_AT, timeNs);
        ring.putLong(place + ADDRESSES_AT, addresses);
        ring.putInt(place + PORTS_AT, ports);
    }

    static void putAbout(ByteBuffer ring, int place, CapturedPacket packet) {
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
    static void putNote(ByteBuffer ring, int place, String note) {
        int length = ring.getInt(place + NOTE_LENGTH_AT);
        int at = place + HEADER_BYTES + storedBytes(ring, place);
        for (int i = 0; i < length; i++) {
            char c = note.charAt(i);
            ring.put(at + i, (byte) (c >= ' ' && c < 0x7f && c != '"' ? c : '?'));
        }
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
        return ring.get(at + HEADER_BYTES + storedBytes(ring, at) + index);
    }
}
