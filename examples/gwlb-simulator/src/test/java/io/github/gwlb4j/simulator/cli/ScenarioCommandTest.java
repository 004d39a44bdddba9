package io.github.gwlb4j.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.TestAppliance;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScenarioCommandTest {
    private static final Path SCENARIOS = Path.of("scenarios");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int execute(TestAppliance appliance, Path file, String... more) {
        List<String> arguments = new ArrayList<>(List.of("scenario", file.toString(), "--target",
                appliance.address().getAddress().getHostAddress() + ":" + appliance.address().getPort(), "--source", Loopback.node(0)));
        arguments.addAll(Arrays.asList(more));
        return SimulatorMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(new String[0]));
    }

    @Test
    void shouldExitWithZeroAndTakeTheNextAddressForTheSecondNode() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(execute(appliance, SCENARIOS.resolve("node-failover.yaml"))).as(out + "" + err).isZero();
        }
        assertThat(out.toString()).contains("Scenario: a node fails and another takes its flows over", "2 s  failover from node 1 to node 2: ",
                "Round trip: p50", "  ok      stale-cookie: exactly 0, was 0").endsWith(" expectations hold.\n");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldExitWithOneAndNameTheExpectationThatFails() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(execute(appliance, SCENARIOS.resolve("dns-denied.yaml"))).isEqualTo(1);
        }
        assertThat(out.toString().lines().reduce((first, last) -> last).orElseThrow())
                .isEqualTo("FAILED: 2 of 6 expectations: not-expected-back: exactly 0, was 24; dns dropped: exactly 100 %, was 0 of 12.");
    }

    @Test
    void shouldPrintOneLineOfJson() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(execute(appliance, SCENARIOS.resolve("cookie-change.yaml"), "--json", "--seed", "42")).as(out + "" + err).isZero();
        }
        assertThat(out.toString().lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("ok").asBoolean()).isTrue();
        assertThat(json.get("seed").asLong()).isEqualTo(42);
        assertThat(json.get("expectations").get(0).get("name").asText()).isEqualTo("stale-cookie");
        assertThat(json.get("timeline").get(0).get("event").asText()).isEqualTo("new cookies");
        assertThat(json.get("timeline").get(0).get("flows").asInt()).isEqualTo(14);
        assertThat(json.get("run").get("sent").asInt()).isEqualTo(1500);
        assertThat(json.get("run").get("roundTripMicros").get("p50").asDouble()).isPositive();
    }

    @Test
    void shouldExitWithTwoAndOneLineWhenTheFileIsWrong() throws IOException {
        Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "traffic: dns\nrate: x\n");
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(execute(appliance, wrong)).isEqualTo(2);
            assertThat(execute(appliance, folder.resolve("none.yaml"))).isEqualTo(2);
            assertThat(execute(appliance, SCENARIOS)).isEqualTo(2);
        }
        assertThat(err.toString().lines()).containsExactly(
                "gwlb-simulator: wrong.yaml:2: 'rate': 'x' is not a number from 1 to 1000000",
                "gwlb-simulator: cannot read " + folder.resolve("none.yaml") + ": no such file",
                "gwlb-simulator: cannot read scenarios: it is a directory");
    }
}
