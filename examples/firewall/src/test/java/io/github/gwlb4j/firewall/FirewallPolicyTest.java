package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.inspect.ClientBytes;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the firewall's settings, limits, answers and reloads do to packets. */
class FirewallPolicyTest {
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "192.0.2.1";
    private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;
    private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;

    private static PacketBuilder client(int port, int flags) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(port, 443).flags(flags).sequence(1000, flags == TcpHeader.SYN ? 0 : 5001);
    }

    private static PacketBuilder server(int port, int flags) {
        return PacketBuilder.ipv4(SERVER, CLIENT).tcp(443, port).flags(flags).sequence(5000, 1001);
    }

    private static PacketBuilder syn(String source, int port) {
        return PacketBuilder.ipv4(source, SERVER).tcp(port, 443).flags(TcpHeader.SYN);
    }

    private static void connect(FirewallLab lab, int port) {
        assertThat(lab.passes(client(port, TcpHeader.SYN))).isTrue();
        assertThat(lab.passes(server(port, SYN_ACK))).isTrue();
        assertThat(lab.passes(client(port, TcpHeader.ACK))).isTrue();
    }

    private static IpPacket packet(byte[] bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private static TcpHeader tcp(byte[] bytes) {
        TcpHeader tcp = new TcpHeader();
        assertThat(tcp.wrap(packet(bytes))).isTrue();
        return tcp;
    }

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

    // ---- reload

    @Test
    void shouldKeepOpenConnectionsAndTheirCountersWhenRulesAreReloaded() {
        FirewallLab lab = FirewallLab.of("web: allow tcp to any port 443", "allow udp");
        connect(lab, 5000);
        lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2));

        lab.reload("deny icmp", "allow udp", "web: allow tcp to any port 443,8443");

        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.packetsByRule(2)).as("by its name").isEqualTo(4);
        assertThat(lab.packetsByRule(1)).as("by its text").isEqualTo(1);
        lab.reload("default deny");
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).as("its rule is gone").isTrue();
        assertThat(lab.passes(client(5001, TcpHeader.SYN))).as("a new one").isFalse();
        assertThat(lab.packetsByRule(-1)).as("of rules that are gone").isEqualTo(7 - 1);
    }

    @Test
    void shouldEndOpenConnectionsThatNewRulesRejectIfTheyAreRechecked() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withRecheckOnReload(true), "allow tcp from 10.0.0.0/8");
        connect(lab, 5000);
        connect(lab, 5001);
        lab.reload("reject tcp from 10.0.0.0/8 port 5000", "allow tcp from 10.0.0.0/8");

        assertThat(lab.passes(server(5001, TcpHeader.ACK))).as("judged as its client's").isTrue();
        assertThat(lab.passes(server(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.takeInjected()).as("both ends are told").hasSize(2);
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.passes(client(5000, TcpHeader.SYN))).isFalse();
    }

    @Test
    void shouldUseTheLimitsOfTheNewRules() {
        FirewallLab lab = FirewallLab.of("default reject");
        lab.reload("set rejects-per-second 0", "default reject");
        lab.passes(client(5000, TcpHeader.SYN));
        assertThat(lab.takeInjected()).isEmpty();
    }

    // ---- dry run

    @Test
    void shouldDecideAndCountButForwardEverythingInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "no-telnet: reject tcp to any port 23", "allow tcp");

        PacketBuilder telnet = PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 23).flags(TcpHeader.SYN);
        assertThat(lab.passes(telnet)).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).tcp(23, 5000).flags(SYN_ACK))).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 23))).isTrue();
        connect(lab, 5001);

        assertThat(lab.packetsByRule(0)).as("all packets of the connection").isEqualTo(3);
        assertThat(lab.connectionsByRule(0)).isEqualTo(1);
        assertThat(lab.dropped(DecisionCause.RULE)).isEqualTo(3);
        assertThat(lab.takeInjected()).as("nobody is told").isEmpty();
        assertThat(lab.packetsByRule(1)).isEqualTo(3);
    }

    @Test
    void shouldJudgeDeniedConnectionsAnewAfterAReloadInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "deny tcp");
        lab.passes(client(5000, TcpHeader.SYN));
        lab.passes(server(5000, SYN_ACK));
        lab.reload("allow tcp from 10.0.0.0/8");
        lab.passes(client(5000, TcpHeader.ACK));
        assertThat(lab.packetsByRule(0)).isEqualTo(1);
        assertThat(lab.dropped(DecisionCause.RULE)).isEqualTo(2);
    }

    @Test
    void shouldDropAllFragmentsIfThatIsThePolicy() {
        FirewallLab lab = FirewallLab.of("set fragments drop", "default allow");
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 54).payload(3000).build(), 1500, 1);
        assertThat(fragments).noneMatch(lab::passes);
        assertThat(lab.dropped(DecisionCause.FRAGMENT)).isEqualTo(fragments.size());
    }

    @Test
    void shouldLetFragmentsFollowTheirFirstThroughAReload() {
        FirewallLab lab = FirewallLab.of("set mid-stream deny", "allow udp", "allow tcp");
        List<byte[]> allowed = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 54).payload(4000).build(), 1500, 1);
        List<byte[]> denied = Fragmenter.split(client(5000, TcpHeader.ACK).payload(4000).build(), 1500, 2);
        assertThat(lab.passes(allowed.get(0))).isTrue();
        assertThat(lab.passes(denied.get(0))).as("mid-stream: no rule had a part in it").isFalse();

        lab.reload("allow tcp");

        assertThat(lab.passes(allowed.get(1))).isTrue();
        assertThat(lab.passes(denied.get(1))).isFalse();
        assertThat(lab.packetsByRule(-1)).as("of the rule that is gone").isEqualTo(2);
    }

    @Test
    void shouldJudgeErrorsAboutARefusedConnectionThroughAReloadInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "set mid-stream deny", "default allow");
        byte[] segment = client(5000, TcpHeader.ACK).build();
        lab.passes(segment);
        lab.reload("set mid-stream deny", "allow udp");

        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).icmpError(3, 1, segment))).isTrue();
        assertThat(lab.dropped(DecisionCause.MID_STREAM)).isEqualTo(2);
    }
}
