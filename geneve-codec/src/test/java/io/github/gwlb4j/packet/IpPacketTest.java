package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPacketTest {
    private static final String EIGHT = "00 0000 00000000";
    private final IpPacket packet = new IpPacket();
    private final IpPacket quoted = new IpPacket();

    private PacketStatus wrap(byte[] bytes) {
        return packet.wrap(Placed.DIRECT.place(bytes), Placed.OFFSET, bytes.length);
    }

    private PacketStatus wrap(PacketBuilder builder) {
        return wrap(builder.build());
    }

    @ParameterizedTest
    @EnumSource(Placed.class)
    void shouldReadIpv4(Placed placed) {
        byte[] bytes = PacketBuilder.ipv4().trafficClass(0xb9).ttl(7).identification(0xbeef).dontFragment().udp(53, 40000, 5).build();

        assertThat(packet.wrap(placed.place(bytes), Placed.OFFSET, bytes.length)).isEqualTo(PacketStatus.OK).isEqualTo(packet.status());

        assertThat(packet.version()).isEqualTo(4);
        assertThat(packet.offset()).isEqualTo(Placed.OFFSET);
        assertThat(packet.totalLength()).isEqualTo(33);
        assertThat(packet.headerLength()).isEqualTo(20);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.UDP);
        assertThat(packet.transportOffset()).isEqualTo(Placed.OFFSET + 20);
        assertThat(packet.transportLength()).isEqualTo(13);
        assertThat(packet.sourceHigh()).isZero();
        assertThat(packet.sourceLow()).isEqualTo(0x0a000001L);
        assertThat(packet.destinationHigh()).isZero();
        assertThat(packet.destinationLow()).isEqualTo(0xc0a80709L);
        assertThat(packet.trafficClass()).isEqualTo(0xb9);
        assertThat(packet.ttl()).isEqualTo(7);
        assertThat(packet.identification()).isEqualTo(0xbeef);
        assertThat(packet.isDontFragment()).isTrue();
        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.hasPorts()).isTrue();
        assertThat(packet.sourcePort()).isEqualTo(53);
        assertThat(packet.destinationPort()).isEqualTo(40000);
        assertThat(packet.transportStatus()).isEqualTo(PacketStatus.OK);
    }

    @ParameterizedTest
    @EnumSource(Placed.class)
    void shouldReadIpv6(Placed placed) {
        byte[] bytes = PacketBuilder.ipv6().trafficClass(0xb9).ttl(7).tcp(443, 65535, TcpHeader.SYN, "", 3).build();

        assertThat(packet.wrap(placed.place(bytes), Placed.OFFSET, bytes.length)).isEqualTo(PacketStatus.OK);

        assertThat(packet.version()).isEqualTo(6);
        assertThat(packet.totalLength()).isEqualTo(63);
        assertThat(packet.headerLength()).isEqualTo(40);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(packet.sourceHigh()).isEqualTo(0x20010db800000000L);
        assertThat(packet.sourceLow()).isEqualTo(1);
        assertThat(packet.destinationHigh()).isEqualTo(0x20010db800000001L);
        assertThat(packet.destinationLow()).isEqualTo(0xabcd);
        assertThat(packet.trafficClass()).isEqualTo(0xb9);
        assertThat(packet.ttl()).isEqualTo(7);
        assertThat(packet.identification()).isZero();
        assertThat(packet.isDontFragment()).isTrue();
        assertThat(packet.sourcePort()).isEqualTo(443);
        assertThat(packet.destinationPort()).isEqualTo(65535);
        assertThat(packet.transportStatus()).isEqualTo(PacketStatus.OK);
    }

    @Test
    void shouldReadPortsBehindIpv4Options() {
        assertThat(wrap(PacketBuilder.ipv4().ipOptions("01020304" + "05060708" + "94040000").udp(5, 6, 0))).isEqualTo(PacketStatus.OK);

        assertThat(packet.headerLength()).isEqualTo(32);
        assertThat(packet.sourcePort()).isEqualTo(5);
        assertThat(packet.destinationPort()).isEqualTo(6);
    }

    @Test
    void shouldLeaveOutPaddingBehindThePacket() {
        byte[] padded = Arrays.copyOf(PacketBuilder.ipv4().udp(5, 6, 0).build(), 46);

        assertThat(wrap(padded)).isEqualTo(PacketStatus.OK);
        assertThat(packet.totalLength()).isEqualTo(28);
        assertThat(packet.transportLength()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({"0, IP_HEADER_TRUNCATED", "1, IP_HEADER_TRUNCATED", "19, IP_HEADER_TRUNCATED", "20, IP_LENGTH_EXCEEDS_DATA",
            "23, IP_LENGTH_EXCEEDS_DATA", "31, IP_LENGTH_EXCEEDS_DATA", "32, OK"})
    void shouldSayWhenIpv4IsCut(int length, PacketStatus expected) {
        byte[] bytes = PacketBuilder.ipv4().ipOptions("01010101").udp(1, 2, 0).build();

        assertThat(wrap(Arrays.copyOf(bytes, length))).isEqualTo(expected);
        assertThat(packet.status()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, IP_HEADER_TRUNCATED", "39, IP_HEADER_TRUNCATED", "40, IP_LENGTH_EXCEEDS_DATA", "47, IP_LENGTH_EXCEEDS_DATA", "48, OK"})
    void shouldSayWhenIpv6IsCut(int length, PacketStatus expected) {
        assertThat(wrap(Arrays.copyOf(PacketBuilder.ipv6().udp(1, 2, 0).build(), length))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 5, 7, 15})
    void shouldSayWhenTheVersionIsUnknown(int version) {
        byte[] bytes = new byte[60];
        bytes[0] = (byte) (version << 4 | 5);

        assertThat(wrap(bytes)).isEqualTo(PacketStatus.IP_VERSION_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"0, 28", "4, 28", "5, 0", "5, 19", "8, 31", "15, 59"})
    void shouldSayWhenTheIpv4HeaderLengthLies(int words, int totalLength) {
        byte[] bytes = Arrays.copyOf(PacketBuilder.ipv4().udp(1, 2, 0).build(), 80);
        bytes[0] = (byte) (0x40 | words);
        ByteBuffer.wrap(bytes).putShort(2, (short) totalLength);

        assertThat(wrap(bytes)).isEqualTo(PacketStatus.IPV4_HEADER_LENGTH_WRONG);
    }

    @Test
    void shouldRefuseARegionOutsideOfTheBuffer() {
        assertThatThrownBy(() -> packet.wrap(ByteBuffer.allocate(30), 10, 21)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldNotReadIpv6ExtensionHeadersInIpv4() {
        assertThat(wrap(PacketBuilder.ipv4().payload(IpProtocol.AUTHENTICATION, new byte[24]))).isEqualTo(PacketStatus.OK);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.AUTHENTICATION);
        assertThat(packet.hasPorts()).isFalse();
    }

    @Test
    void shouldWalkExtensionHeadersInAnyOrder() {
        PacketBuilder builder = PacketBuilder.ipv6()
                .extension(IpProtocol.DESTINATION_OPTIONS, "01 0000 00000000 0000000000000000")
                .extension(IpProtocol.ROUTING, EIGHT)
                .extension(IpProtocol.AUTHENTICATION, "04 0000 00000001 00000002 000000000000000000000000")
                .extension(IpProtocol.HOP_BY_HOP, EIGHT)
                .extension(IpProtocol.MOBILITY, EIGHT)
                .extension(IpProtocol.HOST_IDENTITY, EIGHT)
                .extension(IpProtocol.SHIM6, EIGHT)
                .tcp(7, 8, TcpHeader.ACK, "", 0);

        assertThat(wrap(builder)).isEqualTo(PacketStatus.OK);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(packet.headerLength()).isEqualTo(40 + 16 + 8 + 24 + 4 * 8);
        assertThat(packet.sourcePort()).isEqualTo(7);
        assertThat(InternetChecksum.ofTransport(packet)).isZero();
    }

    @Test
    void shouldWalk16ExtensionHeadersAndNoMore() {
        PacketBuilder sixteen = PacketBuilder.ipv6();
        for (int i = 0; i < IpPacket.MAX_EXTENSION_HEADERS; i++) {
            sixteen.extension(IpProtocol.DESTINATION_OPTIONS, EIGHT);
        }
        assertThat(wrap(sixteen.udp(1, 2, 0))).isEqualTo(PacketStatus.OK);
        assertThat(wrap(sixteen.extension(IpProtocol.DESTINATION_OPTIONS, EIGHT).udp(1, 2, 0))).isEqualTo(PacketStatus.EXTENSION_HEADERS_TOO_MANY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "00 0000 000000", "01 0000 00000000"})
    void shouldSayWhenAnExtensionHeaderRunsPastTheEnd(String afterNextHeader) {
        assertThat(wrap(PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, afterNextHeader))).isEqualTo(PacketStatus.EXTENSION_HEADER_TRUNCATED);
    }

    @Test
    void shouldStopAtNoNextHeaderAndAtEncryption() {
        assertThat(wrap(PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, EIGHT))).isEqualTo(PacketStatus.OK);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.NO_NEXT_HEADER);
        assertThat(packet.transportLength()).isZero();
        assertThat(wrap(PacketBuilder.ipv6().payload(IpProtocol.ESP, new byte[30]))).isEqualTo(PacketStatus.OK);
        assertThat(packet.hasPorts()).isFalse();
    }

    @Test
    void shouldTellIpv4FragmentsApart() {
        assertThat(wrap(PacketBuilder.ipv4().fragment(0, true).udp(1, 2, 8))).isEqualTo(PacketStatus.OK);
        assertFragment(0, true, true);
        assertThat(wrap(PacketBuilder.ipv4().fragment(16, true).payload(17, new byte[8]))).isEqualTo(PacketStatus.OK);
        assertFragment(16, true, false);
        assertThat(wrap(PacketBuilder.ipv4().fragment(65528, false).payload(17, new byte[3]))).isEqualTo(PacketStatus.OK);
        assertFragment(65528, false, false);
        assertThat(packet.transportStatus()).isEqualTo(PacketStatus.OK);
    }

    @Test
    void shouldTellIpv6FragmentsApart() {
        assertThat(wrap(PacketBuilder.ipv6().fragment(0, true).udp(1, 2, 8))).isEqualTo(PacketStatus.OK);
        assertFragment(0, true, true);
        assertThat(wrap(PacketBuilder.ipv6().identification(0x89abcdef).fragment(16, true).payload(17, new byte[8]))).isEqualTo(PacketStatus.OK);
        assertFragment(16, true, false);
        assertThat(packet.identification()).isEqualTo(0x89abcdef);
        assertThat(wrap(PacketBuilder.ipv6().fragment(65528, false).payload(17, new byte[3]))).isEqualTo(PacketStatus.OK);
        assertFragment(65528, false, false);
    }

    private void assertFragment(int offset, boolean hasMore, boolean hasPorts) {
        assertThat(packet.isFragment()).isTrue();
        assertThat(packet.fragmentOffset()).isEqualTo(offset);
        assertThat(packet.hasMoreFragments()).isEqualTo(hasMore);
        assertThat(packet.hasPorts()).isEqualTo(hasPorts);
        assertThat(packet.fragmentProtocol()).isEqualTo(IpProtocol.UDP);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.UDP);
    }

    @Test
    void shouldTakeAnAtomicFragmentForAWholePacket() {
        assertThat(wrap(PacketBuilder.ipv6().identification(5).fragment(0, false).udp(1, 2, 8))).isEqualTo(PacketStatus.OK);

        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.sourcePort()).isEqualTo(1);
        assertThat(packet.identification()).isEqualTo(5);
    }

    @Test
    void shouldNotWalkTheDataOfALaterFragment() {
        assertThat(wrap(PacketBuilder.ipv6().fragment(8, true).payload(IpProtocol.DESTINATION_OPTIONS, Hex.bytes("11ff"))))
                .isEqualTo(PacketStatus.OK);
        assertThat(packet.fragmentProtocol()).isEqualTo(IpProtocol.DESTINATION_OPTIONS);
        assertThat(packet.transportLength()).isEqualTo(2);
    }

    @Test
    void shouldNotLetAFragmentHeaderInTheDataHideTheOuterOne() {
        byte[] bytes = PacketBuilder.ipv6().extension(IpProtocol.FRAGMENT, "00 0001 00000001")
                .extension(IpProtocol.FRAGMENT, "00 0000 00000002").udp(1, 2, 0).build();

        assertThat(wrap(bytes)).isEqualTo(PacketStatus.OK);
        assertThat(packet.hasMoreFragments()).isTrue();
        assertThat(packet.identification()).isEqualTo(1);
        assertThat(packet.fragmentProtocol()).isEqualTo(IpProtocol.FRAGMENT);
    }

    @Test
    void shouldForgetThePacketBefore() {
        wrap(PacketBuilder.ipv6().identification(5).fragment(8, true).payload(17, new byte[8]));
        assertThat(wrap(PacketBuilder.ipv6().udp(1, 2, 0))).isEqualTo(PacketStatus.OK);

        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.identification()).isZero();
        assertThat(packet.hasPorts()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"6, 0, TRANSPORT_TRUNCATED", "6, 19, TRANSPORT_TRUNCATED", "17, 7, TRANSPORT_TRUNCATED", "1, 7, TRANSPORT_TRUNCATED",
            "1, 8, OK", "58, 7, TRANSPORT_TRUNCATED", "136, 7, TRANSPORT_TRUNCATED", "136, 8, OK", "132, 11, TRANSPORT_TRUNCATED",
            "132, 12, OK", "33, 11, TRANSPORT_TRUNCATED", "33, 12, OK", "47, 0, OK", "89, 1, OK"})
    void shouldSayWhenTheTransportHeaderIsCut(int protocol, int length, PacketStatus expected) {
        assertThat(wrap(PacketBuilder.ipv4().payload(protocol, new byte[length]))).isEqualTo(PacketStatus.OK);
        assertThat(packet.transportStatus()).isEqualTo(expected);
        assertThat(packet.hasPorts()).isEqualTo(length >= 4 && IpProtocol.hasPorts(protocol));
    }

    @ParameterizedTest
    @CsvSource({"0, TCP_DATA_OFFSET_WRONG", "4, TCP_DATA_OFFSET_WRONG", "5, OK", "6, OK", "7, TCP_DATA_OFFSET_WRONG", "15, TCP_DATA_OFFSET_WRONG"})
    void shouldSayWhenTheTcpDataOffsetLies(int words, PacketStatus expected) {
        byte[] bytes = PacketBuilder.ipv4().tcp(1, 2, 0, "01010101", 0).build();
        bytes[32] = (byte) (words << 4);

        assertThat(wrap(bytes)).isEqualTo(PacketStatus.OK);
        assertThat(packet.transportStatus()).isEqualTo(expected);
        assertThat(new TcpHeader().wrap(packet)).isEqualTo(expected == PacketStatus.OK);
    }

    @ParameterizedTest
    @CsvSource({"0, false, UDP_LENGTH_WRONG", "7, false, UDP_LENGTH_WRONG", "8, false, OK", "12, false, OK", "13, false, UDP_LENGTH_WRONG",
            "13, true, OK", "7, true, UDP_LENGTH_WRONG"})
    void shouldSayWhenTheUdpLengthLies(int length, boolean isFirstFragment, PacketStatus expected) {
        byte[] bytes = PacketBuilder.ipv4().fragment(0, isFirstFragment).udp(1, 2, 4).build();
        ByteBuffer.wrap(bytes).putShort(24, (short) length);

        assertThat(wrap(bytes)).isEqualTo(PacketStatus.OK);
        assertThat(packet.transportStatus()).isEqualTo(expected);
        assertThat(new UdpHeader().wrap(packet)).isEqualTo(expected == PacketStatus.OK);
    }

    @Test
    void shouldReadTheQuotedPacketOfAnIcmpError() {
        byte[] original = PacketBuilder.ipv4().from("1.2.3.4").to("5.6.7.8").tcp(1111, 80, TcpHeader.ACK, "", 1000).build();

        assertThat(wrap(PacketBuilder.ipv4().icmp(3, 4, 1400, Arrays.copyOf(original, 28)))).isEqualTo(PacketStatus.OK);

        assertThat(packet.isIcmpError()).isTrue();
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.OK).isEqualTo(quoted.status());
        assertThat(quoted.totalLength()).isEqualTo(28);
        assertThat(quoted.sourceLow()).isEqualTo(0x01020304L);
        assertThat(quoted.sourcePort()).isEqualTo(1111);
        assertThat(quoted.destinationPort()).isEqualTo(80);
        assertThat(quoted.transportStatus()).isEqualTo(PacketStatus.TRANSPORT_TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldReadTheQuotedPacketOfAnIcmpv6Error(int type) {
        byte[] original = PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, EIGHT).udp(1111, 53, 1500).build();

        assertThat(wrap(PacketBuilder.ipv6().icmp(type, 0, 1280, Arrays.copyOf(original, 100)))).isEqualTo(PacketStatus.OK);

        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.OK);
        assertThat(quoted.sourcePort()).isEqualTo(1111);
    }

    @Test
    void shouldSayWhenThereIsNoQuotedPacketToRead() {
        wrap(PacketBuilder.ipv4().icmp(3, 1, 0, Hex.bytes("45000028")));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.IP_HEADER_TRUNCATED);
        wrap(PacketBuilder.ipv4().icmp(3, 1, 0, new byte[0]));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.IP_HEADER_TRUNCATED);
        wrap(PacketBuilder.ipv4().icmpEcho(false, 1));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.NOT_IP);
        wrap(PacketBuilder.ipv4().udp(1, 2, 0));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.NOT_IP);
    }

    @Test
    void shouldSayWhenAQuotedHeaderIsCut() {
        byte[] withOptions = PacketBuilder.ipv4().ipOptions("0101010101010101").udp(1, 2, 0).build();
        wrap(PacketBuilder.ipv4().icmp(11, 0, 0, Arrays.copyOf(withOptions, 24)));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.IP_LENGTH_EXCEEDS_DATA);
        byte[] extended = PacketBuilder.ipv6().extension(IpProtocol.HOP_BY_HOP, EIGHT).udp(1, 2, 0).build();
        wrap(PacketBuilder.ipv6().icmp(1, 0, 0, Arrays.copyOf(extended, 44)));
        assertThat(packet.wrapQuoted(quoted)).isEqualTo(PacketStatus.EXTENSION_HEADER_TRUNCATED);
    }

    @Test
    void shouldKnowIcmpErrorsByVersion() {
        for (int type = 0; type < 256; type++) {
            wrap(PacketBuilder.ipv4().icmp(type, 0, 0, new byte[0]));
            assertThat(packet.isIcmpError()).as("ICMP %d", type).isEqualTo(type >= 3 && type <= 5 || type == 11 || type == 12);
            wrap(PacketBuilder.ipv6().icmp(type, 0, 0, new byte[0]));
            assertThat(packet.isIcmpError()).as("ICMPv6 %d", type).isEqualTo(type >= 1 && type <= 4);
        }
        wrap(PacketBuilder.ipv4().payload(IpProtocol.ICMPV6, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
        assertThat(packet.isIcmpError()).isFalse();
        wrap(PacketBuilder.ipv4().fragment(8, false).payload(IpProtocol.ICMP, new byte[] {3, 0, 0, 0, 0, 0, 0, 0}));
        assertThat(packet.isIcmpError()).isFalse();
    }
}
