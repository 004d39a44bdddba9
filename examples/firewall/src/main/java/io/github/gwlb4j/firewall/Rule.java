package io.github.gwlb4j.firewall;

import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;

/**
 * One line of a rule file: what a packet must be like, and what to do with it then. Immutable.
 *
 * @param line             where it stands in the file, from 1; 0 for the default policy
 * @param isAllow          whether matching packets pass
 * @param protocol         IP protocol number, {@link #ANY_PROTOCOL} or {@link #ANY_ICMP}
 * @param source           where packets come from
 * @param sourcePorts      their source ports
 * @param destination      where packets go
 * @param destinationPorts their destination ports
 * @param eitherPorts      their source or destination ports
 * @param hasEndpoint      whether only one endpoint's packets match
 * @param endpointId       which
 * @param text             the line as it was written
 */
record Rule(int line, boolean isAllow, int protocol, Cidr source, PortRanges sourcePorts, Cidr destination,
            PortRanges destinationPorts, PortRanges eitherPorts, boolean hasEndpoint, long endpointId, String text) {
    static final int ANY_PROTOCOL = -1;
    /** ICMP for IPv4 and for IPv6. */
    static final int ANY_ICMP = -2;

    static Rule defaultPolicy(boolean isAllow, int line) {
        return new Rule(line, isAllow, ANY_PROTOCOL, Cidr.ANY, PortRanges.ANY, Cidr.ANY, PortRanges.ANY,
                PortRanges.ANY, false, 0, isAllow ? "default allow" : "default deny");
    }

    /**
     * Whether a packet is what this rule is about. A packet whose ports cannot be read, being a later fragment or cut short,
     * may have any: then a rule with ports matches only if it denies, so that cutting a packet up gets nothing past the
     * firewall.
     */
    boolean matches(long packetEndpointId, IpPacket packet) {
        return (!hasEndpoint || endpointId == packetEndpointId)
                && matchesProtocol(packet)
                && source.contains(packet.version(), packet.sourceHigh(), packet.sourceLow())
                && destination.contains(packet.version(), packet.destinationHigh(), packet.destinationLow())
                && (!hasPorts() || matchesPorts(packet));
    }

    private boolean hasPorts() {
        return !sourcePorts.isAny() || !destinationPorts.isAny() || !eitherPorts.isAny();
    }

    private boolean matchesProtocol(IpPacket packet) {
        if (protocol == ANY_PROTOCOL) {
            return true;
        }
        int actual = packet.protocol();
        return protocol == ANY_ICMP ? actual == IpProtocol.ICMP || actual == IpProtocol.ICMPV6 : actual == protocol;
    }

    private boolean matchesPorts(IpPacket packet) {
        if (packet.hasPorts()) {
            int source = packet.sourcePort();
            int destination = packet.destinationPort();
            return sourcePorts.contains(source) && destinationPorts.contains(destination)
                    && (eitherPorts.contains(source) || eitherPorts.contains(destination));
        }
        return !isAllow && (packet.fragmentOffset() != 0 || IpProtocol.hasPorts(packet.protocol()));
    }
}
