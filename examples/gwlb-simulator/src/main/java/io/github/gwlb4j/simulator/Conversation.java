package io.github.gwlb4j.simulator;

import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.AddressText;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One client and one server that talk: writes the inner packets of both, session after session. The same arguments give
 * the same packets. Not thread-safe.
 */
final class Conversation {
    private static final int FIRST_EPHEMERAL_PORT = 49152;
    private static final int EPHEMERAL_PORTS = 65536 - FIRST_EPHEMERAL_PORT;
    private static final int JUMBO_LENGTH = 8500;
    private static final int HANDSHAKE_PACKETS = 3;
    private static final int ANSWER_SEGMENTS = 3;
    private static final byte[] QUESTION_TYPE_A = {0, 1, 0, 1};
    private static final byte[] QUESTION_TYPE_AAAA = {0, 28, 0, 1};

    private final TrafficKind kind;
    private final boolean isIpv6;
    private final int packetLength;
    private final InetAddress client;
    private final InetAddress server;
    private final String serverName;
    private final int clientPort;
    private final SplittableRandom random;
    private int identification;
    private int sessions;

    /**
     * A conversation of its own addresses.
     *
     * @param number       0 to 65534: becomes part of the client's address
     * @param packetLength longest inner packet in bytes
     */
    Conversation(TrafficKind kind, boolean isIpv6, int number, int packetLength, long seed) {
        this.kind = kind;
        this.isIpv6 = isIpv6;
        this.packetLength = packetLength;
        this.random = new SplittableRandom(seed ^ (long) kind.ordinal() << 48 ^ (isIpv6 ? 1L << 47 : 0) ^ number);
        int network = 16 + kind.ordinal();
        this.client = AddressText.parse(isIpv6
                ? String.format("fd00:%x::%x", network, number + 1)
                : String.format("10.%d.%d.%d", network, number + 1 >>> 8, number + 1 & 0xff));
        this.server = AddressText.parse(isIpv6 ? String.format("fd00:ffff::%x", network) : "10.255.0." + network);
        this.serverName = "host-" + number + ".example.com";
        this.clientPort = FIRST_EPHEMERAL_PORT + random.nextInt(EPHEMERAL_PORTS);
        this.identification = random.nextInt(0x10000);
    }

    /** Writes the packets of one more session, in the order they travel, both directions. */
    List<byte[]> nextSession() {
        sessions++;
        switch (kind) {
            case DNS:
                return dns();
            case HTTP:
                return http();
            case TLS:
                return tls();
            case ICMP:
                return echo();
            case FRAGMENTS:
                return fragments();
            default:
                return jumbo();
        }
    }

    /** Index of the first packet of a session that an appliance sees which takes over in the middle. */
    int establishedAt(int packets) {
        return kind == TrafficKind.HTTP || kind == TrafficKind.TLS ? HANDSHAKE_PACKETS : packets / 2;
    }

    private PacketBuilder fromClient() {
        return next(PacketBuilder.between(client, server));
    }

    private PacketBuilder fromServer() {
        return next(PacketBuilder.between(server, client));
    }

    private PacketBuilder next(PacketBuilder packet) {
        identification = identification + 1 & 0xffff;
        return packet.identification(identification);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private List<byte[]> dns() {
        int id = random.nextInt(0x10000);
        byte[] query = dnsMessage(id, false);
        return List.of(fromClient().udp(clientPort, 53).payload(query).build(),
                fromServer().udp(53, clientPort).payload(dnsMessage(id, true)).build());
    }

    /** RFC 1035, 4.1: a header, the question and, in an answer, one resource record. */
    private byte[] dnsMessage(int id, boolean isAnswer) {
        byte[] type = isIpv6 ? QUESTION_TYPE_AAAA : QUESTION_TYPE_A;
        ByteBuffer message = ByteBuffer.allocate(512);
        message.putShort((short) id).putShort((short) (isAnswer ? 0x8180 : 0x0100))
                .putShort((short) 1).putShort((short) (isAnswer ? 1 : 0)).putInt(0);
        for (String label : serverName.split("\\.")) {
            message.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        message.put((byte) 0).put(type);
        if (isAnswer) {
            byte[] address = server.getAddress();
            message.putShort((short) 0xc00c).put(type).putInt(300).putShort((short) address.length).put(address);
        }
        byte[] bytes = new byte[message.position()];
        message.get(0, bytes);
        return bytes;
    }

    private List<byte[]> http() {
        TcpSession session = new TcpSession(80);
        session.open();
        session.clientSends(("GET /page/" + sessions + " HTTP/1.1\r\nHost: " + serverName + "\r\nUser-Agent: gwlb-simulator\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        int bodyLength = ANSWER_SEGMENTS * session.maxSegment();
        session.serverSends(("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " + bodyLength + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        session.serverSends(randomBytes(bodyLength));
        return session.close();
    }

    private List<byte[]> tls() {
        TcpSession session = new TcpSession(443);
        session.open();
        session.clientSends(TlsRecords.clientHello(serverName, randomBytes(32)));
        session.serverSends(TlsRecords.serverHello(randomBytes(32)));
        session.clientSends(TlsRecords.applicationData(randomBytes(200)));
        session.serverSends(TlsRecords.applicationData(randomBytes(ANSWER_SEGMENTS * session.maxSegment())));
        return session.close();
    }

    private List<byte[]> echo() {
        byte[] data = randomBytes(56);
        int sequence = sessions & 0xffff;
        return List.of(fromClient().icmpEchoRequest(clientPort, sequence).payload(data).build(),
                fromServer().icmpEchoReply(clientPort, sequence).payload(data).build());
    }

    private List<byte[]> fragments() {
        byte[] data = randomBytes(packetLength * 2 + packetLength / 2);
        List<byte[]> packets = new ArrayList<>();
        packets.addAll(Fragmenter.split(fromClient().udp(clientPort, 4500).payload(data).build(), packetLength, identification));
        packets.addAll(Fragmenter.split(fromServer().udp(4500, clientPort).payload(data).build(), packetLength, identification));
        return packets;
    }

    private List<byte[]> jumbo() {
        PacketBuilder request = fromClient().udp(clientPort, 9000);
        PacketBuilder answer = fromServer().udp(9000, clientPort);
        byte[] data = randomBytes(JUMBO_LENGTH - request.headersLength());
        return List.of(request.payload(data).build(), answer.payload(data).build());
    }

    /** A TCP connection with right sequence numbers; each side acknowledges what it got. */
    private final class TcpSession {
        private final List<byte[]> packets = new ArrayList<>();
        private final int serverPort;
        private int clientSequence = random.nextInt();
        private int serverSequence = random.nextInt();

        TcpSession(int serverPort) {
            this.serverPort = serverPort;
        }

        int maxSegment() {
            return packetLength - fromClient().tcp(clientPort, serverPort).headersLength();
        }

        void open() {
            packets.add(fromClient().tcp(clientPort, serverPort).flags(TcpHeader.SYN).sequence(clientSequence++, 0).build());
            serverPacket(TcpHeader.SYN | TcpHeader.ACK, new byte[0]);
            serverSequence++;
            clientPacket(TcpHeader.ACK, new byte[0]);
        }

        void clientSends(byte[] data) {
            for (byte[] segment : segments(data)) {
                clientPacket(TcpHeader.ACK | TcpHeader.PSH, segment);
                clientSequence += segment.length;
            }
            serverPacket(TcpHeader.ACK, new byte[0]);
        }

        void serverSends(byte[] data) {
            for (byte[] segment : segments(data)) {
                serverPacket(TcpHeader.ACK | TcpHeader.PSH, segment);
                serverSequence += segment.length;
            }
            clientPacket(TcpHeader.ACK, new byte[0]);
        }

        List<byte[]> close() {
            clientPacket(TcpHeader.FIN | TcpHeader.ACK, new byte[0]);
            clientSequence++;
            serverPacket(TcpHeader.FIN | TcpHeader.ACK, new byte[0]);
            serverSequence++;
            clientPacket(TcpHeader.ACK, new byte[0]);
            return packets;
        }

        private void clientPacket(int flags, byte[] data) {
            packets.add(fromClient().tcp(clientPort, serverPort).flags(flags)
                    .sequence(clientSequence, serverSequence).payload(data).build());
        }

        private void serverPacket(int flags, byte[] data) {
            packets.add(fromServer().tcp(serverPort, clientPort).flags(flags)
                    .sequence(serverSequence, clientSequence).payload(data).build());
        }

        private List<byte[]> segments(byte[] data) {
            List<byte[]> segments = new ArrayList<>();
            for (int at = 0; at < data.length; at += maxSegment()) {
                segments.add(Arrays.copyOfRange(data, at, Math.min(data.length, at + maxSegment())));
            }
            return segments;
        }
    }
}
