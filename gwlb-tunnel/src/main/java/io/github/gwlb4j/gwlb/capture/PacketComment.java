package io.github.gwlb4j.gwlb.capture;

import java.nio.charset.StandardCharsets;

/** The comment of one direction's packets, written anew into the same bytes for each. One thread's. */
final class PacketComment {
    private static final String ENDPOINT = " endpoint=0"; // ids are written with 17 digits, of which 64 bits fill 16
    private static final String COOKIE = " cookie=0x";
    private static final int ENDPOINT_DIGITS = 16;
    private static final int COOKIE_DIGITS = 8;

    private final byte[] utf8;
    private final int endpointEnd;

    PacketComment(CaptureDirection direction) {
        String start = direction.label() + ENDPOINT + "0".repeat(ENDPOINT_DIGITS);
        this.utf8 = (start + COOKIE + "0".repeat(COOKIE_DIGITS)).getBytes(StandardCharsets.US_ASCII);
        this.endpointEnd = start.length();
    }

    /** For example {@code received endpoint=00123456789abcdef cookie=0x89abcdef}; valid until the next call. */
    byte[] of(long endpointId, int flowCookie) {
        putHex(endpointId, endpointEnd, ENDPOINT_DIGITS);
        putHex(flowCookie, utf8.length, COOKIE_DIGITS);
        return utf8;
    }

    private void putHex(long value, int end, int digits) {
        long rest = value;
        for (int at = end - 1; at >= end - digits; at--) {
            utf8[at] = (byte) Character.forDigit((int) rest & 0xf, 16);
            rest >>>= 4;
        }
    }
}
