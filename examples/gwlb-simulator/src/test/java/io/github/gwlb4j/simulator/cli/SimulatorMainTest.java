package io.github.gwlb4j.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.TestAppliance;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatorMainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int execute(String... arguments) {
        return SimulatorMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private int run(TestAppliance appliance, String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "--target",
                appliance.address().getAddress().getHostAddress() + ":" + appliance.address().getPort(), "--source", Loopback.node(0)));
        arguments.addAll(Arrays.asList(more));
        return execute(arguments.toArray(new String[0]));
    }

    private void assertOneLineError(int exitCode, String... parts) {
        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("gwlb-simulator: ").contains(parts);
        assertThat(out.toString()).doesNotContain("\tat ");
    }

    @Test
    void shouldExitWithZeroWhenAllIsRight() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(run(appliance, "--flows", "24", "--source", Loopback.node(1), "--rate", "0")).as(out + "" + err).isZero();
        }
        assertThat(out.toString()).contains("traffic", "jumbo6", "Round trip: p50", "OK: ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldExitWithOneWhenSomethingIsWrong() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> { })) {
            assertThat(run(appliance, "--traffic", "dns", "--flows", "2", "--timeout", "100")).isEqualTo(1);
        }
        assertThat(out.toString()).contains("FAILED: 4 sent, 0 returned, 4 missing");
    }

    @Test
    void shouldPrintOneLineOfJson() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            datagram[39] ^= 1;
            self.reply(from, datagram);
        })) {
            assertThat(run(appliance, "--traffic", "dns,icmp6", "--flows", "3", "--json")).isEqualTo(1);
        }
        assertThat(out.toString().lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("ok").asBoolean()).isFalse();
        assertThat(json.get("sent").asInt()).isEqualTo(6);
        assertThat(json.get("returned").asInt()).isEqualTo(6);
        assertThat(json.get("intact").asInt()).isZero();
        assertThat(json.get("missing").asInt()).isZero();
        assertThat(json.get("unexpected").asInt()).isZero();
        assertThat(json.get("wrong").get("flow-cookie").asInt()).isEqualTo(6);
        assertThat(json.get("wrong").size()).isEqualTo(1);
        assertThat(json.get("flows").asInt()).isEqualTo(3);
        assertThat(json.get("kinds").get("dns").get("sent").asInt()).isEqualTo(4);
        assertThat(json.get("roundTripMicros").get("p50").asDouble()).isPositive();
        assertThat(json.get("notes").isArray()).isTrue();
    }

    @Test
    void shouldHonourExpectedDrops() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> { })) {
            assertThat(run(appliance, "--traffic", "dns,tls", "--flows", "2", "--rate", "0", "--expect-drop", "udp port 53",
                    "--expect-drop", "tcp port 443")).as(out + "" + err).isZero();
        }
        assertThat(out.toString()).contains("nothing came back, as expected");
    }

    @Test
    void shouldRunForTheGivenSeconds() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            assertThat(run(appliance, "--seconds", "1", "--rate", "200", "--traffic", "http", "--flows", "1", "--size", "200", "--json"))
                    .as(out + "" + err).isZero();
        }
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("sent").asInt()).isBetween(50, 201);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "run --target 127.0.0.1 --source 127.0.0.2 --quick | Unknown option: '--quick'",
        "run --target 127.0.0.1 | Missing required option: '--source",
        "run --target 127.0.0.1 --source 127.0.0.2 --rate many | --rate",
        "run --target 127.0.0.1 --source 127.0.0.2 --rate -1 | packets a second -1",
        "run --target 127.0.0.1 --source 127.0.0.2 --seconds 0 | --seconds 0",
        "run --target 127.0.0.1:99999 --source 127.0.0.2 | port '99999' is not in 1..65535",
        "run --target 127.0.0.1 --source 192.0.2.1 | 192.0.2.1 is not an address of this machine",
        "run --target 127.0.0.1 --source 127.0.0.2 --traffic ftp | 'ftp' is not known",
        "run --target 127.0.0.1 --source 127.0.0.2 --flows 0 | flows 0",
        "run --target 127.0.0.1 --source 127.0.0.2 --size 9000 | packet length 9000",
        "run --target 127.0.0.1 --source 127.0.0.2 --class x | --class 'x'",
        "run --target 127.0.0.1 --source 127.0.0.2 --expect-drop foo | 'foo' is not known",
        "run --target 127.0.0.1 --source 127.0.0.2 --timeout 0 | timeout",
        "run --target 127.0.0.1 --source 127.0.0.2 --pcap /no/such.pcap | cannot read /no/such.pcap: no such file",
        "run --target 127.0.0.1 --source 127.0.0.2 --pcap x --flows 3 | not for --pcap",
        "fly | fly",
        "--bad | --bad"})
    void shouldSayWhatIsWrongInOneLine(String arguments, String part) {
        assertOneLineError(execute(arguments.split(" ")), part);
    }

    @Test
    void shouldSayWhatIsWrongWithAFile() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "These are notes.\n");
        assertOneLineError(pcap(text), "notes.txt");
        Path cut = Files.write(folder.resolve("cut.pcap"), new byte[] {
            (byte) 0xd4, (byte) 0xc3, (byte) 0xb2, (byte) 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0,
            1, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 0x45});
        assertOneLineError(pcap(cut), "cut.pcap");
        assertOneLineError(pcap(folder), "it is a directory");
    }

    private int pcap(Path file) {
        err.getBuffer().setLength(0);
        return execute("run", "--target", Loopback.appliance(), "--source", Loopback.node(0), "--pcap", file.toString());
    }

    @Test
    void shouldSayThatThePortIsTaken() throws IOException {
        try (TestAppliance first = TestAppliance.start(TestAppliance.correct());
                TestAppliance taken = TestAppliance.startAt(Loopback.node(0), first.address().getPort())) {
            assertOneLineError(run(first), "UDP port " + taken.address().getPort() + " is taken");
        }
    }

    @Test
    void shouldHelp() {
        assertThat(execute("--help")).isZero();
        assertThat(execute("run", "--help")).isZero();
        assertThat(execute("help", "run")).isZero();
        assertThat(execute("--version")).isZero();
        for (String option : List.of("--target", "--source", "--pcap", "--rate", "--seconds", "--json", "--expect-drop", "--one-way")) {
            assertThat(out.toString()).contains(option);
        }
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().getBytes(StandardCharsets.UTF_8).length).isGreaterThan(1000);
    }

    @Test
    void shouldAskForACommand() {
        assertOneLineError(execute(), "a command is missing");
    }
}
