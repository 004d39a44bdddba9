package io.github.gwlb4j.packet;

/** Packets as text, for people. Cold path: allocates. Stateless; usable from any thread. */
final class PacketText {
    private PacketText() {
    }

    static String summary(IpPacket packet) {
        boolean hasPorts = packet.hasPorts();
        StringBuilder text = new StringBuilder(96).append(IpProtocol.name(packet.protocol())).append(' ')
                .append(endText(packet.version(), packet.sourceHigh(), packet.sourceLow(), hasPorts ? packet.sourcePort() : -1))
                .append(" > ")
                .append(endText(packet.version(), packet.destinationHigh(), packet.destinationLow(),
                        hasPorts ? packet.destinationPort() : -1));
        if (packet.isFragment()) {
            text.append(", fragment at ").append(packet.fragmentOffset()).append(packet.hasMoreFragments() ? "+" : "");
        }
        IcmpHeader icmp = new IcmpHeader();
        if (icmp.wrap(packet)) {
            text.append(", type ").append(icmp.type()).append(" code ").append(icmp.code());
        }
        return text.append(", ").append(packet.totalLength()).append(" bytes").toString();
    }

    private static String endText(int version, long high, long low, int port) {
        return port < 0 ? IpAddress.format(version, high, low) : IpAddress.format(version, high, low, port);
    }
}
