package io.github.gwlb4j.reference;

/** The Internet checksum, word by word, the carry put back at once (RFC 1071, 1). Slow and plain on purpose. */
public final class SlowChecksum {
    private SlowChecksum() {
    }

    public static int of(byte[]... parts) {
        int sum = 0;
        for (byte[] part : parts) {
            for (int i = 0; i < part.length; i += 2) {
                int high = part[i] & 0xff;
                int low = i + 1 < part.length ? part[i + 1] & 0xff : 0;
                sum += high * 256 + low;
                if (sum > 0xffff) {
                    sum -= 0xffff;
                }
            }
        }
        return 0xffff - sum;
    }
}
