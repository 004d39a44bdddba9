package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TransportHeadersTest {
    private final IpPacket packet = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final UdpHeader udp = new UdpHeader();
    private final IcmpHeader icmp = new IcmpHeader();

    private IpPacket wrap(PacketBuilder builder) {
        byte[] bytes = builder.build();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    @Test
    void shouldReadTcp() {
        assertThat(tcp.wrap(wrap(PacketBuilder.ipv4().tcp(1000, 60000, TcpHeader.SYN | TcpHeader.ECE, "020405b4", 9)))).isTrue();

        assertThat(tcp.sourcePort()).isEqualTo(1000);
        assertThat(tcp.destinationPort()).isEqualTo(60000);
        assertThat(tcp.sequenceNumber()).isEqualTo(0x01020304);
        assertThat(tcp.acknowledgmentNumber()).isEqualTo(0x05060708);
        assertThat(tcp.headerLength()).isEqualTo(24);
        assertThat(tcp.flags()).isEqualTo(0x42);
        assertThat(tcp.has(TcpHeader.SYN)).isTrue();
        assertThat(tcp.has(TcpHeader.SYN | TcpHeader.ACK)).isFalse();
        assertThat(tcp.window()).isEqualTo(8192);
        assertThat(tcp.checksum()).isEqualTo(packet.buffer().getShort(36) & 0xffff);
        assertThat(tcp.payloadOffset()).isEqualTo(44);
        assertThat(tcp.payloadLength()).isEqualTo(9);
    }

    @Test
    void shouldReadUdp() {
        assertThat(udp.wrap(wrap(PacketBuilder.ipv6().udp(1000, 60000, 9)))).isTrue();

        assertThat(udp.sourcePort()).isEqualTo(1000);
        assertThat(udp.destinationPort()).isEqualTo(60000);
        assertThat(udp.length()).isEqualTo(17);
        assertThat(udp.checksum()).isEqualTo(packet.buffer().getShort(46) & 0xffff);
        assertThat(udp.payloadOffset()).isEqualTo(48);
        assertThat(udp.payloadLength()).isEqualTo(9);
    }

    @Test
    void shouldReadIcmp() {
        assertThat(icmp.wrap(wrap(PacketBuilder.ipv4().icmpEcho(false, 0xfedc)))).isTrue();

        assertThat(icmp.type()).isEqualTo(IcmpHeader.ECHO_REQUEST);
        assertThat(icmp.code()).isZero();
        assertThat(icmp.hasIdentifier()).isTrue();
        assertThat(icmp.identifier()).isEqualTo(0xfedc);
        assertThat(icmp.sequenceNumber()).isEqualTo(1);
        assertThat(icmp.checksum()).isEqualTo(packet.buffer().getShort(22) & 0xffff);
        assertThat(icmp.wrap(wrap(PacketBuilder.ipv6().icmp(1, 4, 0, new byte[0])))).isTrue();
        assertThat(icmp.code()).isEqualTo(4);
        assertThat(icmp.hasIdentifier()).isFalse();
    }

    @Test
    void shouldRefuseOtherProtocolsAndLaterFragments() {
        wrap(PacketBuilder.ipv4().payload(IpProtocol.GRE, new byte[40]));
        assertThat(tcp.wrap(packet) || udp.wrap(packet) || icmp.wrap(packet)).isFalse();
        for (int protocol : new int[] {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP}) {
            wrap(PacketBuilder.ipv4().fragment(8, false).payload(protocol, new byte[40]));
            assertThat(tcp.wrap(packet) || udp.wrap(packet) || icmp.wrap(packet)).isFalse();
        }
    }

    @Test
    void shouldReadWhatThereIsOfAFirstFragment() {
        byte[] bytes = PacketBuilder.ipv4().fragment(0, true).udp(1, 2, 8).build();
        ByteBuffer.wrap(bytes).putShort(24, (short) 3000);
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);

        assertThat(udp.wrap(packet)).isTrue();
        assertThat(udp.length()).isEqualTo(3000);
        assertThat(udp.payloadLength()).isEqualTo(8);
    }
}
