package io.github.gwlb4j.simulator.junit;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.scenario.Scenario;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** The simulator and the appliance of one test. Belongs to the test's thread. */
final class Session {
    private final Scenario scenario;
    private final GwlbSimulator simulator;
    private AutoCloseable appliance;

    private Session(Scenario scenario, GwlbSimulator simulator) {
        this.scenario = scenario;
        this.simulator = simulator;
    }

    /** Starts a simulator as the annotation of a test in this class says. */
    static Session open(GwlbSimulatorTest settings, Class<?> testClass) throws IOException {
        Scenario scenario = settings.scenario().isEmpty() ? null : scenario(settings.scenario(), testClass);
        GwlbSimulatorBuilder builder = scenario == null ? builder(settings) : scenario.simulator();
        int nodes = scenario == null ? settings.nodes() : scenario.nodes();
        if (settings.target().isEmpty() != settings.source().isEmpty()) {
            throw new IllegalArgumentException("@GwlbSimulatorTest on " + testClass.getName() + " needs both target and source, or neither");
        }
        if (settings.target().isEmpty()) {
            LoopbackAddresses addresses = LoopbackAddresses.choose(nodes);
            builder.target(addresses.appliance()).sources(addresses.firstNode(), nodes);
        } else {
            builder.target(settings.target()).sources(settings.source(), nodes);
        }
        return new Session(scenario, builder.build());
    }

    private static GwlbSimulatorBuilder builder(GwlbSimulatorTest settings) {
        GwlbSimulatorBuilder builder = GwlbSimulator.builder().endpoints(settings.endpoints())
                .packetsPerSecond(settings.packetsPerSecond()).timeout(Duration.ofMillis(settings.timeoutMillis())).seed(settings.seed());
        for (String filter : settings.expectDrop()) {
            builder.expectDrop(filter);
        }
        return builder;
    }

    private static Scenario scenario(String name, Class<?> testClass) throws IOException {
        try (InputStream resource = testClass.getResourceAsStream(name)) {
            return resource == null ? Scenario.read(Path.of(name))
                    : Scenario.parse(name, new String(resource.readAllBytes(), StandardCharsets.UTF_8), Path.of(""));
        }
    }

    GwlbSimulator simulator() {
        return simulator;
    }

    /** Null if the annotation names none. */
    Scenario scenario() {
        return scenario;
    }

    InetSocketAddress target() {
        return simulator.target();
    }

    void appliance(AutoCloseable started) {
        appliance = started;
    }

    /** Closes both, the simulator first, so that nothing is sent to an appliance that is no more. */
    void close() throws Exception {
        try {
            simulator.close();
        } finally {
            if (appliance != null) {
                appliance.close();
            }
        }
    }
}
