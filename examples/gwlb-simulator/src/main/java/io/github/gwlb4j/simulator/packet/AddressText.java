package io.github.gwlb4j.simulator.packet;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** IP addresses as text, without a look-up of names. Cold path: allocates. Stateless; usable from any thread. */
public final class AddressText {
    private AddressText() {
    }

    /**
     * Reads an address.
     *
     * @param text IPv4 in dotted form or IPv6 in colon form
     * @return the address
     * @throws IllegalArgumentException if the text is not an address
     */
    public static InetAddress parse(String text) {
        boolean isIpv4 = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        boolean isIpv6 = text.indexOf(':') >= 0 && text.matches("[0-9a-fA-F:.]+");
        if (isIpv4 || isIpv6) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("'" + text + "' is not an IP address", e);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }

    static InetAddress parse(String text, int version) {
        InetAddress address = parse(text);
        if (address instanceof Inet4Address != (version == 4)) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv" + version + " address");
        }
        return address;
    }
}
