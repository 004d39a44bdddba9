package io.github.gwlb4j.firewall.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Puts a client's bytes into segments and shows them to a stream. */
final class StreamFeed {
    /** Sequence number of the SYN; wraps around soon after it. */
    static final int SYN_SEQUENCE = -7;
    private static final int DATA = TcpHeader.ACK | TcpHeader.PSH;

    final ClientStream stream;
    private final IpPacket ip = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final int synSequence;

    StreamFeed(int port) {
        this(new ClientStream(ClientStream.DEFAULT_LIMIT), port, SYN_SEQUENCE);
    }

    StreamFeed(ClientStream stream, int port, int synSequence) {
        this.stream = stream;
        this.synSequence = synSequence;
        stream.start(synSequence + 1, port);
    }

    NameStatus send(byte[] all, int from, int to) {
        return send(from, Arrays.copyOfRange(all, from, to), DATA);
    }

    NameStatus send(int position, byte[] data) {
        return send(position, data, DATA);
    }

    NameStatus send(int position, byte[] data, int flags) {
        return send(segment(position, data, flags));
    }

    NameStatus send(byte[] packet) {
        wrap(packet);
        return stream.add(ip, tcp);
    }

    boolean isBeyondLimit(int position, byte[] data) {
        wrap(segment(position, data, DATA));
        return stream.isBeyondLimit(tcp);
    }

    private void wrap(byte[] packet) {
        assertThat(ip.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        assertThat(tcp.wrap(ip)).isTrue();
    }

    byte[] segment(int position, byte[] data, int flags) {
        boolean isSyn = (flags & TcpHeader.SYN) != 0;
        return PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").tcp(50_000, 443).flags(flags)
                .sequence(synSequence + 1 + position - (isSyn ? 1 : 0), 1).payload(data).build();
    }

    /** What the server's acknowledgment of so many bytes says. */
    boolean isSettled(int acknowledgedBytes) {
        return stream.isSettled(synSequence + 1 + acknowledgedBytes);
    }

    String name() {
        return stream.name().toString();
    }
}
