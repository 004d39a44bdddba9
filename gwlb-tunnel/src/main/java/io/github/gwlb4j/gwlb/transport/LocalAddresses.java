package io.github.gwlb4j.gwlb.transport;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which addresses can be listened on, and which a wildcard stands for. Cold path. Stateless; usable from any thread. */
final class LocalAddresses {
    private LocalAddresses() {
    }

    /** Refuses what no transport can listen on; the message names the fix. */
    static void requireUsable(InetSocketAddress listen) throws SocketException {
        if (listen.isUnresolved()) {
            throw new SocketException("cannot resolve '" + listen.getHostString() + "': give an address of this machine");
        }
        if (listen.getAddress().isMulticastAddress()) {
            throw new SocketException("cannot listen on " + listen.getHostString() + ", a multicast address: give one of this machine");
        }
    }

    /**
     * An address stands for itself; 0.0.0.0 for every IPv4 address of interfaces that are up, [::] for every IPv6 one too.
     * Throws if an interface went away meanwhile or the system has no descriptor left to ask with: then nothing is known.
     */
    static Set<InetAddress> behind(InetAddress address) throws SocketException {
        if (!address.isAnyLocalAddress()) {
            return Set.of(address);
        }
        boolean onlyIpv4 = address instanceof Inet4Address;
        Set<InetAddress> found = new LinkedHashSet<>();
        for (NetworkInterface networkInterface : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            // What throws here may be a lack of descriptors: taken for "down", it would close listeners that are well.
            if (networkInterface.isUp()) {
                networkInterface.inetAddresses()
                        .filter(local -> !onlyIpv4 || local instanceof Inet4Address)
                        .filter(local -> !local.isMulticastAddress())
                        .forEach(found::add);
            }
        }
        return found;
    }
}
