package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.util.List;

/**
 * One rule: what a packet must be like, and what to do with it then. Immutable; usable from any thread. Matching allocates nothing.
 *
 * @param line             where it stands in the file, from 1; 0 for a default policy that the file does not state
 * @param name             what it is called, unique in its file; {@code line-LINE} or {@code default} if the file does not name it
 * @param action           what happens to matching packets
 * @param protocol         IP protocol number, {@link #ANY_PROTOCOL}, {@link #ANY_ICMP} or {@link #TCP_OR_UDP}
 * @param source           where packets come from
 * @param sourcePorts      their source ports
 * @param destination      where packets go
 * @param destinationPorts their destination ports
 * @param eitherPorts      their source or destination ports
 * @param endpoints        whose packets match
 * @param domains          names of which the connection must have one; null: it needs none
 * @param rateLimit        how many new connections of one source it allows; null: any number
 * @param isLogged         whether each decision by it is to be logged
 * @param text             the line as it was written
 */
public record Rule(int line, String name, Action action, int protocol, AddressSet source, PortRanges sourcePorts,
                   AddressSet destination, PortRanges destinationPorts, PortRanges eitherPorts, EndpointSet endpoints,
                   DomainSet domains, RateLimit rateLimit, boolean isLogged, String text) {
    /** Every protocol. */
    public static final int ANY_PROTOCOL = -1;
    /** ICMP for IPv4 and for IPv6. */
    public static final int ANY_ICMP = -2;
    /** The protocols that carry domain names: what a rule with domains is about if it names no protocol. */
    public static final int TCP_OR_UDP = -3;
    private static final int MAX_PROTOCOL = 255;

    static Rule defaultPolicy(Action action, int line, EndpointSet endpoints, boolean isLogged, String text) {
        String name = endpoints.isAny() ? "default" : "line-" + line;
        return new Rule(line, name, action, ANY_PROTOCOL, AddressSet.ANY, PortRanges.ANY, AddressSet.ANY, PortRanges.ANY,
                PortRanges.ANY, endpoints, null, null, isLogged, text);
    }

    /**
     * Whether the rule is about names: then a match of everything else is not yet a decision.
     *
     * @return true if it has domains
     */
    public boolean needsName() {
        return domains != null;
    }

    /**
     * Whether a packet is what this rule is about, its domains aside. A packet whose ports cannot be read, being a later fragment or
     * cut short, may have any: then a rule with ports matches only if it does not allow, so that cutting a packet up gets nothing
     * past the firewall.
     *
     * @param endpointId where the packet comes from
     * @param packet     wrapped with {@code OK}
     * @return true if endpoint, protocol, addresses and ports match
     */
    public boolean matches(long endpointId, IpPacket packet) {
        return matchesEndpoint(endpointId) && matchesProtocol(packet.protocol()) && matchesSource(packet)
                && matchesDestination(packet) && (!hasPorts() || matchesPorts(packet));
    }

    /**
     * As {@link #matches(long, IpPacket)}, its domains included.
     *
     * @param endpointId where the packet comes from
     * @param packet     wrapped with {@code OK}
     * @param domain     the connection's name, or null if none could be found
     * @param settings   tell what holds when there is no name
     * @return true if endpoint, protocol, addresses, ports and name match
     */
    public boolean matches(long endpointId, IpPacket packet, DomainName domain, PolicySettings settings) {
        return matches(endpointId, packet) && matchesDomain(domain, settings);
    }

    boolean matchesEndpoint(long endpointId) {
        return endpoints.contains(endpointId);
    }

    boolean matchesProtocol(int actual) {
        switch (protocol) {
            case ANY_PROTOCOL: return true;
            case ANY_ICMP: return actual == IpProtocol.ICMP || actual == IpProtocol.ICMPV6;
            case TCP_OR_UDP: return actual == IpProtocol.TCP || actual == IpProtocol.UDP;
            default: return actual == protocol;
        }
    }

    /** The protocol numbers that a protocol condition stands for. */
    static List<Range> protocolRanges(int protocol) {
        switch (protocol) {
            case ANY_PROTOCOL: return List.of(new Range(0, 0, 0, MAX_PROTOCOL));
            case ANY_ICMP: return List.of(protocolRange(IpProtocol.ICMP), protocolRange(IpProtocol.ICMPV6));
            case TCP_OR_UDP: return List.of(protocolRange(IpProtocol.TCP), protocolRange(IpProtocol.UDP));
            default: return List.of(protocolRange(protocol));
        }
    }

    private static Range protocolRange(int protocol) {
        return new Range(0, protocol, 0, protocol);
    }

    boolean matchesSource(IpPacket packet) {
        return source.contains(packet.version(), packet.sourceHigh(), packet.sourceLow());
    }

    boolean matchesDestination(IpPacket packet) {
        return destination.contains(packet.version(), packet.destinationHigh(), packet.destinationLow());
    }

    boolean hasPorts() {
        return !sourcePorts.isAny() || !destinationPorts.isAny() || !eitherPorts.isAny();
    }

    private boolean matchesPorts(IpPacket packet) {
        if (packet.hasPorts()) {
            int source = packet.sourcePort();
            int destination = packet.destinationPort();
            return sourcePorts.contains(source) && destinationPorts.contains(destination)
                    && (eitherPorts.contains(source) || eitherPorts.contains(destination));
        }
        return action != Action.ALLOW && mayHavePorts(packet);
    }

    /** Whether a packet without readable ports belongs to one that may have ports. */
    static boolean mayHavePorts(IpPacket packet) {
        return packet.fragmentOffset() != 0 || IpProtocol.hasPorts(packet.protocol());
    }

    boolean matchesDomain(DomainName domain, PolicySettings settings) {
        if (domains == null) {
            return true;
        }
        return domain == null ? settings.matchesUnknownName(action) : domains.matches(domain);
    }
}
