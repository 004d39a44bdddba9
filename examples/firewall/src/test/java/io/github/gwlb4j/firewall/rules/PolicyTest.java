package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private static final long ENDPOINT = 7;

    static Policy policy(String... lines) throws RuleFileException {
        return PolicyFile.parse("test.rules", Arrays.asList(lines));
    }

    private static Policy policyOf(int count, IntFunction<String> rule) throws RuleFileException {
        return PolicyFile.parse("test.rules", IntStream.range(0, count).mapToObj(rule).toList());
    }

    private static IpPacket packet(PacketBuilder builder) {
        byte[] bytes = builder.build();
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private static IpPacket udp(int sourcePort, int destinationPort) {
        return packet(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(sourcePort, destinationPort));
    }

    private static String decider(Policy policy, long endpointId, IpPacket packet) {
        return policy.rule(policy.firstMatch(endpointId, packet)).text();
    }

    @Test
    void shouldFindEachOfManyRulesByThePortOfEitherEnd() throws RuleFileException {
        Policy policy = policyOf(9000, port -> "deny udp port " + port);
        for (int port : new int[] {0, 63, 64, 4095, 4096, 8999}) {
            assertThat(policy.firstMatch(ENDPOINT, udp(port, 60_000))).isEqualTo(port);
            assertThat(policy.firstMatch(ENDPOINT, udp(60_000, port))).isEqualTo(port);
        }
        assertThat(policy.firstMatch(ENDPOINT, udp(60_000, 9000))).isEqualTo(9000);
    }

    @Test
    void shouldFindEachOfManyRulesByTheConnectionsName() throws RuleFileException {
        Policy policy = policyOf(9000, number -> "allow udp domain n" + number + ".example");
        for (int number : new int[] {0, 63, 64, 4095, 4096, 8999}) {
            assertThat(policy.firstMatch(ENDPOINT, udp(1, 2), DomainName.of("N" + number + ".example."))).isEqualTo(number);
        }
        assertThat(policy.firstMatch(ENDPOINT, udp(1, 2), DomainName.of("n9000.example"))).isEqualTo(9000);
        assertThat(policy.firstMatch(ENDPOINT, udp(1, 2), null)).isEqualTo(9000);
        assertThat(policy.rule(policy.firstMatch(ENDPOINT, udp(1, 2))).needsName()).isTrue();
    }

    @Test
    void shouldApplyABlockToItsEndpointsAndOtherRulesToAll() throws RuleFileException {
        Policy policy = policy("endpoints prod { vpce-1, 2 }", "allow udp to any port 1", "endpoint prod,3 {", "  deny udp to any port 1-2",
                "  default reject", "}", "allow udp to any port 2-3", "default allow");

        assertThat(decider(policy, 1, udp(9, 1))).isEqualTo("allow udp to any port 1");
        assertThat(decider(policy, 2, udp(9, 2))).isEqualTo("deny udp to any port 1-2");
        assertThat(decider(policy, 3, udp(9, 3))).isEqualTo("allow udp to any port 2-3");
        assertThat(decider(policy, 3, udp(9, 4))).isEqualTo("default reject (endpoint prod,3)");
        assertThat(decider(policy, 4, udp(9, 2))).isEqualTo("allow udp to any port 2-3");
        assertThat(decider(policy, 4, udp(9, 4))).isEqualTo("default allow");
    }

    @Test
    void shouldMatchUnknownNamesAsTheFileSays() throws RuleFileException {
        String[] rules = {"allow tcp domain a.example", "deny tcp domain b.example", "default reject"};
        IpPacket syn = packet(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").tcp(1000, 443));

        assertThat(policy(rules).firstMatch(ENDPOINT, syn, null)).isEqualTo(1);
        List<String> open = new ArrayList<>(List.of(rules));
        open.add("set unknown-name open");
        assertThat(policy(open.toArray(new String[0])).firstMatch(ENDPOINT, syn, null)).isZero();
    }

    @Test
    void shouldLeaveProtocolsWithoutNamesToRulesWithoutDomains() throws RuleFileException {
        Policy policy = policy("deny domain bad.example", "default allow");
        IpPacket ping = packet(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").icmpEchoRequest(1, 1));
        assertThat(policy.firstMatch(ENDPOINT, ping)).isEqualTo(1);
        assertThat(policy.firstMatch(ENDPOINT, ping, null)).isEqualTo(1);
        assertThat(policy.firstMatch(ENDPOINT, udp(1, 53))).isZero();
    }

    @Test
    void shouldAllocateNothingWhenMatching() throws RuleFileException {
        Policy policy = policyOf(3000, number -> "deny udp from 10." + number % 200 + ".0.0/16 to 2001:db8::/32,192.0.2.0/24 port " + number
                + (number % 2 == 0 ? " domain n" + number + ".example" : ""));
        IpPacket packet = udp(5, 60_000);
        DomainName name = DomainName.of("www.n5.example");
        long rules = 0;
        for (int i = 0; i < 20_000; i++) {
            rules += policy.firstMatch(ENDPOINT, packet) + policy.firstMatch(ENDPOINT, packet, name);
        }
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            rules += policy.firstMatch(ENDPOINT, packet) + policy.firstMatch(ENDPOINT, packet, name);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(rules).isEqualTo(30_000 * 6000L);
        assertThat(allocated).as("bytes for 20,000 matches").isLessThan(10_000);
    }
}
