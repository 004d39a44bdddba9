package io.github.gwlb4j.tun;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * An IP address of an interface, with its prefix. Immutable.
 *
 * @param address      IPv4 or IPv6
 * @param prefixLength bits of the network part, 0 to 32 or 0 to 128
 */
public record LinkAddress(InetAddress address, int prefixLength) {

    /**
     * Checks the prefix length.
     *
     * @param address      IPv4 or IPv6
     * @param prefixLength bits of the network part
     * @throws IllegalArgumentException if it does not fit the address
     */
    public LinkAddress {
        Objects.requireNonNull(address);
        int bits = address.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException("prefix length must be 0 to " + bits + " for "
                    + address.getHostAddress() + ", got " + prefixLength);
        }
    }

    /**
     * Reads the usual text form.
     *
     * @param text such as {@code "10.0.0.1/24"} or {@code "fd00::1/64"}; without a prefix the full length is meant
     * @return the address
     * @throws IllegalArgumentException if the text is something else, also if it is a host name: nothing is looked up
     */
    public static LinkAddress parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        if (!host.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address with a prefix, such as 10.0.0.1/24 or fd00::1/64");
        }
        try {
            InetAddress address = InetAddress.getByName(host);
            int prefix = slash < 0 ? address.getAddress().length * Byte.SIZE : Integer.parseInt(text.substring(slash + 1));
            return new LinkAddress(address, prefix);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address with a prefix, such as 10.0.0.1/24 or fd00::1/64", e);
        }
    }

    /**
     * The usual text form.
     *
     * @return such as {@code "10.0.0.1/24"}
     */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefixLength;
    }
}
