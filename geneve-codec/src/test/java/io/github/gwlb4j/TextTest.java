package io.github.gwlb4j;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static io.github.gwlb4j.testing.GeneveBuilder.gwlb;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveOptionViews;
import io.github.gwlb4j.geneve.GeneveText;
import io.github.gwlb4j.geneve.aws.GwlbOptionView;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people get to read. */
class TextTest {
    private final IpPacket packet = new IpPacket();

    private IpPacket wrap(PacketBuilder builder) {
        byte[] bytes = builder.build();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        return packet;
    }

    private static GeneveHeader wrap(byte[] bytes, int length) {
        return new GeneveHeader().wrap(ByteBuffer.wrap(bytes), 0, length);
    }

    @Test
    void shouldSumUpAPacketInOneLine() {
        assertThat(wrap(PacketBuilder.ipv4().udp(53, 4711, 5))).hasToString("udp 10.0.0.1:53 > 192.168.7.9:4711, 33 bytes");
        assertThat(wrap(PacketBuilder.ipv6().tcp(1, 2, 0, "", 0))).hasToString("tcp [2001:db8::1]:1 > [2001:db8:0:1::abcd]:2, 60 bytes");
        assertThat(wrap(PacketBuilder.ipv4().icmpEcho(true, 7))).hasToString("icmp 10.0.0.1 > 192.168.7.9, type 0 code 0, 33 bytes");
        assertThat(wrap(PacketBuilder.ipv4().fragment(16, true).payload(17, new byte[8])))
                .hasToString("udp 10.0.0.1 > 192.168.7.9, fragment at 16+, 28 bytes");
        assertThat(wrap(PacketBuilder.ipv4().fragment(16, false).payload(IpProtocol.GRE, new byte[8])))
                .hasToString("gre 10.0.0.1 > 192.168.7.9, fragment at 16, 28 bytes");
        assertThat(wrap(PacketBuilder.ipv4().payload(89, new byte[8]))).hasToString("89 10.0.0.1 > 192.168.7.9, 28 bytes");
        packet.wrap(ByteBuffer.allocate(30), 0, 30);
        assertThat(packet).hasToString("IP version is neither 4 nor 6");
    }

    @Test
    void shouldDescribeTcp() {
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv4().trafficClass(0xb9).dontFragment()
                .tcp(4711, 443, TcpHeader.SYN | TcpHeader.ACK, "020405b4", 3)))).matches("""
                IPv4 10\\.0\\.0\\.1 > 192\\.168\\.7\\.9, 47 bytes, header 20, TTL 64, DSCP 46, ECN 1, id 0x1234, DF, protocol 6 \\(tcp\\)
                TCP 4711 > 443 \\[SYN ACK\\], seq 16909060, ack 84281096, window 8192, checksum 0x[0-9a-f]{4}, MSS 1460, header 24, 3 bytes of data
                """);
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv4().tcp(1, 2, 0, "", 0)))).contains("[], seq").doesNotContain("MSS").doesNotContain("DF");
    }

    @Test
    void shouldDescribeUdpOverIpv6() {
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv6().fragment(0, true).udp(53, 4711, 8)))).matches("""
                IPv6 2001:db8::1 > 2001:db8:0:1::abcd, 64 bytes, header 48, hop limit 64, DSCP 0, ECN 0, fragment at 0\\+, protocol 17 \\(udp\\)
                UDP 53 > 4711, length 16, checksum 0x[0-9a-f]{4}, 8 bytes of data
                """);
    }

    @Test
    void shouldDescribeIcmpAndWhatItQuotes() {
        byte[] original = PacketBuilder.ipv4().tcp(4711, 443, TcpHeader.ACK, "", 1000).build();

        assertThat(PacketText.describe(wrap(PacketBuilder.ipv4().icmp(3, 4, 1400, Arrays.copyOf(original, 28)))))
                .contains("ICMP type 3 code 4, checksum 0x").endsWith("quotes tcp 10.0.0.1:4711 > 192.168.7.9:443, 28 bytes\n");
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv6().icmpEcho(false, 77)))).contains("ICMPv6 type 128 code 0").endsWith(", id 77, seq 1\n");
    }

    @Test
    void shouldSayWhatIsOddInTheTransportHeader() {
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv4().payload(IpProtocol.TCP, new byte[19])))).endsWith("tcp: transport header is truncated\n");
        assertThat(PacketText.describe(wrap(PacketBuilder.ipv4().payload(IpProtocol.GRE, new byte[19])))).endsWith("protocol 47 (gre)\n");
    }

    @Test
    void shouldNameProtocols() {
        for (int protocol = 0; protocol < 256; protocol++) {
            assertThat(IpProtocol.name(protocol)).matches("[a-z][a-z0-9]*|" + protocol);
        }
    }

    @Test
    void shouldSayWhatIsWrongInWords() {
        for (PacketStatus status : PacketStatus.values()) {
            assertThat(status.label()).isNotBlank().doesNotEndWith(".");
        }
    }

    @Test
    void shouldDumpInHexAndAscii() {
        ByteBuffer buffer = ByteBuffer.allocate(40);
        for (int i = 0; i < 40; i++) {
            buffer.put(i, (byte) (i < 20 ? 'A' + i : 0xf0 + i));
        }
        buffer.put(22, (byte) 0x7f).put(23, (byte) 0x1f).put(24, (byte) '~').put(25, (byte) ' ');

        assertThat(PacketText.hexDump(buffer, 2, 24)).isEqualTo("""
                0000  43 44 45 46 47 48 49 4a  4b 4c 4d 4e 4f 50 51 52  CDEFGHIJKLMNOPQR
                0010  53 54 04 05 7f 1f 7e 20                           ST....~\s
                """);
        assertThat(PacketText.hexDump(buffer, 0, 0)).isEmpty();
    }

    @Test
    void shouldSumUpAHeaderInOneLine() {
        byte[] bytes = gwlb(0x0108).vni(5).flags(0xc0).build();

        assertThat(wrap(bytes, bytes.length)).hasToString("geneve IPv4, VNI 5, 32 bytes of options, 32 bytes of payload, control (O), critical (C)");
        assertThat(wrap(bytes, 20)).hasToString("geneve IPv4, VNI 5, 32 bytes of options, 0 bytes of payload, control (O), critical (C)");
        assertThat(wrap(bytes, 7)).hasToString("geneve, 7 bytes only");
        assertThat(GeneveText.describe(wrap(bytes, 7), new GeneveOptionViews())).isEqualTo("geneve, 7 bytes only\n");
    }

    @Test
    void shouldDescribeAHeaderWithItsOptions() {
        byte[] bytes = gwlb(0x0108).option(0x0132, 0x81, "0a0b0c0d").option(0xff00, 1, "").build();

        assertThat(GeneveText.describe(wrap(bytes, bytes.length), GwlbOptionView.allOf(0x0108))).isEqualTo("""
                GENEVE version 0, options 44 bytes, protocol 0x0800 (IPv4), VNI 0, payload 32 bytes
                  option class 0x0108 (Amazon) type 0x01, 8 bytes: endpoint id vpce-00123456789abcdef, interfaces gwi-887epl1uMf and gwo-887epl1uMf
                  option class 0x0108 (Amazon) type 0x02, 8 bytes: attachment id 0000000000000000
                  option class 0x0108 (Amazon) type 0x03, 4 bytes: flow cookie cafe0001
                  option class 0x0132 (Google) type 0x81 critical, 4 bytes: 0a0b0c0d
                  option class 0xff00 (experimental) type 0x01, 0 bytes: \n""");
    }

    @Test
    void shouldDescribeABrokenHeaderAsFarAsItGoes() {
        byte[] bytes = geneve().option(7, 1, "").rawOption(7, 2, 31, "11223344").protocolType(0x6558).build();

        assertThat(GeneveText.describe(wrap(bytes, bytes.length), new GeneveOptionViews())).isEqualTo("""
                GENEVE version 0, options 12 bytes, protocol 0x6558 (Ethernet), VNI 0, payload 32 bytes
                  option class 0x0007 (IETF) type 0x01, 0 bytes:\s
                  the next option runs past the end: 8 bytes of Opt Len are left
                """);
    }

    @ParameterizedTest
    @CsvSource({"0, IETF", "0xff, IETF", "0x100, Linux", "0x101, Open vSwitch", "0x102, OVN", "0x103, INT", "0x104, VMware", "0x105, Amazon",
            "0x106, unknown", "0x107, unknown", "0x108, Amazon", "0x110, Amazon", "0x111, unknown", "0x129, Oxide", "0x131, unknown",
            "0x132, Google", "0x135, Google", "0x136, unknown", "0x164, cPacket", "0x167, Tencent", "0xfeff, unknown", "0xff00, experimental",
            "0xffff, experimental"})
    void rule23ShouldNameOptionClasses(int optionClass, String name) {
        assertThat(GeneveText.className(optionClass)).isEqualTo(name);
    }

    @Test
    void shouldNameProtocolTypes() {
        for (String[] pair : new String[][] {{"2048", "IPv4"}, {"34525", "IPv6"}, {"25944", "Ethernet"}, {"2054", "ARP"}, {"4660", "0x1234"}}) {
            byte[] bytes = geneve().protocolType(Integer.parseInt(pair[0])).build();
            assertThat(GeneveText.summary(wrap(bytes, bytes.length))).startsWith("geneve " + pair[1] + ",");
        }
    }
}
