package io.github.gwlb4j.firewall;

import io.github.gwlb4j.packet.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 network in CIDR notation, or every address. Immutable.
 *
 * <p>Addresses are two longs, as {@link io.github.gwlb4j.packet.IpPacket} gives them.
 */
final class AddressRange {
    static final AddressRange ANY = new AddressRange(0, 0, 0, 0, 0, "any");
    private static final Pattern IPV4 = Pattern.compile("(OCTET\\.){3}OCTET".replace("OCTET", "(25[0-5]|2[0-4]\\d|1?\\d?\\d)"));
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final int version;
    private final long high;
    private final long low;
    private final long highMask;
    private final long lowMask;
    private final String text;

    private AddressRange(int version, long high, long low, long highMask, long lowMask, String text) {
        this.version = version;
        this.high = high & highMask;
        this.low = low & lowMask;
        this.highMask = highMask;
        this.lowMask = lowMask;
        this.text = text;
    }

    /** Reads {@code any}, an address, or ADDRESS/BITS; host names are not looked up. */
    static AddressRange parse(String text) {
        if (text.equals("any")) {
            return ANY;
        }
        int slash = text.indexOf('/');
        byte[] address = parseAddress(slash < 0 ? text : text.substring(0, slash));
        int version = address.length == 4 ? 4 : 6;
        int allBits = version == 4 ? IPV4_BITS : IPV6_BITS;
        int bits = slash < 0 ? allBits : parseBits(text, text.substring(slash + 1), allBits);
        ByteBuffer bytes = ByteBuffer.wrap(address);
        if (version == 4) {
            long mask = bits == 0 ? 0 : 0xffff_ffffL << IPV4_BITS - bits & 0xffff_ffffL;
            long low = Integer.toUnsignedLong(bytes.getInt());
            requireNoHostBits(text, low & ~mask, IpAddress.format(4, 0, low & mask), bits);
            return new AddressRange(4, 0, low, 0, mask, text);
        }
        long highMask = bits == 0 ? 0 : bits >= Long.SIZE ? -1L : -1L << Long.SIZE - bits;
        long lowMask = bits <= Long.SIZE ? 0 : -1L << IPV6_BITS - bits;
        long high = bytes.getLong();
        long low = bytes.getLong();
        requireNoHostBits(text, high & ~highMask | low & ~lowMask, IpAddress.format(6, high & highMask, low & lowMask), bits);
        return new AddressRange(6, high, low, highMask, lowMask, text);
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

    private static void requireNoHostBits(String text, long hostBits, String network, int bits) {
        if (hostBits != 0) {
            throw new IllegalArgumentException("'" + text + "' has bits set behind the network; did you mean " + network + "/" + bits + "?");
        }
    }

    boolean contains(int version, long high, long low) {
        return this.version == 0
                || this.version == version && (high & highMask) == this.high && (low & lowMask) == this.low;
    }

    /** 4, 6, or 0 for every address. */
    int version() {
        return version;
    }

    @Override
    public String toString() {
        return text;
    }
}
