package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FirewallTest {
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "192.0.2.1";

    private long nowNs = System.nanoTime();
    private long endpointId = 1;
    private Firewall firewall;

    private Firewall firewall(String... rules) throws RuleFileException {
        return firewall(1000, rules);
    }

    private Firewall firewall(int maxConnections, String... rules) throws RuleFileException {
        firewall = new Firewall(PolicyFile.parse("test.rules", Arrays.asList(rules)), maxConnections);
        return firewall;
    }

    private boolean passes(PacketBuilder packet) {
        return passes(packet.build());
    }

    private boolean passes(byte[] packet) {
        IpPacket inner = new IpPacket();
        assertThat(inner.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return firewall.onPacket(new View(inner)) == Verdict.FORWARD;
    }

    private final class View implements GwlbPacket, Tunnel {
        private final IpPacket inner;

        private View(IpPacket inner) {
            this.inner = inner;
        }

        @Override
        public Tunnel tunnel() {
            return this;
        }

        @Override
        public GeneveHeader header() {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public GwlbOptions options() {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public IpPacket inner() {
            return inner;
        }

        @Override
        public FlowKey flowKey() {
            return new FlowKey().set(endpointId, inner);
        }

        @Override
        public Flow flow() {
            return null;
        }

        @Override
        public InjectStatus inject(ByteBuffer packet, int offset, int length) {
            throw new AssertionError("the firewall injects nothing");
        }

        @Override
        public ReplaceStatus replaceInner(ByteBuffer packet, int offset, int length) {
            throw new AssertionError("the firewall changes nothing");
        }

        @Override
        public long receivedNs() {
            return nowNs;
        }

        @Override
        public long endpointId() {
            return endpointId;
        }

        @Override
        public TunnelMode mode() {
            return TunnelMode.INLINE;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public Instant createdAt() {
            return Instant.EPOCH;
        }

        @Override
        public TunnelStats stats() {
            throw new AssertionError("the firewall does not look at it");
        }
    }

    private static PacketBuilder syn(int sourcePort) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(sourcePort, 443).flags(TcpHeader.SYN);
    }

    private static PacketBuilder fromServer(int clientPort, int flags) {
        return PacketBuilder.ipv4(SERVER, CLIENT).tcp(443, clientPort).flags(flags);
    }

    @Test
    void shouldLetTheFirstMatchingRuleDecide() throws RuleFileException {
        firewall("deny udp to any port 53", "allow udp", "deny udp to any port 123");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 123))).isTrue();
        assertThat(passes(syn(5000))).isFalse();
        assertThat(firewall.packetsByRule(0)).isOne();
        assertThat(firewall.packetsByRule(1)).isOne();
        assertThat(firewall.packetsByRule(2)).isZero();
        assertThat(firewall.packetsByRule(3)).isOne();
    }

    @Test
    void shouldMatchAPortOfEitherEnd() throws RuleFileException {
        firewall("deny udp port 53", "default allow");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(53, 5000))).isFalse();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(54, 5000))).isTrue();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 53))).isTrue();
    }

    @Test
    void shouldPassRepliesOfAnAllowedConnectionAndNothingElseFromThere() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8 to any port 443");

        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).as("before the connection").isFalse();
        assertThat(passes(syn(5000))).isTrue();
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).isTrue();
        assertThat(passes(fromServer(5001, TcpHeader.SYN | TcpHeader.ACK))).as("another port").isFalse();
        endpointId = 2;
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("another endpoint").isFalse();
        assertThat(firewall.packetsByRule(0)).as("the reply counts for the rule that allowed it").isEqualTo(2);
    }

    @Test
    void shouldForgetSilentConnectionsAfterTheLoadBalancersTimeouts() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8", "allow udp from 10.0.0.0/8");
        passes(syn(5000));
        passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK));
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        nowNs += Duration.ofSeconds(119).toNanos();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isTrue();
        nowNs += Duration.ofSeconds(120).toNanos();
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).isFalse();
        nowNs += Duration.ofSeconds(110).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("349 s after").isTrue();
        nowNs += Duration.ofSeconds(350).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
        assertThat(firewall.connections().size()).isZero();
    }

    @Test
    void shouldForgetAHalfOpenConnectionSoonerAndSacrificeItFirst() throws RuleFileException {
        firewall(3, "allow tcp from 10.0.0.0/8", "allow udp from 10.0.0.0/8");
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(6000, 7));
        passes(syn(5000));
        passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK));
        for (int port = 10_000; port < 10_100; port++) {
            passes(syn(port));
        }
        assertThat(passes(PacketBuilder.ipv4(SERVER, CLIENT).udp(7, 6000))).as("a flood of SYN pushes out no other").isTrue();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isTrue();
        assertThat(passes(syn(10_100))).isTrue();
        nowNs += Duration.ofSeconds(31).toNanos();
        assertThat(passes(fromServer(10_100, TcpHeader.SYN | TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldNotTakeAnIcmpErrorForTheAnswerToAHandshake() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8");
        passes(syn(5000));

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, syn(5000).build()))).isTrue();
        nowNs += Duration.ofSeconds(31).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldNotKeepASilentConnectionBecauseOfIcmpErrors() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8");
        passes(syn(5000));
        nowNs += Duration.ofSeconds(20).toNanos();

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, syn(5000).build()))).isTrue();
        nowNs += Duration.ofSeconds(11).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.SYN | TcpHeader.ACK))).as("31 s after its last packet").isFalse();
    }

    @Test
    void shouldShortenTheTimeoutWhenBothEndsFinishOrOneResets() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8");
        passes(syn(5000));
        passes(syn(5001));
        passes(fromServer(5000, TcpHeader.FIN | TcpHeader.ACK));
        nowNs += Duration.ofSeconds(60).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("half closed").isTrue();
        passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 443).flags(TcpHeader.FIN | TcpHeader.ACK));
        passes(fromServer(5001, TcpHeader.RST));
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("the last acknowledgment").isTrue();
        nowNs += Duration.ofSeconds(11).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
        assertThat(passes(fromServer(5001, TcpHeader.ACK))).isFalse();
    }

    @Test
    void shouldJudgeANewConnectionOnTheSamePortsAnew() throws RuleFileException {
        firewall("allow tcp from 10.0.0.0/8");
        passes(syn(5000));
        passes(fromServer(5000, TcpHeader.RST));

        assertThat(passes(fromServer(5000, TcpHeader.SYN))).as("the server may not open one").isFalse();
        assertThat(passes(syn(5000))).isTrue();
        nowNs += Duration.ofSeconds(20).toNanos();
        assertThat(passes(fromServer(5000, TcpHeader.ACK))).as("longer than an ending connection would be kept").isTrue();
    }

    @Test
    void shouldPassIcmpErrorsAboutAnAllowedConnectionOnly() throws RuleFileException {
        firewall("allow udp from 10.0.0.0/8");
        byte[] query = PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 33434).payload(32).build();
        byte[] unknown = PacketBuilder.ipv4(CLIENT, SERVER).udp(5001, 33434).payload(32).build();
        passes(query);

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, query))).isTrue();
        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(11, 0, unknown))).isFalse();
    }

    @Test
    void shouldNotAllowAFlowBecauseAnIcmpErrorQuotesIt() throws RuleFileException {
        firewall("allow icmp");
        byte[] quoted = PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).build();

        assertThat(passes(PacketBuilder.ipv4("203.0.113.9", CLIENT).icmpError(3, 1, quoted))).isTrue();
        assertThat(passes(quoted)).isFalse();
    }

    @Test
    void shouldDecideAboutAllFragmentsByTheFirst() throws RuleFileException {
        firewall("deny udp to any port 53", "default allow");
        List<byte[]> denied = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53).payload(3000).build(), 1500, 1);
        List<byte[]> allowed = Fragmenter.split(PacketBuilder.ipv6("fd00::1", "fd00::2").udp(5000, 54).payload(3000).build(), 1500, 2);

        assertThat(denied).hasSizeGreaterThan(2).noneMatch(this::passes);
        assertThat(allowed).hasSizeGreaterThan(2).allMatch(this::passes);
    }

    @Test
    void shouldPassAFragmentedReplyOfAnAllowedConnection() throws RuleFileException {
        firewall("allow udp from 10.0.0.0/8 to any port 53");
        passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 53));

        List<byte[]> reply = Fragmenter.split(PacketBuilder.ipv4(SERVER, CLIENT).udp(53, 5000).payload(3000).build(), 1500, 9);

        assertThat(reply).allMatch(this::passes);
    }

    @Test
    void shouldNotLetAPacketCutBeforeItsPortsPastADenyingRule() throws RuleFileException {
        firewall("deny tcp port 23", "default allow");
        byte[] cut = Arrays.copyOf(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 80).flags(TcpHeader.SYN).build(), 23);
        cut[3] = 23; // total length: three bytes of TCP, not even a whole port pair
        assertThat(passes(cut)).isFalse();
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).icmpEchoRequest(1, 1))).isTrue();
    }

    @Test
    void shouldNotLetALaterFragmentWithoutItsFirstPastADenyingRule() throws RuleFileException {
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
    void shouldMatchRulesByEndpoint() throws RuleFileException {
        firewall("allow udp endpoint vpce-00000000000000002", "default deny");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2))).isFalse();
        endpointId = 2;
        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2))).isTrue();
    }

    @Test
    void shouldMatchPingOfBothIpVersionsByIcmp() throws RuleFileException {
        firewall("allow icmp");

        assertThat(passes(PacketBuilder.ipv4(CLIENT, SERVER).icmpEchoRequest(1, 1))).isTrue();
        assertThat(passes(PacketBuilder.ipv6("fd00::1", "fd00::2").icmpEchoRequest(1, 1))).isTrue();
    }

    @Test
    void shouldForgetTheLongestSilentConnectionWhenFull() throws RuleFileException {
        firewall(2, "allow tcp from 10.0.0.0/8");
        for (int port = 5000; port < 5003; port++) {
            passes(syn(port));
            nowNs++;
        }

        assertThat(passes(fromServer(5000, TcpHeader.ACK))).isFalse();
        assertThat(passes(fromServer(5001, TcpHeader.ACK))).isTrue();
        assertThat(passes(fromServer(5002, TcpHeader.ACK))).isTrue();
        assertThat(firewall.connections().evicted()).isOne();
        assertThat(firewall.connections().size()).isEqualTo(2);
    }
}
