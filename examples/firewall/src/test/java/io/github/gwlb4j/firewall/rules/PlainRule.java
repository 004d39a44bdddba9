package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpPacket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A rule as the slow oracle understands it: lists of what was written, tried one by one, with nothing in common with the rules under
 * test. An empty list: any.
 */
record PlainRule(boolean isAllow, String protocol, List<String> sources, List<String> sourcePorts, List<String> destinations,
                 List<String> destinationPorts, List<String> eitherPorts, List<Long> endpoints, List<String> domains) {
    private static final Map<String, Cidr> NETWORKS = new HashMap<>();

    /**
     * Whether it matches.
     *
     * @param isNameSought false: domains do not count
     * @param name         null: unknown
     */
    boolean matches(long endpointId, IpPacket packet, boolean isNameSought, String name, boolean isUnknownNameOpen) {
        return (endpoints.isEmpty() || endpoints.contains(endpointId)) && matchesProtocol(packet.protocol())
                && isIn(sources, packet.version(), packet.sourceHigh(), packet.sourceLow())
                && isIn(destinations, packet.version(), packet.destinationHigh(), packet.destinationLow())
                && matchesPorts(packet)
                && (!isNameSought || domains.isEmpty() || matchesName(name, isUnknownNameOpen));
    }

    private boolean matchesProtocol(int actual) {
        switch (protocol) {
            case "any": return domains.isEmpty() || actual == 6 || actual == 17;
            case "icmp": return actual == 1 || actual == 58;
            case "tcp": return actual == 6;
            case "udp": return actual == 17;
            case "sctp": return actual == 132;
            default: return actual == Integer.parseInt(protocol);
        }
    }

    private static boolean isIn(List<String> networks, int version, long high, long low) {
        return networks.isEmpty() || networks.stream().anyMatch(network -> NETWORKS.computeIfAbsent(network, Cidr::parse).contains(version, high, low));
    }

    private boolean matchesPorts(IpPacket packet) {
        if (sourcePorts.isEmpty() && destinationPorts.isEmpty() && eitherPorts.isEmpty()) {
            return true;
        }
        if (!packet.hasPorts()) {
            boolean mayHave = packet.fragmentOffset() > 0 || List.of(6, 17, 33, 132, 136).contains(packet.protocol());
            return !isAllow && mayHave;
        }
        return isIn(sourcePorts, packet.sourcePort()) && isIn(destinationPorts, packet.destinationPort())
                && (isIn(eitherPorts, packet.sourcePort()) || isIn(eitherPorts, packet.destinationPort()));
    }

    private static boolean isIn(List<String> ranges, int port) {
        return ranges.isEmpty() || ranges.stream().anyMatch(range -> {
            String[] ends = range.split("-");
            return port >= Integer.parseInt(ends[0]) && port <= Integer.parseInt(ends[ends.length - 1]);
        });
    }

    private boolean matchesName(String name, boolean isUnknownNameOpen) {
        if (name == null) {
            return isAllow == isUnknownNameOpen;
        }
        return domains.stream().anyMatch(domain -> domain.startsWith("*.") ? name.endsWith(domain.substring(1))
                : domain.startsWith(".") ? name.equals(domain.substring(1)) || name.endsWith(domain) : name.equals(domain));
    }
}
