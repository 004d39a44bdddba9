package io.github.gwlb4j.gwlb.capture;

import java.nio.ByteBuffer;

/** The comment of a captured packet, written anew into the same bytes for each. One thread's. */
final class PacketComment {
    private static final int MAX_BYTES = 320;
    private static final int ENDPOINT_DIGITS = 16;
    private static final int ATTACHMENT_DIGITS = 16;
    private static final int COOKIE_DIGITS = 8;

    private final byte[] text = new byte[MAX_BYTES];
    /** An array for each length that has come up, because the writer takes whole ones. */
    private final byte[][] ofLength = new byte[MAX_BYTES + 1][];
    private int length;

    /**
     * For example {@code received endpoint=00123456789abcdef cookie=0x89abcdef attachment=0x0000000000000001 verdict=dropped
     * reason=handler note="rule"}; what is not known is left out. Valid until the next call.
     */
    byte[] of(ByteBuffer ring, int at) {
        length = 0;
        put(CaptureRecord.direction(ring, at).label());
        if (CaptureRecord.hasEndpoint(ring, at)) {
            put(" endpoint=0"); // ids are written with 17 digits, of which 64 bits fill 16
            putHex(CaptureRecord.endpointId(ring, at), ENDPOINT_DIGITS);
        }
        if (CaptureRecord.hasFlowCookie(ring, at)) {
            put(" cookie=0x");
            putHex(CaptureRecord.flowCookie(ring, at), COOKIE_DIGITS);
        }
        if (CaptureRecord.hasAttachment(ring, at)) {
            put(" attachment=0x");
            putHex(CaptureRecord.attachmentId(ring, at), ATTACHMENT_DIGITS);
        }
        putVerdict(ring, at);
        putNote(ring, at);
        return copy();
    }

    private void putVerdict(ByteBuffer ring, int at) {
        CaptureVerdict verdict = CaptureRecord.verdict(ring, at);
        if (verdict == null) {
            return;
        }
        put(" verdict=");
        put(verdict.label());
        if (verdict == CaptureVerdict.DROPPED) {
            put(" reason=");
            put(CaptureWords.label(CaptureRecord.reason(ring, at)));
        }
    }

    private void putNote(ByteBuffer ring, int at) {
        int noteLength = CaptureRecord.noteBytes(ring, at);
        if (noteLength == 0) {
            return;
        }
        put(" note=\"");
        for (int i = 0; i < noteLength; i++) {
            text[length++] = CaptureRecord.noteByte(ring, at, i);
        }
        put("\"");
    }

    private void put(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            text[length++] = (byte) ascii.charAt(i);
        }
    }

    private void putHex(long value, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            text[length++] = (byte) Character.forDigit((int) (value >>> shift) & 0xf, 16);
        }
    }

    private byte[] copy() {
        if (ofLength[length] == null) {
            ofLength[length] = new byte[length];
        }
        System.arraycopy(text, 0, ofLength[length], 0, length);
        return ofLength[length];
    }
}
