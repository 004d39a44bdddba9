package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One attempt to get something past a firewall: sends packets, writes down what became of each, and keeps what the server gets. */
final class Attack {
    static final String CLIENT = "10.0.0.1";
    static final String SERVER = "192.0.2.1";
    static final String CLIENT_6 = "fd00::1";
    static final String SERVER_6 = "2001:db8::1";
    static final int PORT = 5000;
    private static final int SYN_SEQUENCE = 1_000_000;
    private static final int SERVER_SEQUENCE = 77;
    private static final int TCP_CHECKSUM_OFFSET = 16;

    private final EvasionLab lab;
    private final List<String> verdicts = new ArrayList<>();
    /** Client data that reaches the server and is not thrown away there, by position in the stream. */
    private final List<Piece> atServer = new ArrayList<>();
    private int serverPort = 443;
    private int clientPort = PORT;

    /** Bytes of a stream. */
    record Piece(int position, byte[] bytes) {
    }

    Attack(EvasionLab lab) {
        this.lab = lab;
    }

    /** Sends a packet that belongs to the attack. */
    Attack send(byte[] packet) {
        String cause = pass(packet);
        verdicts.add(cause == null ? "passes" : "dropped (" + cause + ")");
        return this;
    }

    private String pass(byte[] packet) {
        try {
            return lab.send(packet);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A TCP handshake, which passes. */
    Attack open(int port) {
        serverPort = port;
        assertThat(pass(segment(0, TcpHeader.SYN, new byte[0], 64))).as("SYN").isNull();
        assertThat(pass(fromServer(TcpHeader.SYN | TcpHeader.ACK, SERVER_SEQUENCE, 0, new byte[0]))).as("SYN+ACK").isNull();
        assertThat(pass(segment(0, TcpHeader.ACK, new byte[0], 64))).as("ACK").isNull();
        return this;
    }

    /** So many other connections that send the start of something that the firewall has to read anew; they are not part of the attack. */
    Attack distract(int connections) {
        int own = clientPort;
        for (int i = 0; i < connections; i++) {
            clientPort = PORT + 1 + i;
            open(serverPort);
            assertThat(pass(segment(0, TcpHeader.ACK, new byte[] {22}, 64))).isIn(null, "unknown-name");
        }
        clientPort = own;
        return this;
    }

    Attack toPort(int port) {
        serverPort = port;
        return this;
    }

    /** Client data at a position of the stream. */
    Attack data(int position, byte[] bytes) {
        return data(position, bytes, TcpHeader.ACK | TcpHeader.PSH);
    }

    Attack data(int position, byte[] bytes, int flags) {
        send(segment(position, flags, bytes, 64));
        if (lastPassed()) {
            atServer.add(new Piece(position, bytes));
        }
        return this;
    }

    /** Client data that the firewall sees and the server does not: its time to live ends on the way. */
    Attack dyingData(int position, byte[] bytes, int flags) {
        return send(segment(position, flags, bytes, 1));
    }

    /** Client data with a wrong TCP checksum: the server throws it away. */
    Attack dataWithBadChecksum(int position, byte[] bytes) {
        byte[] packet = segment(position, TcpHeader.ACK, bytes, 64);
        packet[IpPacket.IPV4_HEADER_LENGTH + TCP_CHECKSUM_OFFSET] ^= 0x55;
        return send(packet);
    }

    /** Client data with a wrong checksum of the IP header: the next router throws it away. */
    Attack dataWithBadIpChecksum(int position, byte[] bytes) {
        byte[] packet = segment(position, TcpHeader.ACK, bytes, 64);
        packet[10] ^= 0x55;
        return send(packet);
    }

    /** Data of the server, with an acknowledgment of client data up to a position. */
    Attack serverSays(int acknowledged, byte[] bytes) {
        return send(fromServer(TcpHeader.ACK, SERVER_SEQUENCE + 1, acknowledged, bytes));
    }

    /** The server acknowledges client data, which is not part of the attack. */
    Attack serverAcknowledges(int acknowledged) {
        assertThat(pass(fromServer(TcpHeader.ACK, SERVER_SEQUENCE + 1, acknowledged, new byte[0]))).isNull();
        return this;
    }

    /** The server answers the SYN at position 0, which is part of the attack. */
    Attack serverAnswers() {
        return send(fromServer(TcpHeader.SYN | TcpHeader.ACK, SERVER_SEQUENCE, 0, new byte[0]));
    }

    byte[] segment(int position, int flags, byte[] bytes, int ttl) {
        boolean isSyn = (flags & TcpHeader.SYN) != 0;
        return PacketBuilder.ipv4(CLIENT, SERVER).ttl(ttl).tcp(clientPort, serverPort).flags(flags)
                .sequence(SYN_SEQUENCE + 1 + position - (isSyn ? 1 : 0), isSyn ? 0 : SERVER_SEQUENCE + 1).payload(bytes).build();
    }

    private byte[] fromServer(int flags, int sequence, int acknowledged, byte[] bytes) {
        return PacketBuilder.ipv4(SERVER, CLIENT).tcp(serverPort, clientPort).flags(flags)
                .sequence(sequence, SYN_SEQUENCE + 1 + acknowledged).payload(bytes).build();
    }

    private boolean lastPassed() {
        return verdicts.get(verdicts.size() - 1).equals("passes");
    }

    /** What became of the packets, one after the other; equal neighbours are told once. */
    String verdict() {
        List<String> told = new ArrayList<>();
        for (String verdict : verdicts) {
            if (told.isEmpty() || !told.get(told.size() - 1).equals(verdict)) {
                told.add(verdict);
            }
        }
        return String.join(", then ", told);
    }

    /** The client's stream as a server has it that keeps the first, or the last, copy of a byte; up to the first gap. */
    byte[] streamAtServer(boolean isFirstKept) {
        byte[] stream = new byte[1 << 16];
        boolean[] isThere = new boolean[stream.length];
        for (Piece piece : atServer) {
            for (int i = Math.max(0, -piece.position); i < piece.bytes.length && piece.position + i < stream.length; i++) {
                int at = piece.position + i;
                if (!isThere[at] || !isFirstKept) {
                    stream[at] = piece.bytes[i];
                    isThere[at] = true;
                }
            }
        }
        int length = 0;
        while (length < stream.length && isThere[length]) {
            length++;
        }
        return Arrays.copyOf(stream, length);
    }

    /** Makes a packet's IPv4 header checksum right again after a change. */
    static byte[] withIpv4Checksum(byte[] packet) {
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        bytes.putShort(10, (short) 0).putShort(10, (short) InternetChecksum.of(bytes, 0, (packet[0] & 0xf) * 4));
        return packet;
    }
}
