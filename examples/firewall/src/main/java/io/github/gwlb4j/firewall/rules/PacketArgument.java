package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.pcap.DatagramStatus;
import io.github.gwlb4j.pcap.LinkLayer;
import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PacketSource;
import io.github.gwlb4j.pcap.PcapPacket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;

/**
 * A packet as a person gives it on a command line: in words, as hex digits, or as the first one of a capture file. Cold path; used once.
 */
final class PacketArgument {
    static final String SYNTAX = "PROTOCOL SOURCE[:PORT] > DESTINATION[:PORT] [syn|ack|...] [fragment OFFSET] [endpoint ID] "
            + "[domain NAME|unknown], the packet's bytes in hex, or a capture file";
    private static final Map<String, Integer> PROTOCOLS = Map.of("tcp", IpProtocol.TCP, "udp", IpProtocol.UDP, "icmp", IpProtocol.ICMP,
            "icmp6", IpProtocol.ICMPV6, "sctp", IpProtocol.SCTP, "gre", IpProtocol.GRE, "esp", IpProtocol.ESP);
    private static final Map<String, Integer> FLAGS = Map.of("syn", TcpHeader.SYN, "ack", TcpHeader.ACK, "fin", TcpHeader.FIN,
            "rst", TcpHeader.RST, "psh", TcpHeader.PSH);
    private static final int MAX_FRAGMENT_OFFSET = 65_528;
    /** Characters of an argument that a message repeats. */
    private static final int MAX_QUOTED = 200;

    private IpPacket packet;
    private long endpointId;
    private DomainName domain;
    private boolean isNameSought;

    private PacketArgument() {
    }

    /**
     * Reads a packet.
     *
     * @throws IllegalArgumentException if it is none; the message says what would be right
     * @throws IOException              if the file cannot be read
     */
    static PacketArgument parse(String text) throws IOException {
        PacketArgument argument = new PacketArgument();
        String digits = text.replaceAll("\\s", "");
        if (digits.matches("[0-9a-fA-F]{40,}") && digits.length() % 2 == 0) {
            argument.wrap(ByteBuffer.wrap(HexFormat.of().parseHex(digits)), 0, digits.length() / 2);
        } else if (text.indexOf('>') < 0) {
            argument.readCapture(text);
        } else {
            argument.parseWords(new ArrayDeque<>(Arrays.asList(text.replace(">", " > ").strip().split("[\\s,]+"))));
        }
        return argument;
    }

    private void wrap(ByteBuffer bytes, int offset, int length) {
        packet = new IpPacket();
        PacketStatus status = packet.wrap(bytes, offset, length);
        if (status != PacketStatus.OK) {
            throw new IllegalArgumentException("not an IP packet: " + status.label());
        }
    }

    private void readCapture(String name) throws IOException {
        Path path = Path.of(name);
        if (!Files.isRegularFile(path)) {
            String quoted = name.length() > MAX_QUOTED ? name.substring(0, MAX_QUOTED) + "..." : name;
            throw new IllegalArgumentException("'" + quoted + "' is neither a packet nor a capture file; expected " + SYNTAX);
        }
        try (PacketSource source = PacketSource.open(path, Geneve.UDP_PORT)) {
            PcapPacket captured = new PcapPacket();
            if (!source.next(captured)) {
                throw new IllegalArgumentException(name + " has no packet");
            }
            OuterUdp outer = new OuterUdp();
            boolean isGeneve = outer.parse(captured) == DatagramStatus.OK && outer.destinationPort() == Geneve.UDP_PORT;
            if (isGeneve) {
                wrapGeneve(captured.data(), outer.payloadOffset(), outer.payloadLength());
            } else {
                wrapPlain(captured);
            }
            // The capture's buffer is only valid as long as it is open.
            byte[] copy = new byte[packet.totalLength()];
            packet.buffer().get(packet.offset(), copy);
            wrap(ByteBuffer.wrap(copy), 0, copy.length);
        }
    }

    private void wrapGeneve(ByteBuffer data, int offset, int length) {
        GeneveHeader header = new GeneveHeader();
        GeneveStatus status = header.wrap(data, offset, length).validate(GenevePolicy.rfc8926());
        if (!status.isStructureSound()) {
            throw new IllegalArgumentException("the capture's first packet is not sound GENEVE: " + status.label());
        }
        GwlbOptions options = new GwlbOptions();
        options.read(header);
        endpointId = options.hasEndpointId() ? options.endpointId() : 0;
        wrap(data, header.payloadOffset(), header.payloadLength());
    }

    private void wrapPlain(PcapPacket captured) {
        LinkLayer link = new LinkLayer();
        if (link.parse(captured.linkType(), captured.data(), captured.dataOffset(), captured.capturedLength()) != LinkLayer.Status.OK) {
            throw new IllegalArgumentException("the capture's first packet is not IP");
        }
        wrap(captured.data(), link.networkOffset(), captured.dataOffset() + captured.capturedLength() - link.networkOffset());
    }

    private void parseWords(Deque<String> words) {
        SamplePacket sample = new SamplePacket();
        int protocol = parseProtocol(next(words));
        End source = End.parse(next(words));
        requireArrow(next(words));
        End destination = End.parse(next(words));
        if (source.address.version() != destination.address.version()) {
            throw new IllegalArgumentException("no packet goes from an IPv" + source.address.version() + " to an IPv"
                    + destination.address.version() + " address");
        }
        sample.protocol(protocol)
                .from(source.address.version(), source.address.firstHigh(), source.address.firstLow(), source.port)
                .to(destination.address.firstHigh(), destination.address.firstLow(), destination.port);
        int flags = 0;
        while (!words.isEmpty()) {
            String word = words.remove();
            if (FLAGS.containsKey(word) && protocol == IpProtocol.TCP) {
                flags |= FLAGS.get(word);
            } else {
                parseOption(sample, word, next(words));
            }
        }
        packet = sample.flags(flags == 0 ? TcpHeader.SYN : flags).build();
    }

    private void parseOption(SamplePacket sample, String word, String value) {
        switch (word) {
            case "endpoint":
                endpointId = EndpointId.parseHex(value);
                break;
            case "domain":
                isNameSought = true;
                domain = value.equals("unknown") ? null : DomainName.of(value);
                break;
            case "fragment":
                if (!value.matches("\\d{1,5}") || Integer.parseInt(value) % 8 != 0 || Integer.parseInt(value) > MAX_FRAGMENT_OFFSET) {
                    throw new IllegalArgumentException("'fragment' needs an offset in bytes: a multiple of 8, to " + MAX_FRAGMENT_OFFSET);
                }
                sample.fragmentOffset(Integer.parseInt(value));
                break;
            default:
                throw new IllegalArgumentException("'" + word + "' is not expected here; expected " + SYNTAX);
        }
    }

    private static void requireArrow(String word) {
        if (!word.equals(">")) {
            throw new IllegalArgumentException("'" + word + "' where > was expected; expected " + SYNTAX);
        }
    }

    private static int parseProtocol(String word) {
        if (PROTOCOLS.containsKey(word)) {
            return PROTOCOLS.get(word);
        }
        if (word.matches("\\d{1,3}") && Integer.parseInt(word) <= 255) {
            return Integer.parseInt(word);
        }
        throw new IllegalArgumentException("'" + word + "' is not a protocol; expected tcp, udp, icmp, icmp6, sctp, gre, esp or 0 to 255");
    }

    private static String next(Deque<String> words) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("the packet is not complete; expected " + SYNTAX);
        }
        return words.remove();
    }

    /** An address and a port, 0 if there is none. */
    private record End(Cidr address, int port) {
        private static End parse(String text) {
            int colon = text.lastIndexOf(':');
            boolean isBracketed = text.startsWith("[") && text.indexOf(']') > 0;
            boolean hasPort = isBracketed ? text.indexOf(']') == colon - 1 : colon >= 0 && text.indexOf(':') == colon;
            String port = hasPort ? text.substring(colon + 1) : "0";
            String address = hasPort ? text.substring(0, colon) : text;
            if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
                throw new IllegalArgumentException("'" + text + "': the port must be 0 to 65535");
            }
            Cidr parsed = Cidr.parse(isBracketed ? address.substring(1, address.indexOf(']')) : address);
            if (parsed.prefixLength() != (parsed.version() == 4 ? 32 : 128)) {
                throw new IllegalArgumentException("'" + text + "' is not one address");
            }
            return new End(parsed, Integer.parseInt(port));
        }
    }

    IpPacket packet() {
        return packet;
    }

    long endpointId() {
        return endpointId;
    }

    /** Whether it was said which name the connection has, or that it has none. */
    boolean isNameSought() {
        return isNameSought;
    }

    /** The connection's name; null if there is none. */
    DomainName domain() {
        return domain;
    }
}
