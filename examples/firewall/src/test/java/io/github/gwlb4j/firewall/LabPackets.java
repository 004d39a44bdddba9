package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;

/** Packets between one client and one server, and their handshake. */
final class LabPackets {
    static final String CLIENT = "10.0.0.1";
    static final String SERVER = "192.0.2.1";
    static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;
    static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;

    private LabPackets() {
    }

    static PacketBuilder client(int port, int flags) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(port, 443).flags(flags).sequence(1000, flags == TcpHeader.SYN ? 0 : 5001);
    }

    static PacketBuilder server(int port, int flags) {
        return PacketBuilder.ipv4(SERVER, CLIENT).tcp(443, port).flags(flags).sequence(5000, 1001);
    }

    static PacketBuilder syn(String source, int port) {
        return PacketBuilder.ipv4(source, SERVER).tcp(port, 443).flags(TcpHeader.SYN);
    }

    static void connect(FirewallLab lab, int port) {
        assertThat(lab.passes(client(port, TcpHeader.SYN))).isTrue();
        assertThat(lab.passes(server(port, SYN_ACK))).isTrue();
        assertThat(lab.passes(client(port, TcpHeader.ACK))).isTrue();
    }

    static IpPacket packet(byte[] bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    static TcpHeader tcp(byte[] bytes) {
        TcpHeader tcp = new TcpHeader();
        assertThat(tcp.wrap(packet(bytes))).isTrue();
        return tcp;
    }
}
