package io.github.gwlb4j.simulator;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;

/** Sorts captured packets into rows of the report, by well-known ports. Stateless. */
final class CapturedKind {
    private CapturedKind() {
    }

    /** For example {@code quic} or {@code dns6}. */
    static String of(IpPacket packet) {
        String name = nameOf(packet);
        return packet.version() == 6 ? name + TrafficKind.IPV6_SUFFIX : name;
    }

    private static String nameOf(IpPacket packet) {
        if (packet.isFragment()) {
            return "fragments";
        }
        if (packet.protocol() == IpProtocol.ICMP || packet.protocol() == IpProtocol.ICMPV6) {
            return "icmp";
        }
        if (packet.hasPorts() && hasPort(packet, 53)) {
            return "dns";
        }
        if (packet.protocol() == IpProtocol.TCP && packet.hasPorts()) {
            return hasPort(packet, 443) ? "tls" : hasPort(packet, 80) || hasPort(packet, 8080) ? "http" : "tcp";
        }
        if (packet.protocol() == IpProtocol.UDP && packet.hasPorts()) {
            return hasPort(packet, 443) ? "quic" : "udp";
        }
        return IpProtocol.name(packet.protocol());
    }

    private static boolean hasPort(IpPacket packet, int port) {
        return packet.sourcePort() == port || packet.destinationPort() == port;
    }
}
