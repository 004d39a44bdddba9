package io.github.gwlb4j.packet;

/** Packets as text, for people. Cold path: allocates. Stateless; usable from any thread. */
final class PacketText {
    private PacketText() {
    }

    static String summary(IpPacket packet) {
        String source = IpAddress.format(packet.version(), packet.sourceHigh(), packet.sourceLow());
        String destination = IpAddress.format(packet.version(), packet.destinationHigh(), packet.destinationLow());
        StringBuilder text = new StringBuilder(96).append(IpProtocol.name(packet.protocol())).append(' ');
        boolean hasPorts = packet.hasPorts();
        appendEnd(text, packet.version(), source, hasPorts ? packet.sourcePort() : -1);
        text.append(" > ");
        appendEnd(text, packet.version(), destination, hasPorts ? packet.destinationPort() : -1);
        if (packet.isFragment()) {
            text.append(", fragment at ").append(packet.fragmentOffset()).append(packet.hasMoreFragments() ? "+" : "");
        }
        IcmpHeader icmp = new IcmpHeader();
        if (icmp.wrap(packet)) {
            text.append(", type ").append(icmp.type()).append(" code ").append(icmp.code());
        }
        return text.append(", ").append(packet.totalLength()).append(" bytes").toString();
    }

    private static void appendEnd(StringBuilder text, int version, String address, int port) {
        if (port < 0) {
            text.append(address);
        } else if (version == 4) {
            text.append(address).append(':').append(port);
        } else {
            text.append('[').append(address).append("]:").append(port);
        }
    }
}
