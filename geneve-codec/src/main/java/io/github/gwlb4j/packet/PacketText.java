package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/** Packets as text, for people. Cold path: allocates. Stateless; usable from any thread. */
public final class PacketText {
    private static final int BYTES_IN_LINE = 16;
    private static final String[] TCP_FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};

    private PacketText() {
    }

    /**
     * Protocol, both ends and length in one line.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return for example {@code udp 10.0.0.1:53 > 10.0.0.2:4711, 120 bytes}
     */
    public static String summary(IpPacket packet) {
        boolean hasPorts = packet.hasPorts();
        StringBuilder text = new StringBuilder(96).append(IpProtocol.name(packet.protocol())).append(' ')
                .append(endText(packet.version(), packet.sourceHigh(), packet.sourceLow(), hasPorts ? packet.sourcePort() : -1))
                .append(" > ")
                .append(endText(packet.version(), packet.destinationHigh(), packet.destinationLow(),
                        hasPorts ? packet.destinationPort() : -1));
        appendFragment(text, packet);
        IcmpHeader icmp = new IcmpHeader();
        if (icmp.wrap(packet)) {
            text.append(", type ").append(icmp.type()).append(" code ").append(icmp.code());
        }
        return text.append(", ").append(packet.totalLength()).append(" bytes").toString();
    }

    /**
     * The headers field by field: a line for IP, one for the transport, one for the packet that an ICMP error quotes.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return one to three lines, each ended by a line feed
     */
    public static String describe(IpPacket packet) {
        StringBuilder text = new StringBuilder(256).append("IPv").append(packet.version()).append(' ')
                .append(endText(packet.version(), packet.sourceHigh(), packet.sourceLow(), -1)).append(" > ")
                .append(endText(packet.version(), packet.destinationHigh(), packet.destinationLow(), -1))
                .append(", ").append(packet.totalLength()).append(" bytes, header ").append(packet.headerLength())
                .append(packet.version() == 4 ? ", TTL " : ", hop limit ").append(packet.ttl())
                .append(", DSCP ").append(packet.trafficClass() >> 2).append(", ECN ").append(packet.trafficClass() & 3);
        if (packet.version() == 4) {
            text.append(String.format(", id 0x%04x%s", packet.identification(), packet.isDontFragment() ? ", DF" : ""));
        }
        appendFragment(text, packet);
        text.append(", protocol ").append(packet.protocol()).append(" (").append(IpProtocol.name(packet.protocol())).append(")\n");
        appendTransport(text, packet);
        IpPacket quoted = new IpPacket();
        if (packet.wrapQuoted(quoted) == PacketStatus.OK) {
            text.append("quotes ").append(summary(quoted)).append('\n');
        }
        return text.toString();
    }

    private static void appendTransport(StringBuilder text, IpPacket packet) {
        PacketStatus status = packet.transportStatus();
        if (status != PacketStatus.OK) {
            text.append(IpProtocol.name(packet.protocol())).append(": ").append(status.label()).append('\n');
            return;
        }
        TcpHeader tcp = new TcpHeader();
        UdpHeader udp = new UdpHeader();
        IcmpHeader icmp = new IcmpHeader();
        if (tcp.wrap(packet)) {
            appendTcp(text, tcp);
        } else if (udp.wrap(packet)) {
            text.append(String.format("UDP %d > %d, length %d, checksum 0x%04x, %d bytes of data\n", udp.sourcePort(),
                    udp.destinationPort(), udp.length(), udp.checksum(), udp.payloadLength()));
        } else if (icmp.wrap(packet)) {
            text.append(String.format("%s type %d code %d, checksum 0x%04x", packet.version() == 4 ? "ICMP" : "ICMPv6",
                    icmp.type(), icmp.code(), icmp.checksum()));
            text.append(icmp.hasIdentifier() ? ", id " + icmp.identifier() + ", seq " + icmp.sequenceNumber() : "").append('\n');
        }
    }

    private static void appendTcp(StringBuilder text, TcpHeader tcp) {
        text.append("TCP ").append(tcp.sourcePort()).append(" > ").append(tcp.destinationPort()).append(" [");
        String separator = "";
        for (int bit = 0; bit < TCP_FLAGS.length; bit++) {
            if (tcp.has(1 << bit)) {
                text.append(separator).append(TCP_FLAGS[bit]);
                separator = " ";
            }
        }
        text.append(String.format("], seq %s, ack %s, window %d, checksum 0x%04x", Integer.toUnsignedString(tcp.sequenceNumber()),
                Integer.toUnsignedString(tcp.acknowledgmentNumber()), tcp.window(), tcp.checksum()));
        if (tcp.maximumSegmentSize() >= 0) {
            text.append(", MSS ").append(tcp.maximumSegmentSize());
        }
        text.append(", header ").append(tcp.headerLength()).append(", ").append(tcp.payloadLength()).append(" bytes of data\n");
    }

    private static void appendFragment(StringBuilder text, IpPacket packet) {
        if (packet.isFragment()) {
            text.append(", fragment at ").append(packet.fragmentOffset()).append(packet.hasMoreFragments() ? "+" : "");
        }
    }

    /** Protocol and both ends of a flow in one line. */
    static String summary(FlowKey flow) {
        boolean hasPorts = IpProtocol.hasPorts(flow.protocol()) && !flow.isFragment();
        return IpProtocol.name(flow.protocol()) + (flow.isFragment() ? " fragment " : " ")
                + endText(flow.version(), flow.firstHigh(), flow.firstLow(), hasPorts ? flow.ports() >>> 16 : -1) + " <-> "
                + endText(flow.version(), flow.secondHigh(), flow.secondLow(), hasPorts ? flow.ports() & 0xffff : -1);
    }

    private static String endText(int version, long high, long low, int port) {
        return port < 0 ? IpAddress.format(version, high, low) : IpAddress.format(version, high, low, port);
    }

    /**
     * Bytes as people read them: 16 a line, with their offset, in hex and in ASCII.
     *
     * @param buffer      holds the bytes
     * @param offset      absolute position of the first one, which is shown as offset 0
     * @param lengthBytes how many
     * @return lines such as {@code 0000  45 00 00 1c …  E...}, each ended by a line feed; empty for no bytes
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit
     */
    public static String hexDump(ByteBuffer buffer, int offset, int lengthBytes) {
        StringBuilder text = new StringBuilder((lengthBytes / BYTES_IN_LINE + 1) * 74);
        for (int line = 0; line < lengthBytes; line += BYTES_IN_LINE) {
            StringBuilder ascii = new StringBuilder(BYTES_IN_LINE);
            text.append(String.format("%04x ", line));
            for (int i = line; i < line + BYTES_IN_LINE; i++) {
                text.append(i == line + BYTES_IN_LINE / 2 ? "  " : " ");
                if (i < lengthBytes) {
                    int octet = Bytes.u8(buffer, offset + i);
                    text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
                    ascii.append(octet >= 0x20 && octet < 0x7f ? (char) octet : '.');
                } else {
                    text.append("  ");
                }
            }
            text.append("  ").append(ascii).append('\n');
        }
        return text.toString();
    }
}
