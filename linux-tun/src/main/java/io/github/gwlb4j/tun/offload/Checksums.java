package io.github.gwlb4j.tun.offload;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum of RFC 1071, as sums that can be added up before they are folded. Stateless.
 *
 * <p>The codec's {@code InternetChecksum} does the same the same way; neither module knows the other.
 */
final class Checksums {

    private static final VarHandle NATIVE = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final boolean IS_BIG_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    private static final long LOW_32 = 0xffff_ffffL;
    private static final int BLOCK = 128;

    private Checksums() {
    }

    /**
     * Sum of the 16-bit words of a region of a big-endian buffer; an odd last byte is padded with 0. It adds up 32-bit words,
     * which gives the same once folded, for 2^16 is 1 in one's complement arithmetic (RFC 1071 section 2 (C)).
     *
     * @return 0 to 0xffff
     */
    static int sum(ByteBuffer buffer, int offset, int length) {
        long high = 0;
        long low = 0;
        int at = offset;
        int end = offset + length;
        if (length >= 2 * BLOCK) {
            at = end - length % BLOCK;
            low = sumOfBlocks(buffer, offset, at);
        }
        // No carry is lost: each step adds less than 2^34 and there are less than 2^13 steps in 64 KB.
        for (; at <= end - 32; at += 32) {
            long a = buffer.getLong(at);
            long b = buffer.getLong(at + 8);
            long c = buffer.getLong(at + 16);
            long d = buffer.getLong(at + 24);
            low += (a & LOW_32) + (b & LOW_32) + (c & LOW_32) + (d & LOW_32);
            high += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
        }
        for (; at <= end - 8; at += 8) {
            long a = buffer.getLong(at);
            low += a & LOW_32;
            high += a >>> 32;
        }
        return fold(high + low + (at == end ? 0 : tail(buffer, at, end)));
    }

    /**
     * Whole blocks, in the machine's own byte order, for a sum whose bytes are swapped is the sum of swapped words (RFC 1071, 2 (B)). All
     * longs are added up, modulo 2^64, and their upper halves once more by themselves, which cannot overflow: that tells what the lower ones are.
     * Unrolled so far that the JVM compiles this by itself: within another method it runs out of registers.
     */
    private static int sumOfBlocks(ByteBuffer buffer, int from, int end) {
        long all = 0;
        long high = 0;
        long a;
        long b;
        long c;
        long d;
        for (int at = from; at < end; at += BLOCK) {
            a = (long) NATIVE.get(buffer, at);
            b = (long) NATIVE.get(buffer, at + 8);
            c = (long) NATIVE.get(buffer, at + 16);
            d = (long) NATIVE.get(buffer, at + 24);
            all += a + b + (c + d);
            high += (a >>> 32) + (b >>> 32) + ((c >>> 32) + (d >>> 32));
            a = (long) NATIVE.get(buffer, at + 32);
            b = (long) NATIVE.get(buffer, at + 40);
            c = (long) NATIVE.get(buffer, at + 48);
            d = (long) NATIVE.get(buffer, at + 56);
            all += a + b + (c + d);
            high += (a >>> 32) + (b >>> 32) + ((c >>> 32) + (d >>> 32));
            a = (long) NATIVE.get(buffer, at + 64);
            b = (long) NATIVE.get(buffer, at + 72);
            c = (long) NATIVE.get(buffer, at + 80);
            d = (long) NATIVE.get(buffer, at + 88);
            all += a + b + (c + d);
            high += (a >>> 32) + (b >>> 32) + ((c >>> 32) + (d >>> 32));
            a = (long) NATIVE.get(buffer, at + 96);
            b = (long) NATIVE.get(buffer, at + 104);
            c = (long) NATIVE.get(buffer, at + 112);
            d = (long) NATIVE.get(buffer, at + 120);
            all += a + b + (c + d);
            high += (a >>> 32) + (b >>> 32) + ((c >>> 32) + (d >>> 32));
        }
        int folded = fold(high + (all - (high << 32)));
        return IS_BIG_ENDIAN ? folded : (folded & 0xff) << 8 | folded >>> 8;
    }

    private static long tail(ByteBuffer buffer, int from, int end) {
        long sum = 0;
        int at = from;
        for (; at < end - 1; at += 2) {
            sum += Short.toUnsignedInt(buffer.getShort(at));
        }
        return at < end ? sum + (Byte.toUnsignedInt(buffer.get(at)) << 8) : sum;
    }

    /** Folds a sum of 16-bit or 32-bit words into 16 bits, not complemented. */
    static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & LOW_32);
        folded = (folded >>> 16) + (folded & 0xffff);
        folded = (folded >>> 16) + (folded & 0xffff);
        return (int) ((folded >>> 16) + (folded & 0xffff));
    }

    /** The checksum field's value for a sum of everything else. */
    static int complement(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /** Sum of the pseudo-header of an IPv4 packet (RFC 9293 section 3.1). */
    static long pseudoHeader4(ByteBuffer buffer, int ip, int protocol, int l4Length) {
        return (buffer.getInt(ip + 12) & LOW_32) + (buffer.getInt(ip + 16) & LOW_32) + protocol + l4Length;
    }

    /** Sum of the pseudo-header of an IPv6 packet without a routing header (RFC 8200 section 8.1). */
    static long pseudoHeader6(ByteBuffer buffer, int ip, int protocol, int l4Length) {
        return sum(buffer, ip + 8, 32) + (long) protocol + l4Length;
    }
}
