package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.concat;
import static io.github.gwlb4j.pcap.CaptureBytes.hex;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OuterUdpTest {

    private static final String SOURCE_6 = "20010db8000000000000000000000001";
    private static final String DESTINATION_6 = "20010db8000000000000000000000002";
    private static final byte[] PAYLOAD = hex("0102030405");

    private final OuterUdp outer = new OuterUdp();

    private DatagramStatus parse(int linkType, byte[] frame) {
        return parse(linkType, frame, frame.length);
    }

    /** The frame lies in the middle of a buffer that ends with it, so that reading past it fails. */
    private DatagramStatus parse(int linkType, byte[] frame, int originalLength) {
        ByteBuffer buffer = ByteBuffer.allocate(9 + frame.length).put(9, frame);
        return outer.parse(linkType, buffer, 9, frame.length, originalLength);
    }

    /** An IPv4 header; the checksum of the header is not looked at. */
    private static byte[] ipv4(int totalLength, int fragment, int protocol, String options) {
        byte[] words = hex(options);
        return concat(new byte[] {(byte) (0x45 + words.length / 4), 0, (byte) (totalLength >> 8), (byte) totalLength, 0, 1,
                (byte) (fragment >> 8), (byte) fragment, 64, (byte) protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, words);
    }

    private static byte[] ipv6(int payloadLength, int nextHeader) {
        return concat(new byte[] {0x60, 0, 0, 0, (byte) (payloadLength >> 8), (byte) payloadLength, (byte) nextHeader, 64},
                hex(SOURCE_6), hex(DESTINATION_6));
    }

    private static byte[] udp(int length, int checksum) {
        return concat(hex("303917c1"), new byte[] {(byte) (length >> 8), (byte) length, (byte) (checksum >> 8),
                (byte) checksum}, PAYLOAD);
    }

    @Test
    void shouldFindEverythingInAnIpv4DatagramWithOptionsAndPadding() throws Exception {
        byte[] frame = concat(hex("001b213cac30001b213cab6481000005 0800"), ipv4(37, 0x4000, 17, "94040000"), udp(13, 0),
                new byte[6]);

        assertThat(parse(LinkType.ETHERNET, frame)).isEqualTo(DatagramStatus.OK);
        assertThat(outer.link().vlanId()).isEqualTo(5);
        assertThat(outer.ipVersion()).isEqualTo(4);
        assertThat(outer.ipOffset()).isEqualTo(9 + 18);
        assertThat(outer.addressLength()).isEqualTo(4);
        assertThat(outer.sourceAddressOffset()).isEqualTo(9 + 30);
        assertThat(outer.destinationAddressOffset()).isEqualTo(9 + 34);
        assertThat(outer.sourceAddress()).isEqualTo("10.0.0.1");
        assertThat(outer.destinationAddress()).isEqualTo("10.0.0.2");
        assertThat(outer.sourcePort()).isEqualTo(12345);
        assertThat(outer.destinationPort()).isEqualTo(6081);
        assertThat(outer.udpOffset()).isEqualTo(9 + 42);
        assertThat(outer.payloadOffset()).isEqualTo(9 + 50);
        assertThat(outer.payloadLength()).isEqualTo(5);
        assertThat(outer.capturedPayloadLength()).isEqualTo(5);
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.ABSENT);
    }

    static Stream<Arguments> extensionHeaders() {
        return Stream.of(
                Arguments.of("none", 17, ""),
                Arguments.of("hop-by-hop", 0, "1100010400000000"),
                Arguments.of("destination options of 16 bytes", 60, "11010100000000000000000000000000"),
                Arguments.of("authentication of 16 bytes", 51, "11020000000000010000000200000003"),
                Arguments.of("atomic fragment", 44, "1100000000000007"),
                Arguments.of("routing, then hop-by-hop, then fragment", 43, "0002020001020304 0000000000000000 0000000000000000"
                        + "2c00010400000000 1100000000000007"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("extensionHeaders")
    void shouldWalkIpv6ExtensionHeaders(String name, int next, String headers) {
        byte[] extensions = hex(headers);
        byte[] packet = concat(ipv6(extensions.length + 13, next), extensions, udp(13, 0xffff));

        assertThat(parse(LinkType.RAW, packet)).isEqualTo(DatagramStatus.OK);
        assertThat(outer.ipVersion()).isEqualTo(6);
        assertThat(outer.addressLength()).isEqualTo(16);
        assertThat(outer.udpOffset()).isEqualTo(9 + 40 + extensions.length);
        assertThat(outer.sourceAddress()).isEqualTo("2001:db8::1");
        assertThat(outer.destinationAddress()).isEqualTo("2001:db8::2");
        for (int length = 1; length < 40 + extensions.length + 8; length++) {
            byte[] cut = Arrays.copyOf(packet, length);
            assertThat(parse(LinkType.RAW, cut, packet.length)).as("%d bytes", length)
                    .isEqualTo(DatagramStatus.HEADER_TRUNCATED);
            assertThat(parse(LinkType.RAW, cut)).as("%d bytes", length)
                    .isEqualTo(length < 40 ? DatagramStatus.FRAME_TOO_SHORT : DatagramStatus.IP_HEADER_INVALID);
        }
        assertThat(parse(LinkType.RAW, Arrays.copyOf(packet, packet.length - 1), packet.length))
                .isEqualTo(DatagramStatus.PAYLOAD_TRUNCATED);
        assertThat(outer.capturedPayloadLength()).isEqualTo(4);
        assertThat(outer.payloadLength()).isEqualTo(5);
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.UNVERIFIABLE);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("ARP", DatagramStatus.NOT_IP, 1, hex("001b213cac30001b213cab640806 0001")),
                Arguments.of("not IP in raw", DatagramStatus.NOT_IP, 101, hex("55")),
                Arguments.of("USB", DatagramStatus.UNSUPPORTED_LINK_TYPE, 220, hex("55")),
                Arguments.of("version 6 under EtherType IPv4", DatagramStatus.IP_HEADER_INVALID, 228, ipv6(13, 17)),
                Arguments.of("version 4 under EtherType IPv6", DatagramStatus.IP_HEADER_INVALID, 229,
                        concat(ipv4(40, 0, 17, ""), new byte[20])),
                Arguments.of("header length 16", DatagramStatus.IP_HEADER_INVALID, 101, concat(hex("44000018"), new byte[30])),
                Arguments.of("total length below the header", DatagramStatus.IP_HEADER_INVALID, 101, ipv4(19, 0, 17, "")),
                Arguments.of("total length past the frame", DatagramStatus.IP_HEADER_INVALID, 101,
                        concat(ipv4(34, 0, 17, ""), udp(13, 0))),
                Arguments.of("payload length past the frame", DatagramStatus.IP_HEADER_INVALID, 101,
                        concat(ipv6(14, 17), udp(13, 0))),
                Arguments.of("extension past the packet", DatagramStatus.IP_HEADER_INVALID, 101,
                        concat(ipv6(8, 60), hex("11010100000000000000000000000000"))),
                Arguments.of("TCP", DatagramStatus.NOT_UDP, 101, concat(ipv4(33, 0, 6, ""), udp(13, 0))),
                Arguments.of("TCP in IPv6", DatagramStatus.NOT_UDP, 101, concat(ipv6(13, 6), udp(13, 0))),
                Arguments.of("ESP", DatagramStatus.NOT_UDP, 101, concat(ipv6(13, 50), udp(13, 0))),
                Arguments.of("no next header", DatagramStatus.NOT_UDP, 101, ipv6(0, 59)),
                Arguments.of("jumbogram", DatagramStatus.IP_HEADER_INVALID, 101, concat(ipv6(0, 0), hex("1100c20400010000"))),
                Arguments.of("later fragment", DatagramStatus.LATER_FRAGMENT, 101, concat(ipv4(33, 0x2001, 17, ""), udp(13, 0))),
                Arguments.of("last fragment", DatagramStatus.LATER_FRAGMENT, 101, concat(ipv4(33, 1, 17, ""), udp(13, 0))),
                Arguments.of("later fragment of TCP", DatagramStatus.NOT_UDP, 101, concat(ipv4(33, 1, 6, ""), udp(13, 0))),
                Arguments.of("later IPv6 fragment", DatagramStatus.LATER_FRAGMENT, 101,
                        concat(ipv6(21, 44), hex("1100000800000007"), udp(13, 0))),
                Arguments.of("UDP length 7", DatagramStatus.UDP_LENGTH_INVALID, 101, concat(ipv4(33, 0, 17, ""), udp(7, 0))),
                Arguments.of("UDP length past the packet", DatagramStatus.UDP_LENGTH_INVALID, 101,
                        concat(ipv4(33, 0, 17, ""), udp(14, 0), new byte[9])),
                Arguments.of("no room for a UDP header", DatagramStatus.UDP_LENGTH_INVALID, 101,
                        concat(ipv4(27, 0, 17, ""), udp(13, 0))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void shouldTellWhyThereIsNoDatagram(String name, DatagramStatus status, int linkType, byte[] frame) {
        assertThat(parse(linkType, frame)).isEqualTo(status);
        assertThat(outer.status()).isEqualTo(status);
        assertThat(outer.hasUdpHeader()).isFalse();
        assertThat(outer.destinationPort() + outer.payloadOffset() + outer.payloadLength() + outer.capturedPayloadLength()).isZero();
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.UNVERIFIABLE);
        assertThat(status.description()).isNotBlank();
    }

    @Test
    void shouldGiveThePortsOfAFirstFragment() {
        byte[] packet = concat(ipv4(33, 0x2000, 17, ""), udp(3000, 0x1234));

        assertThat(parse(LinkType.RAW, packet)).isEqualTo(DatagramStatus.FIRST_FRAGMENT);
        assertThat(outer.destinationPort()).isEqualTo(6081);
        assertThat(outer.payloadLength()).isEqualTo(2992);
        assertThat(outer.capturedPayloadLength()).isEqualTo(5);
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.UNVERIFIABLE);

        byte[] six = concat(ipv6(21, 44), hex("1100000100000007"), udp(3000, 0));
        assertThat(parse(LinkType.RAW, six)).isEqualTo(DatagramStatus.FIRST_FRAGMENT);
        assertThat(outer.sourcePort()).isEqualTo(12345);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, ABSENT", "6, 0, ABSENT", "4, 1, INVALID", "6, 0xffff, INVALID"})
    void shouldJudgeFixedChecksums(int version, String checksum, ChecksumStatus expected) {
        byte[] ip = version == 4 ? ipv4(33, 0, 17, "") : ipv6(13, 17);

        assertThat(parse(LinkType.RAW, concat(ip, udp(13, Integer.decode(checksum))))).isEqualTo(DatagramStatus.OK);
        assertThat(outer.verifyChecksum()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"4", "6"})
    void shouldAcceptExactlyOneChecksum(int version) {
        byte[] ip = version == 4 ? ipv4(33, 0, 17, "") : ipv6(13, 17);
        int right = referenceChecksum(version == 4 ? hex("0a0000010a000002") : hex(SOURCE_6 + DESTINATION_6), udp(13, 0));

        for (int checksum = 1; checksum <= 0xffff; checksum++) {
            parse(LinkType.RAW, concat(ip, udp(13, checksum)));
            if ((outer.verifyChecksum() == ChecksumStatus.VALID) != (checksum == right)) {
                assertThat(outer.verifyChecksum()).as("checksum %04x, right is %04x", checksum, right).isNull();
            }
        }
    }

    /** RFC 768 by the letter: the one's complement sum over pseudo header, header with checksum 0, data and a padding byte. */
    private static int referenceChecksum(byte[] addresses, byte[] datagram) {
        byte[] all = concat(addresses, new byte[] {0, 17, 0, (byte) datagram.length}, datagram,
                new byte[datagram.length % 2]);
        int sum = 0;
        for (int i = 0; i < all.length; i += 2) {
            sum += (all[i] & 0xff) << 8 | all[i + 1] & 0xff;
            sum = sum > 0xffff ? sum - 0xffff : sum;
        }
        return sum == 0xffff ? 0xffff : ~sum & 0xffff;
    }

    @Test
    void shouldNotJudgeTheChecksumWhileAnIpv6RouteGoesOn() {
        byte[] routing = hex("1102020101020304 0000000000000000 0000000000000000");

        assertThat(parse(LinkType.RAW, concat(ipv6(37, 43), routing, udp(13, 0xffff)))).isEqualTo(DatagramStatus.OK);
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.UNVERIFIABLE);
    }

    @Test
    void shouldParseAPacketThatStartsAtTheUdpHeaderOrItsPayload() {
        assertThat(parse(LinkType.UDP_HEADER, udp(13, 0x1234))).isEqualTo(DatagramStatus.OK);
        assertThat(outer.sourcePort()).isEqualTo(12345);
        assertThat(outer.checksum()).isEqualTo(0x1234);
        assertThat(outer.payloadOffset()).isEqualTo(9 + 8);
        assertThat(outer.ipVersion()).isZero();
        assertThat(outer.sourceAddress()).isNull();
        assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.UNVERIFIABLE);
        assertThat(parse(LinkType.UDP_HEADER, udp(14, 0))).isEqualTo(DatagramStatus.UDP_LENGTH_INVALID);
        assertThat(parse(LinkType.UDP_HEADER, hex("303917c1000d"))).isEqualTo(DatagramStatus.FRAME_TOO_SHORT);

        assertThat(parse(LinkType.UDP_PAYLOAD, PAYLOAD)).isEqualTo(DatagramStatus.OK);
        assertThat(outer.hasUdpHeader()).isFalse();
        assertThat(outer.destinationPort()).isZero();
        assertThat(outer.payloadOffset()).isEqualTo(9);
        assertThat(outer.payloadLength()).isEqualTo(5);
        assertThat(parse(LinkType.UDP_PAYLOAD, PAYLOAD, 50)).isEqualTo(DatagramStatus.PAYLOAD_TRUNCATED);
        assertThat(outer.payloadLength()).isEqualTo(50);
    }

    @Test
    void shouldForgetTheFrameBefore() {
        parse(LinkType.ETHERNET, concat(hex("001b213cac30001b213cab6481000005 86dd"), ipv6(13, 17), udp(13, 1)));
        parse(LinkType.UDP_PAYLOAD, PAYLOAD);

        assertThat(outer.ipVersion() + outer.ipOffset() + outer.link().vlanId() + outer.link().etherType()).isZero();
    }
}
