package io.github.gwlb4j.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 network in CIDR notation (RFC 4632, RFC 4291 2.3), or every address. Immutable; usable from any thread.
 *
 * <p>{@link #contains} allocates nothing. Addresses are two longs, as {@link IpPacket} gives them.
 */
public final class Cidr {
    /** Every IPv4 and IPv6 address. */
    public static final Cidr ANY = new Cidr(0, 0, 0, 0, 0, "any");

    private static final Pattern IPV4 = Pattern.compile("(OCTET\\.){3}OCTET".replace("OCTET", "(25[0-5]|2[0-4]\\d|1?\\d?\\d)"));
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;
    private static final int IPV4_BYTES = 4;

    private final int version;
    private final long high;
    private final long low;
    private final long highMask;
    private final long lowMask;
    private final String text;

    private Cidr(int version, long high, long low, long highMask, long lowMask, String text) {
        this.version = version;
        this.high = high;
        this.low = low;
        this.highMask = highMask;
        this.lowMask = lowMask;
        this.text = text;
    }

    /**
     * Reads {@code any}, ADDRESS or ADDRESS/BITS. Host names are not looked up.
     *
     * @param text for example {@code 10.0.0.0/8}, {@code 2001:db8::/32} or {@code 192.0.2.1}
     * @return the network
     * @throws IllegalArgumentException if the text is none, or has bits set behind the network; the message says which
     */
    public static Cidr parse(String text) {
        if (text.equals("any")) {
            return ANY;
        }
        int slash = text.indexOf('/');
        ByteBuffer address = ByteBuffer.wrap(parseAddress(slash < 0 ? text : text.substring(0, slash)));
        boolean isIpv4 = address.remaining() == IPV4_BYTES;
        int allBits = isIpv4 ? IPV4_BITS : IPV6_BITS;
        int bits = slash < 0 ? allBits : parseBits(text, text.substring(slash + 1), allBits);
        long high = isIpv4 ? 0 : address.getLong();
        long low = isIpv4 ? Integer.toUnsignedLong(address.getInt()) : address.getLong();
        long highMask = isIpv4 ? 0 : upperBits(bits);
        long lowMask = isIpv4 ? upperBits(bits) >>> IPV4_BITS : upperBits(bits - Long.SIZE);
        if ((high & ~highMask | low & ~lowMask) != 0) {
            throw new IllegalArgumentException("'" + text + "' has bits set behind the network; did you mean "
                    + IpAddress.format(isIpv4 ? 4 : 6, high & highMask, low & lowMask) + "/" + bits + "?");
        }
        return new Cidr(isIpv4 ? 4 : 6, high, low, highMask, lowMask, text);
    }

    private static long upperBits(int bits) {
        return bits <= 0 ? 0 : bits >= Long.SIZE ? -1L : -1L << Long.SIZE - bits;
    }

    private static byte[] parseAddress(String text) {
        // Exactly an address, since the JDK would look up in the DNS what only resembles one, such as 10.0.0.256.
        boolean isIpv4 = IPV4.matcher(text).matches();
        boolean isIpv6 = text.indexOf(':') >= 0 && text.matches("[0-9a-fA-F:.]+");
        try {
            if (isIpv4 || isIpv6) {
                return InetAddress.getByName(text).getAddress();
            }
        } catch (UnknownHostException e) {
            // falls through: looks like an address but is none
        }
        throw new IllegalArgumentException("'" + text + "' is not an IPv4 or IPv6 address; expected any, ADDRESS or ADDRESS/BITS");
    }

    private static int parseBits(String text, String bits, int allBits) {
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > allBits) {
            throw new IllegalArgumentException("'" + text + "': the number of network bits must be 0 to " + allBits);
        }
        return Integer.parseInt(bits);
    }

    /**
     * Whether an address is in this network.
     *
     * @param version 4 or 6
     * @param high    upper 64 bits; 0 for IPv4
     * @param low     lower 64 bits; for IPv4 the address in the lower 32
     * @return false also if the versions differ
     */
    public boolean contains(int version, long high, long low) {
        return this.version == 0
                || this.version == version && (high & highMask) == this.high && (low & lowMask) == this.low;
    }

    /**
     * The IP version of this network's addresses.
     *
     * @return 4, 6, or 0 for {@link #ANY}
     */
    public int version() {
        return version;
    }

    /**
     * Upper half of the network's first address.
     *
     * @return IPv6: the first 64 bits; 0 for IPv4 and for {@link #ANY}
     */
    public long firstHigh() {
        return high;
    }

    /**
     * Lower half of the network's first address.
     *
     * @return IPv6: the last 64 bits; IPv4: the address, 0 to 2^32-1; 0 for {@link #ANY}
     */
    public long firstLow() {
        return low;
    }

    /**
     * How many leading bits all addresses of the network have in common.
     *
     * @return 0 to 32 for IPv4, 0 to 128 for IPv6, 0 for {@link #ANY}
     */
    public int prefixLength() {
        return Long.bitCount(highMask) + Long.bitCount(lowMask);
    }

    /**
     * The network as it was written.
     *
     * @return what {@link #parse} was given
     */
    @Override
    public String toString() {
        return text;
    }
}
