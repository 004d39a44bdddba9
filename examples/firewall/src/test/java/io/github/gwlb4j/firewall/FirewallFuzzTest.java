package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.inspect.ClientBytes;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Packets of few hosts and ports in any order, with reloads and pauses between them, through tables that are too small: nothing throws,
 * each packet is counted once, and nothing is left in the end.
 */
class FirewallFuzzTest {
    private static final int STEPS = 6000;
    private static final int MAX_CONNECTIONS = 12;
    private static final String[] HOSTS = {"10.0.0.1", "10.0.0.2", "192.0.2.1"};
    private static final String[] HOSTS_6 = {"fd00::1", "fd00::2", "2001:db8::1"};
    private static final int[] PORTS = {443, 53, 80, 99, 5000};
    private static final int[] FLAGS = {TcpHeader.SYN, TcpHeader.SYN | TcpHeader.ACK, TcpHeader.ACK, TcpHeader.ACK | TcpHeader.FIN, TcpHeader.RST,
        TcpHeader.RST | TcpHeader.ACK, 0, TcpHeader.FIN, TcpHeader.ACK | TcpHeader.URG};
    private static final byte[][] PAYLOADS = {new byte[0], new byte[0], new byte[1], new byte[3000], ClientBytes.clientHello("a.good.example"),
        ClientBytes.clientHello("evil.example"), ClientBytes.dnsQuery(1, "a.good.example"), ClientBytes.dnsQuery(1, "evil.example"),
        ClientBytes.ascii("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")};
    private static final String[][] POLICIES = {
        {"set mid-stream deny", "allow tcp to any port 443,53 domain .good.example", "allow udp to any port 53 domain .good.example",
            "allow tcp to any port 80 limit 5/s burst 3", "reject udp to any port 99", "allow icmp", "default deny"},
        {"set unknown-name open", "set dns-denied refused", "set half-open-limit 5", "deny any domain .evil.example", "default allow"},
        {"set mid-stream reject", "set fragments drop", "default reject"},
        {"set mid-stream reject", "set half-open-limit-per-source 2", "web: allow tcp to any port 443", "allow udp", "default deny"},
    };

    private Random random;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void shouldCountEachPacketOnceAndKeepNothing(int seed) {
        random = new Random(seed);
        boolean isDryRun = seed % 3 == 0;
        FirewallLab lab = FirewallLab.of(new EngineSettings(MAX_CONNECTIONS, Duration.ofSeconds(350), isDryRun, seed % 2 == 0, seed % 5 != 0, 3), any(POLICIES));
        long sent = 0;
        for (int step = 0; step < STEPS; step++) {
            for (byte[] packet : packets()) {
                boolean hasPassed = lab.passes(packet);
                assertThat(hasPassed || !isDryRun).as("passes in a dry run").isTrue();
                sent++;
            }
            if (random.nextInt(50) == 0) {
                lab.sleep(Duration.ofSeconds(random.nextInt(60)));
            }
            if (random.nextInt(100) == 0) {
                lab.reload(any(POLICIES));
            }
            assertThat(lab.stats().connections()).as("step %d", step).isBetween(0L, (long) MAX_CONNECTIONS);
            assertThat(lab.stats().halfOpen()).as("step %d", step).isBetween(0L, lab.stats().connections());
        }
        assertThat(Arrays.stream(DecisionCause.values()).mapToLong(cause -> lab.passed(cause) + lab.dropped(cause)).sum()).isEqualTo(sent);
        lab.sleep(Duration.ofHours(1));
        assertThat(lab.stats().connections()).isZero();
        assertThat(lab.stats().halfOpen()).isZero();
    }

    /** A packet, or what has not been lost of its fragments. */
    private List<byte[]> packets() {
        boolean isIpv4 = random.nextInt(4) != 0;
        byte[] packet = packet(isIpv4, any(isIpv4 ? HOSTS : HOSTS_6), any(isIpv4 ? HOSTS : HOSTS_6));
        if (random.nextInt(20) == 0) {
            packet[packet.length - 1] ^= 1;
        }
        if (!isIpv4 || packet.length < 100 || random.nextInt(6) != 0) {
            return List.of(packet);
        }
        return Fragmenter.split(packet, 60 + 8 * random.nextInt(10), random.nextInt(4)).stream().filter(piece -> random.nextInt(5) != 0).toList();
    }

    private byte[] packet(boolean isIpv4, String from, String to) {
        PacketBuilder packet = builder(isIpv4, from, to);
        int source = PORTS[random.nextInt(PORTS.length)];
        int destination = PORTS[random.nextInt(PORTS.length)];
        return switch (random.nextInt(8)) {
            case 0 -> packet.udp(source, destination).payload(any(PAYLOADS)).build();
            case 1 -> packet.icmpEchoRequest(7, 1).build();
            case 2 -> packet.icmpEchoReply(7, 1).build();
            case 3 -> {
                byte[] quoted = builder(isIpv4, to, from).tcp(source, destination).flags(TcpHeader.ACK).build();
                yield packet.icmpError(isIpv4 ? 3 : 1, 1, Arrays.copyOf(quoted, random.nextInt(quoted.length + 1))).build();
            }
            default -> packet.tcp(source, destination).flags(FLAGS[random.nextInt(FLAGS.length)])
                    .sequence(1000 + 100 * random.nextInt(3), 1000 + 100 * random.nextInt(3)).payload(any(PAYLOADS)).build();
        };
    }

    private static PacketBuilder builder(boolean isIpv4, String from, String to) {
        return isIpv4 ? PacketBuilder.ipv4(from, to) : PacketBuilder.ipv6(from, to);
    }

    private <T> T any(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
