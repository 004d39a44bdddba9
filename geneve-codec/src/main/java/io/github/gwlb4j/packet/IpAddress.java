package io.github.gwlb4j.packet;

/**
 * Addresses as two longs, as {@link IpPacket} gives them, and their text. Cold path: allocates. Stateless; usable from any
 * thread.
 */
public final class IpAddress {
    private static final int GROUPS = 8;
    private static final int IPV4_MAPPED = 0xffff;

    private IpAddress() {
    }

    /**
     * Writes an address as people do: dotted quad, or RFC 5952 for IPv6.
     *
     * @param version 4 or 6
     * @param high    upper 64 bits; ignored for IPv4
     * @param low     lower 64 bits; for IPv4 the address in the lower 32
     * @return for example {@code 10.0.0.1} or {@code 2001:db8::1}
     */
    public static String format(int version, long high, long low) {
        return version == 4 ? formatIpv4((int) low) : formatIpv6(high, low);
    }

    /**
     * Writes an address and a port; an IPv6 address in brackets (RFC 5952, 6).
     *
     * @param version 4 or 6
     * @param high    upper 64 bits; ignored for IPv4
     * @param low     lower 64 bits; for IPv4 the address in the lower 32
     * @param port    0 to 65535
     * @return for example {@code 10.0.0.1:443} or {@code [2001:db8::1]:443}
     */
    public static String format(int version, long high, long low, int port) {
        return version == 4 ? formatIpv4((int) low) + ":" + port : "[" + formatIpv6(high, low) + "]:" + port;
    }

    /**
     * Writes an IPv4 address as a dotted quad.
     *
     * @param address 32 bits, the first octet on top
     * @return for example {@code 10.0.0.1}
     */
    public static String formatIpv4(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address & 0xff);
    }

    private static String formatIpv6(long high, long low) {
        if (high == 0 && low >>> 32 == IPV4_MAPPED) {
            return "::ffff:" + formatIpv4((int) low); // RFC 5952, 5
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            long half = i < 4 ? high : low;
            groups[i] = (int) (half >>> 48 - 16 * (i & 3)) & 0xffff;
        }
        int start = longestZeroRun(groups);
        int end = start;
        while (end < GROUPS && start >= 0 && groups[end] == 0) {
            end++;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i = end - 1;
                continue;
            }
            if (i > 0 && i != end) {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    /** RFC 5952, 4.2: the longest run of at least two zero groups, the first of equal ones; -1 if there is none. */
    private static int longestZeroRun(int[] groups) {
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int length = 0;
            while (i + length < GROUPS && groups[i + length] == 0) {
                length++;
            }
            if (length > bestLength) {
                best = i;
                bestLength = length;
            }
            i += length;
        }
        return best;
    }
}
