package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.reference.SlowChecksum;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each edit is compared with a packet built from scratch with the new value, byte for byte. */
class PacketEditorTest {
    private final IpPacket packet = new IpPacket();

    private IpPacket wrap(byte[] bytes) {
        assertThat(packet.wrap(Placed.DIRECT.place(bytes), Placed.OFFSET, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private void assertPacketIs(PacketBuilder expected) {
        byte[] bytes = expected.build();
        assertThat(Hex.of(packet.buffer(), Placed.OFFSET, bytes.length)).isEqualTo(Hex.of(bytes));
        assertThat(Placed.isNoiseIntact(packet.buffer(), bytes.length)).isTrue();
    }

    private static PacketBuilder withTransport(PacketBuilder builder, int protocol) {
        switch (protocol) {
            case IpProtocol.TCP: return builder.tcp(1000, 2000, TcpHeader.ACK, "", 31);
            case IpProtocol.UDP: return builder.udp(1000, 2000, 31);
            case IpProtocol.UDP_LITE: return builder.udpLite(1000, 2000, 8, 31);
            case IpProtocol.DCCP: return builder.dccp(1000, 2000, 1, 31);
            case IpProtocol.ICMP:
            case IpProtocol.ICMPV6: return builder.icmpEcho(false, 5);
            default: return builder.payload(protocol, new byte[31]);
        }
    }

    static Stream<Integer> protocols() {
        return Stream.of(IpProtocol.TCP, IpProtocol.UDP, IpProtocol.UDP_LITE, IpProtocol.DCCP, IpProtocol.ICMP, IpProtocol.GRE, IpProtocol.SCTP);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void shouldSetIpv4Addresses(int protocol) {
        Supplier<PacketBuilder> packets = () -> withTransport(PacketBuilder.ipv4().ipOptions("01010101"), protocol);
        wrap(packets.get().build());

        assertThat(PacketEditor.setIpv4Source(packet, 0xc6336401)).isTrue();
        assertPacketIs(withTransport(PacketBuilder.ipv4().ipOptions("01010101").from("198.51.100.1"), protocol));
        assertThat(PacketEditor.setIpv4Destination(packet, 0xffffffff)).isTrue();
        assertPacketIs(withTransport(PacketBuilder.ipv4().ipOptions("01010101").from("198.51.100.1").to("255.255.255.255"), protocol));
        assertThat(PacketEditor.setIpv6Source(packet, 1, 2) || PacketEditor.setIpv6Destination(packet, 1, 2)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void shouldSetIpv6Addresses(int protocol) {
        String extension = "00 0000 00000000";
        wrap(withTransport(PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, extension), protocol).build());

        assertThat(PacketEditor.setIpv6Source(packet, 0xfd00000000000000L, 0xffffffffffffffffL)).isTrue();
        assertPacketIs(withTransport(PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, extension).from("fd00::ffff:ffff:ffff:ffff"), protocol));
        assertThat(PacketEditor.setIpv6Destination(packet, 0, 1)).isTrue();
        assertPacketIs(withTransport(PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, extension)
                .from("fd00::ffff:ffff:ffff:ffff").to("::1"), protocol));
        assertThat(PacketEditor.setIpv4Source(packet, 1) || PacketEditor.setIpv4Destination(packet, 1)).isFalse();
    }

    @Test
    void shouldLeaveTheChecksumOfAnUnfinishedRoutingHeaderToItsFinalDestination() {
        String routing = "02 00 01 00000000" + "20010db8000000000000000000000099";
        Supplier<PacketBuilder> packets = () -> PacketBuilder.ipv6().extension(IpProtocol.ROUTING, routing).finalDestination("2001:db8::99");
        wrap(packets.get().udp(1, 2, 3).build());

        assertThat(PacketEditor.setIpv6Destination(packet, 0, 1)).isTrue();
        assertPacketIs(packets.get().to("::1").udp(1, 2, 3));
        assertThat(PacketEditor.setIpv6Source(packet, 0, 2)).isTrue();
        assertPacketIs(packets.get().to("::1").from("::2").udp(1, 2, 3));
    }

    @Test
    void shouldSetPorts() {
        for (boolean isIpv4 : List.of(true, false)) {
            Supplier<PacketBuilder> builder = isIpv4 ? PacketBuilder::ipv4 : PacketBuilder::ipv6;
            wrap(builder.get().tcp(1000, 2000, TcpHeader.ACK, "", 5).build());
            assertThat(PacketEditor.setSourcePort(packet, 65535) && PacketEditor.setDestinationPort(packet, 0)).isTrue();
            assertPacketIs(builder.get().tcp(65535, 0, TcpHeader.ACK, "", 5));
            wrap(builder.get().udp(1000, 2000, 5).build());
            assertThat(PacketEditor.setSourcePort(packet, 1) && PacketEditor.setDestinationPort(packet, 0x8000)).isTrue();
            assertPacketIs(builder.get().udp(1, 0x8000, 5));
            wrap(builder.get().udpLite(1000, 2000, 8, 5).build());
            assertThat(PacketEditor.setSourcePort(packet, 1)).isTrue();
            assertPacketIs(builder.get().udpLite(1, 2000, 8, 5));
            wrap(builder.get().dccp(1000, 2000, 0, 5).build());
            assertThat(PacketEditor.setDestinationPort(packet, 1)).isTrue();
            assertPacketIs(builder.get().dccp(1000, 1, 0, 5));
        }
    }

    @Test
    void shouldRefusePortsThatCannotBeChanged() {
        for (PacketBuilder builder : List.of(
                PacketBuilder.ipv4().icmpEcho(false, 1),
                PacketBuilder.ipv4().payload(IpProtocol.SCTP, new byte[12]),
                PacketBuilder.ipv4().payload(IpProtocol.TCP, new byte[17]),
                PacketBuilder.ipv4().payload(IpProtocol.UDP, new byte[7]),
                PacketBuilder.ipv4().fragment(8, false).payload(IpProtocol.UDP, new byte[8]))) {
            wrap(builder.build());
            assertThat(PacketEditor.setSourcePort(packet, 1) || PacketEditor.setDestinationPort(packet, 1)).isFalse();
            assertPacketIs(builder);
        }
    }

    @Test
    void shouldLeaveAUdpPacketWithoutChecksumWithout() {
        byte[] bytes = PacketBuilder.ipv4().udp(1, 2, 3).build();
        ByteBuffer.wrap(bytes).putShort(26, (short) 0);
        wrap(bytes);

        assertThat(PacketEditor.setSourcePort(packet, 9) && PacketEditor.setIpv4Source(packet, 7)).isTrue();

        assertThat(packet.sourcePort()).isEqualTo(9);
        assertThat(packet.buffer().getShort(Placed.OFFSET + 26)).isZero();
    }

    @Test
    void shouldWriteAUdpChecksumThatBecomesZeroAsAllOnes() {
        int zeros = 0;
        for (int port = 0; port < 65536; port++) {
            wrap(PacketBuilder.ipv4().udp(1, 2, 3).build());
            PacketEditor.setSourcePort(packet, port);
            int checksum = packet.buffer().getShort(Placed.OFFSET + 26) & 0xffff;
            assertThat(checksum).isNotZero();
            zeros += checksum == 0xffff ? 1 : 0;
        }
        assertThat(zeros).isPositive();
    }

    @Test
    void shouldChangeTheTransportChecksumOfAFirstFragmentOnly() {
        wrap(PacketBuilder.ipv4().fragment(0, true).udp(1, 2, 8).build());
        PacketEditor.setIpv4Source(packet, 0x01020304);
        PacketEditor.setSourcePort(packet, 77);
        assertPacketIs(PacketBuilder.ipv4().from("1.2.3.4").fragment(0, true).udp(77, 2, 8));

        PacketBuilder later = PacketBuilder.ipv4().fragment(8, true).payload(IpProtocol.UDP, new byte[8]);
        wrap(later.build());
        PacketEditor.setIpv4Source(packet, 0x01020304);
        assertPacketIs(later.from("1.2.3.4"));
    }

    @Test
    void shouldSetTtlDscpAndEcn() {
        wrap(PacketBuilder.ipv4().trafficClass(0xb9).tcp(1, 2, 0, "", 0).build());
        PacketEditor.setTtl(packet, 0);
        assertPacketIs(PacketBuilder.ipv4().trafficClass(0xb9).ttl(0).tcp(1, 2, 0, "", 0));
        PacketEditor.setTtl(packet, 255);
        PacketEditor.setDscp(packet, 10);
        assertPacketIs(PacketBuilder.ipv4().trafficClass(10 << 2 | 1).ttl(255).tcp(1, 2, 0, "", 0));
        PacketEditor.setEcn(packet, 3);
        assertPacketIs(PacketBuilder.ipv4().trafficClass(10 << 2 | 3).ttl(255).tcp(1, 2, 0, "", 0));
    }

    @Test
    void shouldSetHopLimitAndTrafficClass() {
        wrap(PacketBuilder.ipv6().trafficClass(0xb9).udp(1, 2, 0).build());
        PacketEditor.setTtl(packet, 1);
        PacketEditor.setDscp(packet, 63);
        assertPacketIs(PacketBuilder.ipv6().trafficClass(63 << 2 | 1).ttl(1).udp(1, 2, 0));
        PacketEditor.setEcn(packet, 2);
        assertPacketIs(PacketBuilder.ipv6().trafficClass(63 << 2 | 2).ttl(1).udp(1, 2, 0));
    }

    @Test
    void shouldKeepAWrongChecksumAsWrongAsItWas() {
        byte[] bytes = PacketBuilder.ipv4().tcp(1, 2, 0, "", 10).build();
        int right = ByteBuffer.wrap(bytes).getShort(36) & 0xffff;
        ByteBuffer.wrap(bytes).putShort(36, (short) (right + 5));
        wrap(bytes);

        PacketEditor.setSourcePort(packet, 0x4444);

        byte[] repaired = PacketBuilder.ipv4().tcp(0x4444, 2, 0, "", 10).build();
        int wrong = packet.buffer().getShort(Placed.OFFSET + 36) & 0xffff;
        assertThat((wrong - ByteBuffer.wrap(repaired).getShort(36) & 0xffff) % 0xffff).isEqualTo(5);
        assertThat(SlowChecksum.of(repaired)).isNotNegative();
    }
}
