package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.scenario.Expectation;
import io.github.gwlb4j.simulator.scenario.Scenario;
import io.github.gwlb4j.simulator.scenario.ScenarioReport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulator's example scenarios against real appliances. It is here because the simulator must not depend on this module. */
class ScenarioFilesTest {
    private static final Path SCENARIOS = Path.of("../examples/gwlb-simulator/scenarios");
    /** These are for firewalls. */
    private static final Set<String> WITH_A_POLICY = Set.of("dns-denied.yaml", "mid-stream-denied.yaml");

    static List<String> forEveryAppliance() throws IOException {
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !WITH_A_POLICY.contains(name)).sorted().toList();
        }
    }

    private static ScenarioReport run(String name, int workers, PacketHandler.Factory handler) throws Exception {
        Scenario scenario = Scenario.read(SCENARIOS.resolve(name));
        Loopback.requireSeveralAddresses();
        InetSocketAddress target = Loopback.freeTarget();
        try (GwlbAppliance appliance = GwlbAppliance.builder().listen(target).workers(workers).handler(handler).build().start();
                GwlbSimulator gwlb = scenario.simulator().target(target).sources("127.0.0.2", scenario.nodes()).build()) {
            assertThat(appliance.state()).isEqualTo(GwlbAppliance.State.RUNNING);
            return scenario.run(gwlb);
        }
    }

    @ParameterizedTest
    @MethodSource("forEveryAppliance")
    void shouldDoAsTheScenarioExpects(String name) throws Exception {
        ScenarioReport report = run(name, 2, worker -> packet -> Verdict.FORWARD);

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldFailAndNameTheExpectationWhenThePolicyIsMissing() throws Exception {
        ScenarioReport report = run("dns-denied.yaml", 1, worker -> packet -> Verdict.FORWARD);

        assertThat(report.failures()).extracting(Expectation::name).containsExactly("not-expected-back", "dns dropped");
    }

    @Test
    void shouldHoldWhenDnsIsDenied() throws Exception {
        ScenarioReport report = run("dns-denied.yaml", 1, worker -> packet -> packet.inner().hasPorts()
                && (packet.inner().sourcePort() == 53 || packet.inner().destinationPort() == 53) ? Verdict.DROP : Verdict.FORWARD);

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldHoldWhenTcpWithoutASynIsDenied() throws Exception {
        ScenarioReport report = run("mid-stream-denied.yaml", 1, worker -> new SynSeen());

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    /** As little of a stateful firewall as the scenario can tell. */
    private static final class SynSeen implements PacketHandler {
        private final Set<FlowKey> connections = new HashSet<>();
        private final TcpHeader tcp = new TcpHeader();

        @Override
        public Verdict onPacket(GwlbPacket packet) {
            if (packet.inner().protocol() != IpProtocol.TCP || !tcp.wrap(packet.inner())) {
                return Verdict.FORWARD;
            }
            if ((tcp.flags() & TcpHeader.SYN) != 0) {
                connections.add(packet.flowKey().copy());
            }
            return connections.contains(packet.flowKey()) ? Verdict.FORWARD : Verdict.DROP;
        }
    }
}
