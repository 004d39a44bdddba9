package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.LabPackets.CLIENT;
import static io.github.gwlb4j.firewall.LabPackets.FIN_ACK;
import static io.github.gwlb4j.firewall.LabPackets.SERVER;
import static io.github.gwlb4j.firewall.LabPackets.SYN_ACK;
import static io.github.gwlb4j.firewall.LabPackets.client;
import static io.github.gwlb4j.firewall.LabPackets.connect;
import static io.github.gwlb4j.firewall.LabPackets.packet;
import static io.github.gwlb4j.firewall.LabPackets.server;
import static io.github.gwlb4j.firewall.LabPackets.syn;
import static io.github.gwlb4j.firewall.LabPackets.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.inspect.ClientBytes;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the firewall's settings, limits and answers do to packets. */
class FirewallPolicyTest {
    // ---- mid-stream

    @Test
    void shouldJudgeAConnectionOfAnotherApplianceByTheRulesWhicheverEndSpeaksFirst() {
        FirewallLab lab = FirewallLab.of("allow tcp from 10.0.0.0/8 to any port 443");

        assertThat(lab.passes(server(5000, TcpHeader.ACK))).as("the download goes on").isTrue();
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.passes(client(5001, TcpHeader.ACK))).as("so does the upload").isTrue();
        assertThat(lab.passes(server(5002, SYN_ACK))).as("and the handshake").isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).tcp(443, 22))).as("same rule: ports of the client are free").isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5003, 80))).as("not allowed").isFalse();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).tcp(80, 5003))).as("not allowed").isFalse();
        assertThat(lab.passes(server(5004, TcpHeader.SYN))).as("a new one the other way").isFalse();
        assertThat(lab.packetsByRule(0)).isEqualTo(5);
    }

    @Test
    void shouldKeepAConnectionOfAnotherApplianceOnlyOnceBothEndsWereHeard() {
        FirewallLab lab = FirewallLab.of("allow tcp from 10.0.0.0/8");
        lab.passes(client(5000, TcpHeader.ACK));
        lab.passes(client(5001, TcpHeader.ACK));
        assertThat(lab.stats().halfOpen()).isEqualTo(2);
        lab.passes(server(5001, TcpHeader.ACK));
        assertThat(lab.stats().halfOpen()).isEqualTo(1);
        lab.sleep(Duration.ofSeconds(31));
        assertThat(lab.stats().connections()).isEqualTo(1);
    }

    @Test
    void shouldDropAConnectionOfAnotherApplianceIfThatIsThePolicy() {
        FirewallLab lab = FirewallLab.of("set mid-stream deny", "allow tcp");

        for (int flags : new int[] {TcpHeader.ACK, FIN_ACK, TcpHeader.RST, SYN_ACK}) {
            assertThat(lab.passes(client(5000, flags))).as("flags %#x", flags).isFalse();
        }
        assertThat(lab.takeInjected()).isEmpty();
        assertThat(lab.dropped(DecisionCause.MID_STREAM)).isEqualTo(4);
        assertThat(lab.stats().connections()).isZero();
        connect(lab, 5000);
    }

    @Test
    void shouldResetAConnectionOfAnotherApplianceIfThatIsThePolicy() {
        FirewallLab lab = FirewallLab.of("set mid-stream reject", "allow tcp");

        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isFalse();
        List<byte[]> answers = lab.takeInjected();
        assertThat(answers).hasSize(1);
        assertThat(tcp(answers.get(0)).flags()).isEqualTo(TcpHeader.RST);
        assertThat(tcp(answers.get(0)).sequenceNumber()).isEqualTo(5001);
        assertThat(lab.passes(client(5000, TcpHeader.RST))).isFalse();
        assertThat(lab.takeInjected()).as("no answer to a reset").isEmpty();
    }

    // ---- flags and states

    @ParameterizedTest
    @ValueSource(ints = {0, TcpHeader.FIN, TcpHeader.SYN | TcpHeader.FIN, TcpHeader.SYN | TcpHeader.RST, TcpHeader.PSH | TcpHeader.URG | TcpHeader.FIN,
        TcpHeader.FIN | TcpHeader.RST, TcpHeader.PSH})
    void shouldDropFlagsThatNoHonestTcpSends(int flags) {
        FirewallLab lab = FirewallLab.of("default allow");
        assertThat(lab.passes(client(4000, flags))).isFalse();
        connect(lab, 5000);
        assertThat(lab.passes(client(5000, flags))).isFalse();
        assertThat(lab.dropped(DecisionCause.INVALID_STATE)).isEqualTo(2);
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
    }

    @Test
    void shouldNotCutAConnectionForAForgedSynOrReset() {
        FirewallLab lab = FirewallLab.of("set mid-stream deny", "allow tcp from 10.0.0.0/8");
        connect(lab, 5000);
        assertThat(lab.passes(client(5000, TcpHeader.SYN))).isTrue();
        assertThat(lab.passes(server(5000, TcpHeader.SYN))).isFalse();
        assertThat(lab.passes(server(5000, TcpHeader.RST))).isTrue();
        for (int i = 0; i < 5; i++) {
            lab.sleep(Duration.ofSeconds(9));
            assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
            assertThat(lab.passes(server(5000, TcpHeader.ACK))).isTrue();
        }
    }

    @Test
    void shouldNotLearnFromPacketsWithWrongChecksums() {
        FirewallLab lab = FirewallLab.of("set mid-stream deny", "allow tcp from 10.0.0.0/8");
        byte[] syn = client(5000, TcpHeader.SYN).build();
        syn[36] ^= 1;
        assertThat(lab.passes(syn)).isFalse();
        connect(lab, 5000);
        byte[] reset = server(5000, TcpHeader.RST).build();
        reset[36] ^= 1;
        assertThat(lab.passes(reset)).isFalse();
        assertThat(lab.dropped(DecisionCause.BAD_CHECKSUM)).isEqualTo(2);
        lab.sleep(Duration.ofSeconds(100));
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
    }

    @Test
    void shouldTakeWrongChecksumsIfToldToIgnoreThem() {
        EngineSettings settings = new EngineSettings(100, Duration.ofSeconds(350), false, false, false, 10);
        FirewallLab lab = FirewallLab.of(settings, "allow tcp from 10.0.0.0/8");
        byte[] syn = client(5000, TcpHeader.SYN).build();
        syn[36] ^= 1;
        assertThat(lab.passes(syn)).isTrue();
    }

    @Test
    void shouldLetTheResponderOfAPingAnswerButNotPing() {
        FirewallLab lab = FirewallLab.of("allow icmp from 10.0.0.0/8");
        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).icmpEchoRequest(7, 1))).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).icmpEchoReply(7, 1))).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).icmpEchoRequest(7, 1))).isFalse();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).icmpEchoReply(8, 1))).isFalse();
    }

    @Test
    void shouldLetAnIcmpErrorFollowItsConnectionOnlyToTheSenderOfThePacketItQuotes() {
        FirewallLab lab = FirewallLab.of("allow tcp from 10.0.0.0/8");
        connect(lab, 5000);
        byte[] quoted = client(5000, TcpHeader.ACK).build();

        assertThat(lab.passes(icmpError("198.51.100.1", CLIENT, quoted))).as("a router on the way to the server").isTrue();
        assertThat(lab.passes(icmpError("198.51.100.1", "10.0.0.9", quoted))).as("to somebody else").isFalse();
        assertThat(lab.passes(icmpError("198.51.100.1", SERVER, quoted))).as("to the one that the packet was for").isFalse();
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).as("the connection goes on").isTrue();
    }

    private static PacketBuilder icmpError(String from, String to, byte[] quoted) {
        return PacketBuilder.ipv4(from, to).icmpError(IcmpHeader.DESTINATION_UNREACHABLE, 1, quoted);
    }

    // ---- limits

    @Test
    void shouldLetTheOldestHandshakeGiveWayToNewOnesAndNeverACompleteOne() {
        FirewallLab lab = FirewallLab.of("set half-open-limit 100", "set mid-stream deny", "allow tcp");
        connect(lab, 5000);
        assertThat(lab.passes(client(5001, TcpHeader.SYN))).isTrue();
        for (int i = 0; i < 10_000; i++) {
            assertThat(lab.passes(syn("10." + i / 65_536 + "." + (i / 256 & 255) + "." + (i & 255), 6000))).isTrue();
            if (i == 50) {
                assertThat(lab.passes(client(5002, TcpHeader.SYN))).isTrue();
                assertThat(lab.passes(server(5002, SYN_ACK))).as("an honest handshake in the flood").isTrue();
                assertThat(lab.passes(client(5002, TcpHeader.ACK))).isTrue();
            }
        }
        assertThat(lab.stats().halfOpen()).isEqualTo(100);
        assertThat(lab.stats().connections()).isEqualTo(102);
        assertThat(lab.stats().evicted()).isEqualTo(10_001 - 100);
        assertThat(lab.passes(server(5001, SYN_ACK))).as("waited for too long").isFalse();
        assertThat(lab.passes(server(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.passes(server(5002, TcpHeader.ACK))).isTrue();
    }

    @Test
    void shouldRefuseASourceThatHasTooManyHandshakesAndNoOther() {
        FirewallLab lab = FirewallLab.of("set half-open-limit-per-source 3", "allow tcp");
        for (int port = 5000; port < 5003; port++) {
            assertThat(lab.passes(client(port, TcpHeader.SYN))).isTrue();
        }
        assertThat(lab.passes(client(5003, TcpHeader.SYN))).isFalse();
        assertThat(lab.passes(syn("10.0.0.2", 5003))).isTrue();
        assertThat(lab.dropped(DecisionCause.HALF_OPEN_LIMIT)).isEqualTo(1);
        lab.passes(server(5000, SYN_ACK));
        assertThat(lab.passes(client(5003, TcpHeader.SYN))).as("the server's answer proves nothing about the source").isFalse();
        lab.passes(client(5000, TcpHeader.ACK));
        assertThat(lab.passes(client(5003, TcpHeader.SYN))).isTrue();
        lab.sleep(Duration.ofSeconds(31));
        assertThat(lab.passes(client(5004, TcpHeader.SYN))).isTrue();
    }

    @Test
    void shouldAllowEachSourceSoManyNewConnectionsAndLetOpenOnesGoOn() {
        FirewallLab lab = FirewallLab.of("allow tcp limit 10/s burst 5");
        for (int port = 5000; port < 5005; port++) {
            connect(lab, port);
        }
        assertThat(lab.passes(client(5005, TcpHeader.SYN))).isFalse();
        assertThat(lab.passes(syn("10.0.0.2", 5005))).isTrue();
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.dropped(DecisionCause.RATE_LIMIT)).isEqualTo(1);
        lab.sleep(Duration.ofMillis(100));
        assertThat(lab.passes(client(5005, TcpHeader.SYN))).isTrue();
        assertThat(lab.passes(client(5006, TcpHeader.SYN))).isFalse();
    }

    // ---- reject

    @Test
    void shouldAnswerRejectedTcpWithAResetAndTheRestWithAnError() {
        FirewallLab lab = FirewallLab.of("default reject");

        assertThat(lab.passes(client(5000, TcpHeader.SYN))).isFalse();
        byte[] reset = lab.takeInjected().get(0);
        assertThat(packet(reset).destinationLow()).isEqualTo(packet(client(5000, TcpHeader.SYN).build()).sourceLow());
        assertThat(tcp(reset).flags()).isEqualTo(TcpHeader.RST | TcpHeader.ACK);
        assertThat(tcp(reset).acknowledgmentNumber()).isEqualTo(1001);

        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 123))).isFalse();
        IpPacket error = packet(lab.takeInjected().get(0));
        assertThat(error.protocol()).isEqualTo(IpProtocol.ICMP);
        assertThat(error.buffer().getShort(error.transportOffset())).isEqualTo((short) (3 << 8 | 13));

        assertThat(lab.passes(PacketBuilder.ipv6("fd00::1", "fd00::2").udp(5000, 123))).isFalse();
        IpPacket error6 = packet(lab.takeInjected().get(0));
        assertThat(error6.buffer().getShort(error6.transportOffset())).isEqualTo((short) (1 << 8 | 1));
        assertThat(lab.stats().rejectsSent()).isEqualTo(3);
        assertThat(lab.stats().connections()).isZero();
    }

    @Test
    void shouldAnswerNoMoreThanSoManyASecond() {
        FirewallLab lab = FirewallLab.of("set rejects-per-second 10", "default reject");
        for (int i = 0; i < 100; i++) {
            assertThat(lab.passes(client(5000 + i, TcpHeader.SYN))).isFalse();
        }
        assertThat(lab.takeInjected()).hasSize(10);
        assertThat(lab.stats().rejectsSuppressed()).isEqualTo(90);
        lab.sleep(Duration.ofSeconds(1));
        lab.passes(client(5000, TcpHeader.SYN));
        assertThat(lab.takeInjected()).hasSize(1);
    }

    @Test
    void shouldResetBothEndsWhenTheNameIsRejected() {
        FirewallLab lab = FirewallLab.of("allow tcp to any port 443 domain .good.example", "default reject");
        connect(lab, 5000);
        byte[] hello = ClientBytes.clientHello("www.evil.example");

        assertThat(lab.passes(client(5000, TcpHeader.ACK).sequence(1001, 5001).payload(hello))).isFalse();
        List<byte[]> resets = lab.takeInjected();
        assertThat(resets).hasSize(2);
        assertThat(packet(resets.get(0)).destinationPort()).isEqualTo(5000);
        assertThat(tcp(resets.get(0)).sequenceNumber()).isEqualTo(5001);
        assertThat(packet(resets.get(1)).destinationPort()).isEqualTo(443);
        assertThat(tcp(resets.get(1)).sequenceNumber()).isEqualTo(1001);
        assertThat(lab.passes(client(5000, TcpHeader.ACK).sequence(1001, 5001).payload(hello))).as("sent again").isFalse();
        assertThat(lab.passes(server(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.passes(client(5000, TcpHeader.SYN))).as("a new try is a new connection").isTrue();
        assertThat(lab.connectionsByRule(1)).isEqualTo(1);
    }

    @Test
    void shouldCountTheNamesRuleForAnAllowedConnection() {
        FirewallLab lab = FirewallLab.of("allow tcp to any port 443 domain .good.example", "default deny");
        connect(lab, 5000);
        byte[] hello = ClientBytes.clientHello("www.good.example");

        assertThat(lab.passes(client(5000, TcpHeader.ACK).sequence(1001, 5001).payload(hello))).isTrue();
        assertThat(lab.passed(DecisionCause.NAME)).isEqualTo(1);
        assertThat(lab.connectionsByRule(0)).isEqualTo(1);
        assertThat(lab.passes(server(5000, TcpHeader.ACK).sequence(5001, 1001 + hello.length).payload(100))).isTrue();
        assertThat(lab.passes(client(5000, TcpHeader.ACK).sequence(1001 + hello.length, 5101).payload(100))).isTrue();
    }

    @Test
    void shouldRefuseADeniedDnsQueryAtOnceIfThatIsSet() {
        FirewallLab lab = FirewallLab.of("set dns-denied refused", "allow udp to any port 53 domain .good.example", "default deny");

        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).payload(ClientBytes.dnsQuery(7, "a.good.example")))).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).payload(ClientBytes.dnsQuery(8, "a.evil.example")))).isFalse();
        IpPacket answer = packet(lab.takeInjected().get(0));
        assertThat(answer.sourcePort()).isEqualTo(53);
        assertThat(answer.buffer().getShort(answer.transportOffset() + 8)).as("identifier").isEqualTo((short) 8);
        assertThat(answer.buffer().get(answer.transportOffset() + 11) & 0xf).as("REFUSED").isEqualTo(5);
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(53, 5000).payload(50))).as("the answer to the first").isTrue();
    }

    // ---- fragments

    @Test
    void shouldDropAllFragmentsIfThatIsThePolicy() {
        FirewallLab lab = FirewallLab.of("set fragments drop", "default allow");
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 54).payload(3000).build(), 1500, 1);
        assertThat(fragments).noneMatch(lab::passes);
        assertThat(lab.dropped(DecisionCause.FRAGMENT)).isEqualTo(fragments.size());
    }
}
