package io.github.gwlb4j.simulator.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketBuilderTest {
    private static PacketBuilder v4() {
        return PacketBuilder.ipv4("10.0.0.1", "192.0.2.254");
    }

    private static PacketBuilder v6() {
        return PacketBuilder.ipv6("fd00::1", "2001:db8::ffff");
    }

    private static IpPacket view(byte[] packet) {
        IpPacket view = new IpPacket();
        assertThat(view.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        assertThat(view.totalLength()).isEqualTo(packet.length);
        return view;
    }

    static Stream<PacketBuilder> shouldBuildRightLengthsAndChecksums() {
        return Stream.of(v4(), v6()).flatMap(ip -> Stream.of(0, 1, 2, 7, 1400, 8500).flatMap(length -> Stream.of(
                same(ip).udp(1, 65535).payload(length),
                same(ip).tcp(4711, 443).flags(TcpHeader.SYN).sequence(-1, 7).payload(length),
                same(ip).icmpEchoRequest(65535, 1).payload(length),
                same(ip).icmpEchoReply(1, 65535).payload(length),
                same(ip).protocol(IpProtocol.GRE).payload(length))));
    }

    /** Builders are not values: a fresh one for each case. */
    private static PacketBuilder same(PacketBuilder ip) {
        return ip.headersLength() == IpPacket.IPV4_HEADER_LENGTH ? v4().identification(77).ttl(3) : v6().flowLabel(5).ttl(3);
    }

    @ParameterizedTest
    @MethodSource
    void shouldBuildRightLengthsAndChecksums(PacketBuilder builder) {
        IpPacket packet = view(builder.build());

        assertThat(packet.transportStatus()).isEqualTo(PacketStatus.OK);
        assertThat(packet.ttl()).isEqualTo(3);
        if (packet.version() == 4) {
            assertThat(InternetChecksum.of(packet.buffer(), 0, IpPacket.IPV4_HEADER_LENGTH)).isZero();
        }
        if (packet.protocol() != IpProtocol.GRE) {
            assertThat(InternetChecksum.ofTransport(packet)).isZero();
        }
    }

    @Test
    void shouldPlaceFieldsWhereTheHeadersHaveThem() {
        IpPacket packet = view(v4().trafficClass(0xb8).identification(0xbeef).dontFragment(true)
                .tcp(4711, 443).sequence(1, 2).flags(TcpHeader.SYN | TcpHeader.ACK).window(1000).payload("abc").build());
        TcpHeader tcp = new TcpHeader();

        assertThat(tcp.wrap(packet)).isTrue();
        assertThat(packet.trafficClass()).isEqualTo(0xb8);
        assertThat(packet.identification()).isEqualTo(0xbeef);
        assertThat(packet.isDontFragment()).isTrue();
        assertThat(packet.sourcePort()).isEqualTo(4711);
        assertThat(packet.destinationPort()).isEqualTo(443);
        assertThat(tcp.sequenceNumber()).isEqualTo(1);
        assertThat(tcp.acknowledgmentNumber()).isEqualTo(2);
        assertThat(tcp.flags()).isEqualTo(TcpHeader.SYN | TcpHeader.ACK);
        assertThat(tcp.window()).isEqualTo(1000);
        assertThat(tcp.payloadLength()).isEqualTo(3);
        assertThat(packet).hasToString("TCP 10.0.0.1:4711 > 192.0.2.254:443, 43 bytes".replace("TCP", IpProtocol.name(6)));
    }

    @Test
    void shouldQuoteThePacketInAnIcmpError() {
        byte[] query = v4().udp(1000, 53).payload("?").build();
        IpPacket error = view(PacketBuilder.ipv4("192.0.2.254", "10.0.0.1")
                .icmpError(IcmpHeader.DESTINATION_UNREACHABLE, 3, query).build());
        IpPacket quoted = new IpPacket();

        assertThat(error.isIcmpError()).isTrue();
        assertThat(error.wrapQuoted(quoted)).isEqualTo(PacketStatus.OK);
        assertThat(quoted.destinationPort()).isEqualTo(53);
        assertThat(InternetChecksum.ofTransport(error)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {48, 1280, 8500, 65535})
    void shouldFillUpToTheTotalLength(int length) {
        assertThat(v4().udp(1, 2).totalLength(length).build()).hasSize(length);
        assertThat(v6().udp(1, 2).totalLength(length).build()).hasSize(length);
    }

    @Test
    void shouldNeverWriteAUdpChecksumOfZero() {
        for (int port = 0; port < 65536; port++) {
            UdpHeader udp = new UdpHeader();
            IpPacket packet = new IpPacket();
            byte[] bytes = v4().udp(port, 9).build();
            packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
            udp.wrap(packet);
            if (udp.checksum() == 0) {
                throw new AssertionError("UDP checksum 0 (RFC 768: none) for port " + port);
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoAddressWithoutLookingItUp() {
        assertThatThrownBy(() -> PacketBuilder.ipv4("localhost", "10.0.0.1"))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("'localhost' is not an IP address");
        assertThatThrownBy(() -> PacketBuilder.ipv4("::1", "10.0.0.1")).hasMessage("'::1' is not an IPv4 address");
        assertThatThrownBy(() -> PacketBuilder.ipv6("::1", "10.0.0.1")).hasMessage("'10.0.0.1' is not an IPv6 address");
        assertThatThrownBy(() -> PacketBuilder.between(AddressText.parse("::1"), AddressText.parse("10.0.0.1")))
                .hasMessageContaining("one IP version");
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        assertThatThrownBy(() -> v4().udp(1, 65536)).hasMessage("destination port 65536 is not in 0..65535");
        assertThatThrownBy(() -> v4().ttl(-1)).hasMessageContaining("TTL");
        assertThatThrownBy(() -> v4().udp(1, 2).totalLength(20)).hasMessageContaining("no room for its headers");
        assertThatThrownBy(() -> v4().udp(1, 2).payload(65535).build()).hasMessageContaining("packet length");
        assertThatThrownBy(() -> v6().icmpError(IcmpHeader.V6_ECHO_REQUEST, 0, new byte[0])).hasMessageContaining("not an error");
    }
}
