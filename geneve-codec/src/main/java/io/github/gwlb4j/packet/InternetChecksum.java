package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum: in full (RFC 1071) and updated for a changed field (RFC 1624).
 *
 * <p>Stateless; usable from any thread. Nothing is allocated. Checksums are 16-bit values as they stand in a header;
 * sums are one's complement sums before folding, and may be added up.
 */
public final class InternetChecksum {
    private static final VarHandle NATIVE = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final boolean IS_BIG_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    private static final int BLOCK = 128;

    private InternetChecksum() {
    }

    /**
     * Adds up a region as 16-bit words in network byte order; a last odd byte counts as the upper half of a word.
     *
     * @param buffer      holds the data
     * @param offset      absolute position of the first byte
     * @param lengthBytes 0 to 2^31-1
     * @return the sum, not folded; only a region of even length may be followed by another one
     */
    public static long sum(ByteBuffer buffer, int offset, int lengthBytes) {
        int end = offset + lengthBytes;
        int at = offset;
        long sum = 0;
        if (lengthBytes >= 2 * BLOCK) {
            at = end - lengthBytes % BLOCK;
            sum = sumOfBlocks(buffer, offset, at);
        }
        // 32-bit halves in a 64-bit sum cannot overflow for any buffer that Java can hold.
        for (; at <= end - 32; at += 32) {
            long a = Bytes.i64(buffer, at);
            long b = Bytes.i64(buffer, at + 8);
            long c = Bytes.i64(buffer, at + 16);
            long d = Bytes.i64(buffer, at + 24);
            sum += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32)
                    + (a & 0xffff_ffffL) + (b & 0xffff_ffffL) + (c & 0xffff_ffffL) + (d & 0xffff_ffffL);
        }
        for (; at <= end - 4; at += 4) {
            sum += Integer.toUnsignedLong(Bytes.i32(buffer, at));
        }
        if (at <= end - 2) {
            sum += Bytes.u16(buffer, at);
            at += 2;
        }
        return at < end ? sum + (Bytes.u8(buffer, at) << 8) : sum;
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

    /**
     * Folds a sum into 16 bits with end-around carry.
     *
     * @param sum not negative
     * @return 0 to 65535
     */
    public static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & 0xffff_ffffL);
        folded = (folded >>> 32) + (folded & 0xffff_ffffL);
        folded = (folded >>> 16) + (folded & 0xffff);
        folded = (folded >>> 16) + (folded & 0xffff);
        return (int) ((folded >>> 16) + (folded & 0xffff));
    }

    /**
     * The checksum of a region, its own checksum field taken as it is: over a region with a right checksum the result is 0.
     *
     * @param buffer      holds the data
     * @param offset      absolute position of the first byte
     * @param lengthBytes bytes
     * @return 0 to 65535
     */
    public static int of(ByteBuffer buffer, int offset, int lengthBytes) {
        return ~fold(sum(buffer, offset, lengthBytes)) & 0xffff;
    }

    /**
     * Sum of the pseudo header that TCP, UDP and ICMPv6 checksums include (RFC 9293, RFC 768, RFC 8200 8.1). Behind an IPv6
     * routing header with segments left its destination is the final one.
     *
     * @param packet          wrapped with {@link PacketStatus#OK}
     * @param protocol        0 to 255
     * @param transportLength bytes of transport header and data
     * @return the sum, not folded
     */
    public static long pseudoHeaderSum(IpPacket packet, int protocol, int transportLength) {
        ByteBuffer buffer = packet.buffer();
        int rest = protocol + transportLength;
        if (packet.version() == 4) {
            return sum(buffer, packet.offset() + IpLayout.IPV4_SOURCE_OFFSET, 8) + rest;
        }
        return sum(buffer, packet.offset() + IpLayout.IPV6_SOURCE_OFFSET, 16)
                + sum(buffer, packet.finalDestinationOffset(), 16) + rest;
    }

    /**
     * The full transport checksum of a whole packet, its own checksum field included as it is: TCP, UDP, UDP-Lite, DCCP (the
     * last two as far as their coverage goes), ICMP and ICMPv6.
     *
     * @param packet wrapped with {@link PacketStatus#OK}, its {@link IpPacket#transportStatus()} OK too; not a fragment
     * @return 0 if the checksum in the packet is right, and for every other protocol; a UDP checksum field of 0 means that
     *         there is none
     */
    public static int ofTransport(IpPacket packet) {
        ByteBuffer buffer = packet.buffer();
        int at = packet.transportOffset();
        int length = packet.transportLength();
        int covered = length;
        switch (packet.protocol()) {
            case IpProtocol.ICMP:
                return of(buffer, at, length);
            case IpProtocol.UDP: // its own length counts; bytes behind it belong to nobody
                length = Math.min(length, Bytes.u16(buffer, at + UdpHeader.LENGTH_OFFSET));
                covered = length;
                break;
            case IpProtocol.UDP_LITE: // RFC 3828, 3.1
                int coverage = Bytes.u16(buffer, at + UdpHeader.LENGTH_OFFSET);
                covered = coverage == 0 ? length : Math.min(length, coverage);
                break;
            case IpProtocol.DCCP: // RFC 4340, 9.2
                int headerLength = Bytes.u8(buffer, at + 4) << 2;
                int dataCoverage = Bytes.u8(buffer, at + 5) & 0xf;
                covered = dataCoverage == 0 ? length : Math.min(length, headerLength + (dataCoverage - 1 << 2));
                break;
            case IpProtocol.TCP:
            case IpProtocol.ICMPV6:
                break;
            default:
                return 0;
        }
        return ~fold(pseudoHeaderSum(packet, packet.protocol(), length) + sum(buffer, at, covered)) & 0xffff;
    }

    /**
     * Updates a checksum for a 16-bit field that changes (RFC 1624, equation 3).
     *
     * @param checksum as it stands in the header
     * @param before   16 bits
     * @param after    16 bits
     * @return the new checksum, 0 to 65535
     */
    public static int update16(int checksum, int before, int after) {
        return foldUpdated(~checksum & 0xffff, (~before & 0xffff) + (after & 0xffff));
    }

    /**
     * Updates a checksum for a 32-bit field, at an even position, that changes.
     *
     * @param checksum as it stands in the header
     * @param before   32 bits
     * @param after    32 bits
     * @return the new checksum, 0 to 65535
     */
    public static int update32(int checksum, int before, int after) {
        return foldUpdated(~checksum & 0xffff, sumOf(~before) + sumOf(after));
    }

    /**
     * Updates a checksum for a 64-bit field, at an even position, that changes.
     *
     * @param checksum as it stands in the header
     * @param before   64 bits
     * @param after    64 bits
     * @return the new checksum, 0 to 65535
     */
    public static int update64(int checksum, long before, long after) {
        return foldUpdated(~checksum & 0xffff, sumOf((int) ~(before >>> 32)) + sumOf((int) ~before)
                + sumOf((int) (after >>> 32)) + sumOf((int) after));
    }

    private static int sumOf(int twoWords) {
        return (twoWords >>> 16) + (twoWords & 0xffff);
    }

    /** At most nine 16-bit words: folding twice is enough. */
    private static int foldUpdated(int complement, int difference) {
        int sum = complement + difference;
        sum = (sum >>> 16) + (sum & 0xffff);
        return ~((sum >>> 16) + sum) & 0xffff;
    }
}
