package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many connections at a time, and floods of them, in a real appliance without sockets. */
@Timeout(120)
class ManyConnectionsTest {
    private static final String SERVER = "192.0.2.1";
    private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;

    private final InMemoryTransport network = new InMemoryTransport();
    private GwlbAppliance appliance;
    private CurrentPolicy policy;
    private Firewall firewall;

    @AfterEach
    void close() {
        appliance.close();
    }

    private void start(int maxConnections, String... rules) throws Exception {
        policy = new CurrentPolicy(PolicyFile.parse("test.rules", Arrays.asList(rules)));
        EngineSettings settings = EngineSettings.DEFAULT.withMaxConnections(maxConnections);
        appliance = GwlbAppliance.builder().transport(() -> network).jmx(false).flowTracking(settings.flowTracking()).handler(worker -> {
            firewall = new Firewall(policy, settings, null, null);
            return firewall;
        }).build().start();
    }

    private void send(byte[] inner) {
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        new GwlbHeaderEncoder().encode(datagram, 0, Geneve.PROTOCOL_IPV4, 1, 0, 7);
        network.inject(new Datagram(0x7f000002, 40_000, datagram.put(Gwlb.HEADER_LENGTH, inner).array()));
    }

    /** Waits until all that was sent has been decided about; how many packets came back. */
    private int takeReplies(long sentInAll) throws InterruptedException {
        while (appliance.stats().receivedPackets() < sentInAll) {
            Thread.sleep(1);
        }
        int replies = 0;
        while (network.takeReply(5) != null) {
            replies++;
        }
        return replies;
    }

    private static String client(int n) {
        return "10." + (n >> 16) + "." + (n >> 8 & 255) + "." + (n & 255);
    }

    private static byte[] fromClient(int n, int flags) {
        return PacketBuilder.ipv4(client(n), SERVER).tcp(5000, 443).flags(flags).build();
    }

    private static byte[] fromServer(int n, int flags) {
        return PacketBuilder.ipv4(SERVER, client(n)).tcp(443, 5000).flags(flags).build();
    }

    private void connect(int n) {
        send(fromClient(n, TcpHeader.SYN));
        send(fromServer(n, SYN_ACK));
        send(fromClient(n, TcpHeader.ACK));
    }

    @Test
    void shouldHoldAHundredThousandConnectionsAndKeepThemThroughAReload() throws Exception {
        int connections = 100_000;
        start(connections, "set mid-stream deny", "allow tcp from 10.0.0.0/8 to any port 443");
        for (int i = 0; i < connections; i++) {
            connect(i);
        }
        assertThat(takeReplies(3L * connections)).isEqualTo(3 * connections);
        assertThat(firewall.stats().connections()).isEqualTo(connections);
        assertThat(firewall.stats().halfOpen()).isZero();

        policy.replace(PolicyFile.parse("test.rules", List.of("set mid-stream deny", "default deny")));
        firewall.rulesHaveChanged();
        for (int i = 0; i < connections; i++) {
            send(fromServer(i, TcpHeader.ACK));
        }
        assertThat(takeReplies(4L * connections)).isEqualTo(connections);
        assertThat(firewall.dropped(DecisionCause.MID_STREAM)).isZero();
        ApplianceStats stats = appliance.stats();
        assertThat(stats.trackedFlows().flows()).isEqualTo(connections);
    }

    @Test
    void shouldBoundItsMemoryInAFloodAndLetAnOpenConnectionGoOn() throws Exception {
        int floods = 200_000;
        start(10_000, "set mid-stream deny", "set half-open-limit 2000", "allow tcp from 10.0.0.0/8 to any port 443", "allow udp");
        connect(0);
        long sent = 3;
        assertThat(takeReplies(sent)).isEqualTo(3);
        for (int i = 1; i <= floods; i++) {
            send(fromClient(i, TcpHeader.SYN));
            if (i % 100 == 0) {
                send(fromServer(0, TcpHeader.ACK));
            }
        }
        sent += floods + floods / 100;
        assertThat(takeReplies(sent)).isEqualTo(floods + floods / 100);
        assertThat(firewall.stats().halfOpen()).isEqualTo(2000);
        assertThat(firewall.stats().connections()).isEqualTo(2001);
        assertThat(appliance.stats().trackedFlows().flows()).isEqualTo(2001);

        for (int i = 0; i < floods; i++) {
            send(PacketBuilder.ipv4(client(i), SERVER).udp(5000, 7).build());
        }
        sent += floods;
        assertThat(takeReplies(sent)).isEqualTo(floods);
        assertThat(firewall.stats().connections()).as("full of UDP that nobody answers").isLessThanOrEqualTo(10_000);
        send(fromServer(0, TcpHeader.ACK));
        assertThat(takeReplies(sent + 1)).as("the open connection").isEqualTo(1);
    }
}
