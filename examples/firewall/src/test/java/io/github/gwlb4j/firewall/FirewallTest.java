package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FirewallTest {
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "192.0.2.1";

    private FirewallLab lab;

    private FirewallLab firewall(String... rules) {
        lab = FirewallLab.of(rules);
        return lab;
    }

    private FirewallLab firewall(int maxConnections, String... rules) {
        lab = FirewallLab.of(EngineSettings.DEFAULT.withMaxConnections(maxConnections), rules);
        return lab;
    }

    private boolean passes(PacketBuilder packet) {
        return lab.passes(packet);
    }

    private boolean passes(byte[] packet) {
        return lab.passes(packet);
    }

    private static PacketBuilder syn(int sourcePort) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(sourcePort, 443).flags(TcpHeader.SYN);
    }

    private void connect(int clientPort) {
        passes(syn(clientPort));
        passes(fromServer(clientPort, TcpHeader.SYN | TcpHeader.ACK));
        passes(fromClient(clientPort, TcpHeader.ACK));
    }

    private static PacketBuilder fromClient(int clientPort, int flags) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(clientPort, 443).flags(flags);
    }

    private static PacketBuilder fromServer(int clientPort, int flags) {
        return PacketBuilder.ipv4(SERVER, CLIENT).tcp(443, clientPort).flags(flags);
    }

    @Test
    void shouldLetTheFirstMatchingRuleDecide() {
        firewall("deny udp to any port 53", "allow udp", "deny udp to any port 123");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 123))).isTrue();
        assertThat(passes(syn(5000))).isFalse();
        assertThat(lab.packetsByRule(0)).isOne();
        assertThat(lab.packetsByRule(1)).isOne();
        assertThat(lab.packetsByRule(2)).isZero();
        assertThat(lab.packetsByRule(3)).isOne();
    }

    @Test
    void shouldMatchAPortOfEitherEnd() {
        firewall("deny udp port 53", "default allow");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(53, 5000))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(54, 5000))).isTrue();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 53))).isTrue();
    }

    @Test
    void shouldPassRepliesOfAnAllowedConnectionAndNothingElseFromThere() {
        firewall("set mid-stream deny", "allow tcp from 10.0.0.0/8 to any port 443");

        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).as("before the connection").isFalse();
        assertThat(passes(syn(5000))).isTrue();
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).isTrue();
        assertThat(passes(fromServer(5001, TcpHeader.SYN | TcpHeader.ACK))).as("another port").isFalse();
        lab.useEndpoint(2);
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("another endpoint").isFalse();
        assertThat(lab.packetsByRule(0)).as("the reply counts for the rule that allowed it").isEqualTo(2);
    }

    @Test
    void shouldForgetSilentConnectionsAfterTheLoadBalancersTimeouts() {
        firewall("set mid-stream deny", "allow tcp from 10.0.0.0/8", "allow udp from 10.0.0.0/8");
        connect(5000);
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isTrue();
        lab.sleep(Duration.ofSeconds(119));
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isTrue();
        lab.sleep(Duration.ofSeconds(120));
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isFalse();
        lab.sleep(Duration.ofSeconds(110));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("349 s after").isTrue();
        lab.sleep(Duration.ofSeconds(350));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.stats().connections()).isZero();
    }

    @Test
    void shouldForgetUnansweredUdpSooner() {
        firewall("allow udp from 10.0.0.0/8");
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        lab.sleep(Duration.ofSeconds(29));
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        lab.sleep(Duration.ofSeconds(30));
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isFalse();
    }

    @Test
    void shouldForgetAHalfOpenConnectionSoonerAndSacrificeItFirst() {
        firewall(3, "set mid-stream deny", "allow tcp from 10.0.0.0/8", "allow udp from 10.0.0.0/8");
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000));
        connect(5000);
        for (int port = 10_000; port < 10_100; port++) {
            passes(syn(port));
        }
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).as("a flood of SYN pushes out no other").isTrue();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isTrue();
        assertThat(passes(syn(10_100))).isTrue();
        lab.sleep(Duration.ofSeconds(31));
        assertThat(passes(fromServer(10_100, TcpHeader.SYN | TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldNotTakeAnIcmpErrorForTheAnswerToAHandshake() {
        firewall("set mid-stream deny", "allow tcp from 10.0.0.0/8");
        passes(syn(5000));

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, syn(5000).build()))).isTrue();
        lab.sleep(Duration.ofSeconds(31));
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldNotKeepASilentConnectionBecauseOfIcmpErrors() {
        firewall("set mid-stream deny", "allow tcp from 10.0.0.0/8");
        passes(syn(5000));
        lab.sleep(Duration.ofSeconds(20));

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, syn(5000).build()))).isTrue();
        lab.sleep(Duration.ofSeconds(11));
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).as("31 s after its last packet").isFalse();
    }

    @Test
    void shouldShortenTheTimeoutWhenBothEndsFinishOrOneResets() {
        firewall("set mid-stream deny", "allow tcp from 10.0.0.0/8");
        connect(5000);
        connect(5001);
        passes(fromServer(5000, TcpHeader.FIN | TcpHeader.ACK));
        lab.sleep(Duration.ofSeconds(60));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("half closed").isTrue();
        passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 443).flags(TcpHeader.FIN | TcpHeader.ACK));
        passes(fromServer(5001, TcpHeader.RST));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("the last acknowledgment").isTrue();
        lab.sleep(Duration.ofSeconds(11));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
        assertThat(passes(fromServer(5001, TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldJudgeANewConnectionOnTheSamePortsAnew() {
        firewall("allow tcp from 10.0.0.0/8");
        passes(syn(5000));
        passes(fromServer(5000, TcpHeader.RST));

        assertThat(passes(fromServer(5000, TcpHeader.SYN))).as("the server may not open one").isFalse();
        assertThat(passes(syn(5000))).isTrue();
        lab.sleep(Duration.ofSeconds(20));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("longer than an ending connection would be kept").isTrue();
    }

    @Test
    void shouldPassIcmpErrorsAboutAnAllowedConnectionOnly() {
        firewall("allow udp from 10.0.0.0/8");
        byte[] query = PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 33434).payload(32).build();
        byte[] unknown = PacketBuilder.ipv4(CLIENT, SERVER).udp(5001, 33434).payload(32).build();
        passes(query);

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, query))).isTrue();
        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, unknown))).isFalse();
    }

    @Test
    void shouldNotAllowAFlowBecauseAnIcmpErrorQuotesIt() {
        firewall("allow icmp");
        byte[] quoted = PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).build();

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(3, 1, quoted))).isTrue();
        assertThat(passes(quoted)).isFalse();
    }

    @Test
    void shouldDecideAboutAllFragmentsByTheFirst() {
        firewall("deny udp to any port 53", "default allow");
        List<byte[]> denied = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).payload(3000).build(), 1500, 1);
        List<byte[]> allowed = Fragmenter.split(PacketBuilder.ipv6("fd00::1", "fd00::2").udp(5000, 54).payload(3000).build(), 1500, 2);

        assertThat(denied).hasSizeGreaterThan(2).noneMatch(this::passes);
        assertThat(allowed).hasSizeGreaterThan(2).allMatch(this::passes);
    }

    @Test
    void shouldPassAFragmentedReplyOfAnAllowedConnection() {
        firewall("allow udp from 10.0.0.0/8 to any port 53");
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53));

        List<byte[]> reply = Fragmenter.split(PacketBuilder.ipv4(SERVER, CLIENT).udp(53, 5000).payload(3000).build(), 1500, 9);

        assertThat(reply).allMatch(this::passes);
    }

    @Test
    void shouldNotLetAPacketCutBeforeItsPortsPastADenyingRule() {
        firewall("deny tcp port 23", "default allow");
        byte[] cut = Arrays.copyOf(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 80).flags(TcpHeader.SYN).build(), 23);
        cut[3] = 23; // total length: three bytes of TCP, not even a whole port pair
        assertThat(passes(cut)).isFalse();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).icmpEchoRequest(1, 1))).isTrue();
    }

    @Test
    void shouldNotLetALaterFragmentWithoutItsFirstPastADenyingRule() {
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).payload(3000).build(), 1500, 1);
        firewall("deny udp to any port 53", "default allow");
        assertThat(passes(fragments.get(1))).isFalse();
        firewall("allow udp to any port 53", "default deny");
        assertThat(passes(fragments.get(1))).isFalse();
        firewall("default allow");
        Collections.reverse(fragments);
        assertThat(fragments).as("in any order").allMatch(this::passes);
    }

    @Test
    void shouldMatchRulesByEndpoint() {
        firewall("allow udp endpoint vpce-00000000000000002", "default deny");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2))).isFalse();
        lab.useEndpoint(2);
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2))).isTrue();
    }

    @Test
    void shouldMatchPingOfBothIpVersionsByIcmp() {
        firewall("allow icmp");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).icmpEchoRequest(1, 1))).isTrue();
        assertThat(passes(PacketBuilder.ipv6("fd00::1", "fd00::2").icmpEchoRequest(1, 1))).isTrue();
    }

    @Test
    void shouldForgetTheLongestSilentConnectionWhenFull() {
        firewall(2, "set mid-stream deny", "allow tcp from 10.0.0.0/8");
        for (int port = 5000; port < 5003; port++) {
            passes(syn(port));
            lab.sleep(Duration.ofNanos(1));
        }

        assertThat(passes(fromServer(5001, TcpHeader.ACK))).isTrue();
        assertThat(passes(fromServer(5002, TcpHeader.ACK))).isTrue();
        assertThat(lab.stats().evicted()).isOne();
        assertThat(lab.stats().connections()).isEqualTo(2);
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
    }
}
