package io.github.gwlb4j.tun;

import java.net.InetAddress;
import java.util.Objects;

import io.github.gwlb4j.linux.CConstants;

/**
 * A unicast route into an interface. Immutable.
 *
 * @param destination where to; {@code 0.0.0.0/0} or {@code ::/0} for the default route
 * @param gateway     next hop, or null to send straight into the interface
 * @param linkName    name of the interface
 * @param table       routing table, {@link #MAIN_TABLE} is the usual one
 * @param metric      lower wins, 0 for the kernel's default (0 for IPv4, 1,024 for IPv6)
 */
public record Route(LinkAddress destination, InetAddress gateway, String linkName, int table, int metric) {

    /** The main routing table. */
    public static final int MAIN_TABLE = CConstants.RT_TABLE_MAIN;

    /**
     * Checks the arguments.
     *
     * @param destination where to
     * @param gateway     next hop, or null
     * @param linkName    name of the interface
     * @param table       routing table, at least 1
     * @param metric      priority, at least 0
     * @throws IllegalArgumentException if the gateway is of the other IP version or a number is out of range
     */
    public Route {
        Objects.requireNonNull(linkName);
        if (gateway != null && gateway.getAddress().length != destination.address().getAddress().length) {
            throw new IllegalArgumentException("gateway " + gateway.getHostAddress() + " and destination " + destination
                    + " are of different IP versions");
        }
        if (table < 1 || metric < 0) {
            throw new IllegalArgumentException("table must be at least 1 and metric at least 0, got " + table + " and " + metric);
        }
    }

    /**
     * A route of the main table straight into an interface.
     *
     * @param destination such as {@code "10.1.0.0/16"}
     * @param linkName    name of the interface
     * @return the route
     * @throws IllegalArgumentException if the destination is no address
     */
    public static Route into(String destination, String linkName) {
        return new Route(LinkAddress.parse(destination), null, linkName, MAIN_TABLE, 0);
    }
}
