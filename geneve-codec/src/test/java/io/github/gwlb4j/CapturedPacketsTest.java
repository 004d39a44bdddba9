package io.github.gwlb4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveOptionCursor;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.GeneveText;
import io.github.gwlb4j.geneve.InnerPacket;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.pcap.DatagramStatus;
import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PacketSource;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.SharedCaptures;
import io.github.gwlb4j.testing.Hex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Captures of other projects, packet by packet through the public API, against what their README and tshark 4.0 say of them. */
class CapturedPacketsTest {
    private final GeneveHeader header = new GeneveHeader();
    private final GeneveOptionCursor option = new GeneveOptionCursor();
    private final InnerPacket inner = new InnerPacket();
    private final OuterUdp outer = new OuterUdp();

    @FunctionalInterface
    private interface Visitor {
        void visit(int frame, ByteBuffer data, int offset, int length);
    }

    private int forEach(String file, Visitor visitor) throws IOException {
        int frame = 0;
        PcapPacket packet = new PcapPacket();
        try (PacketSource source = PacketSource.open(SharedCaptures.folder().resolve(file), Geneve.UDP_PORT)) {
            while (source.next(packet)) {
                frame++;
                assertThat(outer.parse(packet)).as("%s frame %d", file, frame).isEqualTo(DatagramStatus.OK);
                visitor.visit(frame, packet.data(), outer.payloadOffset(), outer.payloadLength());
            }
        }
        return frame;
    }

    private GeneveStatus validate(ByteBuffer data, int offset, int length) {
        return header.wrap(data, offset, length).validate(GenevePolicy.rfc8926());
    }

    private List<String> options() {
        List<String> found = new ArrayList<>();
        for (option.wrap(header); option.next(); ) {
            found.add(String.format("%04x/%02x/%s", option.optionClass(), option.type(), GeneveText.dataHex(option)));
        }
        return found;
    }

    @Test
    void mercuryShouldBeWhatAGatewayLoadBalancerSends() throws IOException {
        GwlbDecoder decoder = new GwlbDecoder();
        FlowKey key = new FlowKey();
        Map<FlowKey, String> tunnels = new HashMap<>();
        Set<Integer> protocols = new HashSet<>();

        int packets = forEach("mercury-aws-halfA.pcap", (frame, data, offset, length) -> {
            assertThat(decoder.decode(data, offset, length)).isEqualTo(GeneveStatus.OK);
            assertThat(validate(data, offset, length)).isEqualTo(GeneveStatus.OK);
            assertThat(header.vni()).isZero();
            assertThat(header.optionsLength()).isEqualTo(32);
            assertThat(header.protocolType()).isEqualTo(Geneve.PROTOCOL_IPV4);
            assertThat(options()).satisfiesExactly(
                    endpoint -> assertThat(endpoint).isEqualTo(String.format("0108/01/%016x", decoder.options().endpointId())),
                    attachment -> assertThat(attachment).isEqualTo("0108/02/0000000000000000"),
                    cookie -> assertThat(cookie).isEqualTo(String.format("0108/03/%08x", decoder.options().flowCookie())));
            assertEncodesTo(decoder, data, offset);

            assertThat(inner.wrap(header)).isEqualTo(PacketStatus.OK);
            IpPacket packet = inner.ip();
            assertThat(packet.transportStatus()).isEqualTo(PacketStatus.OK);
            assertThat(packet.totalLength()).isEqualTo(header.payloadLength());
            assertThat(InternetChecksum.of(data, packet.offset(), packet.headerLength())).isZero();
            assertThat(InternetChecksum.ofTransport(packet)).isZero();
            protocols.add(packet.protocol());
            key.set(decoder.options().endpointId(), packet);
            String tunnel = outer.sourcePort() + " " + decoder.options().flowCookie();
            assertThat(tunnels.computeIfAbsent(key.copy(), k -> tunnel)).as("port and cookie of %s", key).isEqualTo(tunnel);
        });

        assertThat(packets).isEqualTo(105);
        assertThat(tunnels).hasSize(32);
        assertThat(new HashSet<>(tunnels.values())).hasSize(32);
        assertThat(protocols).containsExactlyInAnyOrder(IpProtocol.TCP, IpProtocol.UDP);
    }

    private static void assertEncodesTo(GwlbDecoder decoder, ByteBuffer data, int offset) {
        ByteBuffer encoded = ByteBuffer.allocate(40);
        new GwlbHeaderEncoder().encode(encoded, 0, Geneve.PROTOCOL_IPV4, decoder.options().endpointId(),
                decoder.options().attachmentId(), decoder.options().flowCookie());
        assertThat(Hex.of(encoded, 0, 40)).isEqualTo(Hex.of(data, offset, 40));
    }

    @Test
    void mercuryShouldHaveTheOuterHeadersThatTheReadmeSays() throws IOException {
        IpPacket outerIp = new IpPacket();
        forEach("mercury-aws-halfA.pcap", (frame, data, offset, length) -> {
            assertThat(outerIp.wrap(data, outer.ipOffset(), offset + length - outer.ipOffset())).isEqualTo(PacketStatus.OK);
            assertThat(outerIp.ttl()).isEqualTo(255);
            assertThat(outerIp.isDontFragment()).isFalse();
            assertThat(GenevePolicy.rfc8926().validateUdpChecksum(outerIp)).isEqualTo(GeneveStatus.OK);
        });
    }

    @Test
    void tcpdumpShouldHave19PacketsWithAnUnknownCriticalOption() throws IOException {
        Map<GeneveStatus, Integer> statuses = new HashMap<>();
        GenevePolicy knowing = GenevePolicy.builder().knownOption(0, 0x80).build();

        int packets = forEach("tcpdump-geneve.pcap", (frame, data, offset, length) -> {
            GeneveStatus status = validate(data, offset, length);
            statuses.merge(status, 1, Integer::sum);
            assertThat(status == GeneveStatus.CRITICAL_OPTION_UNKNOWN).isEqualTo(header.isCritical());
            assertThat(options().stream().anyMatch(o -> o.startsWith("0000/80/"))).isEqualTo(header.isCritical());
            assertThat(header.validate(knowing)).isEqualTo(GeneveStatus.OK);
            assertThat(inner.wrap(header)).isIn(PacketStatus.OK, PacketStatus.NOT_IP);
        });

        assertThat(packets).isEqualTo(39);
        assertThat(statuses).containsOnly(Map.entry(GeneveStatus.CRITICAL_OPTION_UNKNOWN, 19), Map.entry(GeneveStatus.OK, 20));
    }

    @Test
    void zeekShouldHaveTwoTunnelsOfIcmpInEthernet() throws IOException {
        List<String> seen = new ArrayList<>();
        IcmpHeader icmp = new IcmpHeader();

        forEach("zeek-geneve.pcap", (frame, data, offset, length) -> {
            assertThat(validate(data, offset, length)).isEqualTo(GeneveStatus.OK);
            assertThat(header.protocolType()).isEqualTo(Geneve.PROTOCOL_ETHERNET);
            assertThat(inner.wrap(header)).isEqualTo(PacketStatus.OK);
            assertThat(icmp.wrap(inner.ip())).isTrue();
            seen.add(outer.sourceAddress() + " " + outer.sourcePort() + " " + options().size());
        });

        assertThat(seen).hasSize(6);
        assertThat(Collections.frequency(seen, "20.0.0.1 50901 1")).isEqualTo(3);
        assertThat(Collections.frequency(seen, "20.0.0.2 0 0")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "zeek-geneve-47101.pcap, 24, 0x6558, 4242, 4, 6",
        "zeek-geneve-ipv6.pcap, 2, 0x86dd, 1193046, 6, 17",
        "tcpdump-gso-ipv4-geneve-ipv4.pcap, 1, 0x6558, 5001, 4, 6",
        "tcpdump-gso-ipv6-geneve-ipv6.pcap, 1, 0x6558, 5001, 6, 6",
        "zeek-geneve-inner-tcp-bad-checksum.pcap, 1, 0x6558, 42, 4, 6",
        "tcpdump-geneve-gcp.pcap, 1, 0x0800, 0, 4, 6",
        "hex-gopacket-geneve1.hex, 1, 0x6558, 0, 4, 1",
        "hex-gopacket-geneve2.hex, 1, 0x6558, 10, 4, 1",
        "hex-scapy-ipv4.hex, 1, 0x0800, 0, 4, 0",
        "hex-scapy-ipv6.hex, 1, 0x86dd, 0, 6, 59",
        "hex-suricata-ut02-ipv4_dns_2opts_0108.hex, 1, 0x0800, 37, 4, 17"})
    void shouldDecodeEveryPacketOf(String file, int packets, int protocolType, int vni, int ipVersion, int protocol) throws IOException {
        int seen = forEach(file, (frame, data, offset, length) -> {
            assertThat(validate(data, offset, length)).isEqualTo(GeneveStatus.OK);
            assertThat(header.protocolType()).isEqualTo(protocolType);
            assertThat(header.vni()).isEqualTo(vni);
            assertThat(inner.wrap(header)).isEqualTo(PacketStatus.OK);
            assertThat(inner.ip().version()).isEqualTo(ipVersion);
            assertThat(inner.ip().protocol()).isEqualTo(protocol);
            assertThat(inner.ip().transportStatus()).isEqualTo(PacketStatus.OK);
        });
        assertThat(seen).isEqualTo(packets);
    }

    @Test
    void zeekShouldCarryAnInnerTcpChecksumThatIsWrong() throws IOException {
        forEach("zeek-geneve-inner-tcp-bad-checksum.pcap", (frame, data, offset, length) -> {
            validate(data, offset, length);
            inner.wrap(header);
            assertThat(InternetChecksum.ofTransport(inner.ip())).isNotZero();
        });
    }

    @Test
    void gsoOverIpv6ShouldHaveAWrongOuterChecksum() throws IOException {
        IpPacket outerIp = new IpPacket();
        forEach("tcpdump-gso-ipv6-geneve-ipv6.pcap", (frame, data, offset, length) -> {
            outerIp.wrap(data, outer.ipOffset(), offset + length - outer.ipOffset());
            assertThat(GenevePolicy.rfc8926().validateUdpChecksum(outerIp)).isEqualTo(GeneveStatus.UDP_CHECKSUM_WRONG);
        });
    }

    @Test
    void bareArpShouldBeRefusedByItsType() throws IOException {
        forEach("zeek-geneve-arp.pcap", (frame, data, offset, length) -> {
            assertThat(validate(data, offset, length)).isEqualTo(GeneveStatus.PROTOCOL_UNKNOWN);
            assertThat(header.protocolType()).isEqualTo(0x0806);
        });
    }

    @Test
    void googleShouldSendThreeOptions() throws IOException {
        forEach("tcpdump-geneve-gcp.pcap", (frame, data, offset, length) -> {
            validate(data, offset, length);
            assertThat(options()).containsExactly("0132/01/800000d1", "0132/02/0800000dc0a864020000000000000000", "0132/03/0000000000001234");
        });
    }

    @Test
    void suricataShouldHaveOneIcmpFlowAndTwoArpPackets() throws IOException {
        Set<FlowKey> flows = new HashSet<>();
        List<PacketStatus> statuses = new ArrayList<>();
        forEach("suricata-verify-geneve-decoder-input.pcap", (frame, data, offset, length) -> {
            assertThat(validate(data, offset, length)).isEqualTo(GeneveStatus.OK);
            assertThat(options()).isEmpty();
            PacketStatus status = inner.wrap(header);
            statuses.add(status);
            if (status == PacketStatus.OK) {
                assertThat(inner.ip().protocol()).isEqualTo(IpProtocol.ICMP);
                flows.add(new FlowKey().set(0, inner.ip()).copy());
            } else {
                assertThat(inner.ethernet().etherType()).isEqualTo(0x0806);
            }
        });
        assertThat(Collections.frequency(statuses, PacketStatus.OK)).isEqualTo(8);
        assertThat(Collections.frequency(statuses, PacketStatus.NOT_IP)).isEqualTo(2);
        assertThat(flows).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"hex-gopacket-geneve3.hex, CRITICAL_OPTION_UNKNOWN", "hex-ovs-tunnel-push-pop-v4.hex, CRITICAL_OPTION_UNKNOWN_C_CLEAR",
            "hex-scapy-ether.hex, OK"})
    void shouldJudgeTheHexDumpOf(String file, GeneveStatus expected) throws IOException {
        int packets = forEach(file, (frame, data, offset, length) -> assertThat(validate(data, offset, length)).isEqualTo(expected));
        assertThat(packets).isEqualTo(1);
    }
}
