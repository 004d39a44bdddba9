package io.github.gwlb4j.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapWriter;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.TestAppliance;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScenarioTest {
    @TempDir
    Path folder;

    private Scenario parse(String text) throws IOException {
        return Scenario.parse("test.yaml", text, folder);
    }

    private ScenarioReport run(TestAppliance.Behaviour behaviour, String text) throws IOException {
        Scenario scenario = parse(text);
        try (TestAppliance appliance = TestAppliance.start(behaviour);
                GwlbSimulator gwlb = scenario.simulator().target(appliance.address()).sources(Loopback.node(0), scenario.nodes()).build()) {
            return scenario.run(gwlb);
        }
    }

    /** Each in one line of the file, which is the one that the message names. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "rate: 0 | 'rate': '0' is not a number from 1 to 1000000",
        "rate: fast | 'rate': 'fast' is not a number",
        "rate: [1, 2] | 'rate' must be one value",
        "speed: 0 | 'speed': speed 0.0",
        "duration: 5 | 'duration': '5' is not a time such as 500ms",
        "duration: 25h | longer than a day",
        "timeout: 2min | is not from 1ms to 1min",
        "nodes: 17 | is not a number from 1 to 16",
        "endpoints: 0 | 'endpoints': '0' is not a number from 1 to 65536",
        "endpoint-ids: [vpce-12, vpce-xyz] | 'endpoint-ids': 'vpce-xyz' is not an endpoint id",
        "seed: one | 'one' is not a whole number",
        "one-way: maybe | neither yes nor no",
        "inner-packets: any | neither identical nor ttl-may-decrease",
        "trafic: [] | 'trafic' is not known in the file: name, expect, duration",
        "timeline: [{at: 1s}] | needs exactly one of failover, new-cookies",
        "timeline: [{at: 1s, loss: 5%, corrupt: 5%}] | and has loss and corrupt",
        "timeline: [{at: 1s, lose: 5%}] | 'lose' is not known in an entry of 'timeline': failover,",
        "timeline: [{loss: 5%}] | an entry of 'timeline' needs 'at'",
        "timeline: [{at: 1s, loss: 0%}] | 'loss': share 0.0",
        "timeline: [{at: 1s, loss: 101%}] | '101%' is not a share",
        "timeline: [{at: 1s, loss: 5}] | '5' is not a share such as 5%",
        "timeline: [{at: 2s, until: 1s, loss: 5%}] | 'until' must be after the beginning",
        "timeline: [{at: 2s, loss: 5%, only: tpc}] | filter 'tpc': 'tpc' is not known",
        "timeline: [{at: 2s, failover: {from: 1}}] | 'failover' needs 'to'",
        "timeline: [{at: 2s, failover: {from: 0, to: 1}}] | '0' is not a number from 1",
        "timeline: [{at: 2s, failover: {from: 1, to: 1}}] | two different nodes",
        "timeline: [{at: 2s, failover: 2}] | 'failover' must be lines of 'key: value'",
        "timeline: [{at: 2s, rebalance: {}}] | 'rebalance' needs 'leave'",
        "timeline: [{at: 2s, silence: 0s}] | longer than 0s",
        "timeline: [{at: 2s, silence: 1s, cookies: old}] | neither new nor same",
        "timeline: [{at: 2s, mtu-black-hole: 20}] | from 68 to 65535",
        "expect: {mising: 0} | 'mising' is not known in 'expect': sent, returned",
        "expect: {missing: few} | 'missing': 'few' is not a number of packets",
        "expect: {rows: {dns: {duplicate: 0}}} | 'duplicate' is not known in 'dns'",
        "expect: {drop: {filter: tcp, from: 2s, until: 1s}} | 'until' must be after",
        "rate: 500, 5 | 'rate'",
        "'[' | this is no YAML",
        "just text | this is no YAML"})
    void shouldSayInOneLineWhatIsWrongAndWhere(String line, String part) {
        assertThatThrownBy(() -> parse("name: x\n# a comment\ntraffic: [{kind: dns}]\n" + line + "\n"))
                .isInstanceOf(ScenarioFileException.class).hasMessageContaining(part).message()
                .matches("test\\.yaml:[45]: .*").doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "traffic: [{kind: ftp}] | test.yaml:1: 'kind': 'ftp' is not known",
        "traffic: [{flows: 3}] | test.yaml:1: an entry of 'traffic' needs 'kind'",
        "traffic: [{kind: dns, flows: 0}] | 'flows': '0' is not a number from 1 to 65534",
        "traffic: [{kind: http, size: 9000}] | 'size': packet length 9000",
        "traffic: [{capture: no.pcap}] | no such file",
        "name: x | test.yaml:1: the file needs 'traffic'",
        "traffic: [] | the file needs 'traffic'",
        "'' | test.yaml:1: the file is empty",
        "- list | test.yaml:1: the file must be lines of 'key: value'"})
    void shouldSayWhatIsWrongWithTheTraffic(String text, String part) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(ScenarioFileException.class).hasMessageContaining(part);
    }

    @Test
    void shouldNameALineOfItsOwnForEachMistake() {
        assertThatThrownBy(() -> parse("traffic:\n  - kind: dns\n    flows: 2\ntimeline:\n  - at: 1s\n    loss: 5%\n  - at: 2s\n    los: 5%\n"))
                .hasMessageStartingWith("test.yaml:8: 'los' is not known");
        assertThatThrownBy(() -> parse("rate: 5\ntraffic: dns\nrate: 6\n")).hasMessage("test.yaml:3: 'rate' is there twice in the file");
        assertThatThrownBy(() -> parse("traffic: &a [*a]\n")).isInstanceOf(ScenarioFileException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: &", "\u001b[31m: x", "traffic: [{kind: \"a\\u001b[31m\\u2028b\"}]"})
    void shouldNotLetTheFileSteerTheTerminalThroughAMessage(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(ScenarioFileException.class)
                .message().startsWith("test.yaml:1: ").doesNotContainPattern("[\\p{Cntrl}\\u2028]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? "})
    void shouldRefuseWhatIsTooDeepForAnyStack(String level) {
        assertThatThrownBy(() -> parse(level.repeat(100_000))).isInstanceOf(ScenarioFileException.class).hasMessageContaining("test.yaml:1: too deep");
    }

    @Test
    void shouldRefuseWhatIsNoScenarioFile() throws IOException {
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        Path huge = Files.write(folder.resolve("huge.yaml"), new byte[(1 << 20) + 1]);

        assertThatThrownBy(() -> Scenario.read(binary)).isInstanceOf(ScenarioFileException.class).hasMessageContaining("no text in UTF-8");
        assertThatThrownBy(() -> Scenario.read(huge)).isInstanceOf(ScenarioFileException.class).hasMessageContaining("longer than 1 MiB");
        assertThatThrownBy(() -> Scenario.read(folder)).isInstanceOf(IOException.class).hasMessageContaining("is a directory");
    }

    @Test
    void shouldHoldWhatGoesWithoutSaying() throws IOException {
        ScenarioReport right = run(TestAppliance.correct(), "rate: 2000\ntraffic: [dns, http6]\n");
        ScenarioReport wrong = run((from, datagram, self) -> {
            datagram[39] ^= 1;
            self.reply(from, datagram);
        }, "rate: 2000\ntimeout: 200ms\ntraffic: dns\n");
        ScenarioReport silent = run((from, datagram, self) -> { }, "rate: 2000\ntimeout: 200ms\ntraffic: dns\n");

        assertThat(right.isOk()).as(right.toString()).isTrue();
        assertThat(right.expectations()).extracting(Expectation::name).containsExactly("sent", "missing", "faults");
        assertThat(wrong.failures()).extracting(Expectation::toString).containsExactly("faults: none, was flow-cookie 2");
        assertThat(silent.failures()).extracting(Expectation::toString).containsExactly("missing: exactly 0, was 2");
        assertThat(silent.toString()).contains("  FAILED  missing: exactly 0, was 2\n").endsWith("FAILED: 1 of 3 expectations: missing: exactly 0, was 2.");
    }

    @Test
    void shouldTakeTheBoundsOfTheFileInPlaceOfThose() throws IOException {
        TestAppliance.Behaviour noDns = (from, datagram, self) -> {
            if (datagram[40 + 9] == 6) {
                self.reply(from, datagram);
                self.reply(from, datagram);
            }
        };
        String traffic = "rate: 2000\ntimeout: 500ms\ntraffic: [{kind: dns, flows: 3}, {kind: http, flows: 2}]\n";
        ScenarioReport lenient = run(noDns, traffic + "expect: {missing: at most 6, duplicate: at least 10, intact: between 50% and 99 %}\n");
        ScenarioReport byRow = run(noDns, traffic + "expect: {duplicate: at least 1, rows: {dns: {missing: 100%}, http: {missing: 0}}}\n");
        ScenarioReport strict = run(noDns, traffic + "expect: {missing: at most 5, duplicate: at most 3, rows: {dns: {intact: at least 1}}}\n");

        assertThat(lenient.isOk()).as(lenient.toString()).isTrue();
        assertThat(byRow.isOk()).as(byRow.toString()).isTrue();
        assertThat(strict.failures()).extracting(Expectation::name).containsExactly("missing", "duplicate", "dns intact");
    }

    @Test
    void shouldFailWhenSomethingOnTheTimelineHasNotHappened() throws IOException {
        ScenarioReport report = run(TestAppliance.correct(), "rate: 2000\ntraffic: dns\ntimeline: [{at: 1h, new-cookies: all}]\n");

        assertThat(report.failures()).extracting(Expectation::name).containsExactly("timeline");
        assertThat(report.failures().get(0).was()).contains("DID NOT HAPPEN");
    }

    @Test
    void shouldMoveTheFlowsOfACaptureToo() throws IOException {
        byte[] query = PacketBuilder.ipv4("10.0.0.1", "10.0.0.53").udp(4000, 53).payload("q").build();
        try (PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).open(folder.resolve("dns.pcap"))) {
            writer.write(0, ByteBuffer.wrap(query), 0, query.length);
        }
        Set<Integer> cookies = ConcurrentHashMap.newKeySet();
        ScenarioReport report = run((from, datagram, self) -> {
            cookies.add(ByteBuffer.wrap(datagram).getInt(36));
            self.reply(from, datagram);
        }, "rate: 1000\nduration: 100ms\ntraffic: {capture: dns.pcap}\ntimeline: [{at: 50ms, new-cookies: all}]\n");

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.simulation().sent()).isEqualTo(100);
        assertThat(cookies).hasSize(2);
    }

    @Test
    void shouldExpectDropsForAWhileOnly() throws IOException {
        ScenarioReport report = run(TestAppliance.correct(),
                "rate: 1000\nduration: 300ms\ntraffic: dns\nexpect: {drop: {filter: udp, from: 100ms, until: 200ms}, not-expected-back: exactly 100}\n");

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldReadTheFormatAsTheReadmeDescribesIt() throws IOException {
        Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("README.md")));
        assertThat(yaml.find()).isTrue();

        Scenario scenario = parse(yaml.group(1).replaceAll("(?m)^ *- \\{capture: .*$", ""));

        assertThat(scenario.name()).isEqualTo("a node fails");
        assertThat(scenario.nodes()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "at most 5", "at least 99 %", "exactly 3", "between 1 and 5", "between 1% and 2.5 %"})
    void shouldReadBounds(String text) {
        assertThat(Bound.parse(text).toString()).contains(text);
    }

    @Test
    void shouldCompareWithBounds() {
        assertThat(List.of(Bound.parse("at most 5").holds(5, 0), Bound.parse("at least 99 %").holds(99, 100), Bound.parse("3").holds(3, 9),
                Bound.parse("between 1 and 5").holds(1, 9))).containsOnly(true);
        assertThat(List.of(Bound.parse("at most 5").holds(6, 0), Bound.parse("at least 99 %").holds(98, 100), Bound.parse("3").holds(2, 9),
                Bound.parse("between 1 and 5").holds(6, 9), Bound.parse("1 %").holds(2, 100))).containsOnly(false);
    }

    @Test
    void shouldReadTimes() {
        assertThat(List.of(Quantity.duration("500ms"), Quantity.duration("2.5 s"), Quantity.duration("6min"), Quantity.duration("1h")))
                .containsExactly(Duration.ofMillis(500), Duration.ofMillis(2500), Duration.ofMinutes(6), Duration.ofHours(1));
    }
}
