package io.github.gwlb4j.simulator.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.TestAppliance;
import io.github.gwlb4j.simulator.cli.CommandLineRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class LoadCommandTest {
    @TempDir
    Path folder;

    private static CommandLineRun load(TestAppliance appliance, String... more) {
        List<String> arguments = new ArrayList<>(List.of("load", "--target",
                appliance.address().getAddress().getHostAddress() + ":" + appliance.address().getPort(), "--source", Loopback.node(0),
                "--warm-up", "0.1", "--seconds", "0.3", "--timeout", "300", "--flows", "20"));
        arguments.addAll(List.of(more));
        return CommandLineRun.of(arguments.toArray(new String[0]));
    }

    /** Drops every fifth packet of which the payload says that it is of the second step or later; the warm-up is the first. */
    private static TestAppliance.Behaviour lossyFromStep(int first) {
        int[] count = new int[1];
        return (from, datagram, self) -> {
            int step = datagram[68 + 3];
            if (step < first || ++count[0] % 5 != 0) {
                self.reply(from, datagram);
            }
        };
    }

    @Test
    void shouldReportInTextJsonAndHtmlWithTheSameNumbers() throws Exception {
        Path json = folder.resolve("report.json");
        Path html = folder.resolve("report.html");
        CommandLineRun run;
        try (TestAppliance appliance = TestAppliance.start(lossyFromStep(3))) {
            run = load(appliance, "--rate", "300,600", "--max-loss", "10", "--json", json.toString(), "--html", html.toString());
        }
        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.out()).contains("300 packets/s with at most 10 % loss", "600 packets/s: ").containsPattern("(FAILED|generator limit)\n");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("capacityPacketsPerSecond").asInt()).isEqualTo(300);
        assertThat(report.get("steps")).hasSize(2);
        for (JsonNode step : report.get("steps")) {
            assertThat(step.get("sent").asLong()).isEqualTo(step.get("returned").asLong() + step.get("lost").asLong());
            assertThat(step.get("returned").asLong()).isEqualTo(step.get("intact").asLong() + step.get("changed").asLong());
            long sent = 0;
            for (JsonNode interval : step.get("intervals")) {
                sent += interval.get("sent").asLong();
            }
            assertThat(sent).isEqualTo(step.get("sent").asLong());
            assertThat(step.get("latencyMicros").get("p50").asDouble()).isPositive();
        }
        assertThat(report.get("steps").get(1).get("lost").asLong()).isEqualTo(36);
        assertPageShows(report, html);
    }

    private void assertPageShows(JsonNode report, Path html) throws Exception {
        assertThat(Files.readString(html)).doesNotContain("https://").doesNotContainPattern("src=|@import|url\\(|@REPORT@");
        Chromium.Page page = Chromium.open(html, folder);
        assertThat(page.consoleErrors()).isEmpty();
        assertThat(page.dom().substring(0, page.dom().indexOf("<script"))).contains("<svg").doesNotContain("NaN", "undefined");
        assertThat(page.text("verdict")).isEqualTo(report.get("verdict").asText());
        for (String field : List.of("packetsPerSecond", "sent", "returned", "lost", "changed", "reordered", "duplicates")) {
            List<Double> wanted = values(report, step -> step.get(field));
            assertThat(cells(page.dom(), field)).as(field).isEqualTo(wanted);
            assertThat(texts(page.dom(), field)).as(field + " as text").isEqualTo(wanted);
        }
        assertThat(cells(page.dom(), "lossRatio")).isEqualTo(values(report, step -> step.get("lossRatio")));
        assertThat(cells(page.dom(), "returnedBitsPerSecond")).isEqualTo(values(report, step -> step.get("returnedBitsPerSecond")));
        for (String field : List.of("p50", "p99", "p999", "max")) {
            assertThat(cells(page.dom(), field)).as(field).isEqualTo(values(report, step -> step.get("latencyMicros").get(field)));
        }
        assertThat(page.dom()).contains("data-tile=\"capacity\"><b>300</b>", "data-tile=\"sent\"><b>270</b>", "data-tile=\"wrong\"><b>0</b>",
                ">20.00 %<", ">passed<");
        // On a busy machine the sender itself may have been late.
        boolean isGeneratorTheLimit = !report.get("steps").get(1).get("generator").get("limits").isEmpty();
        assertThat(page.dom()).contains(isGeneratorTheLimit ? ">generator limit<" : ">failed<");
        for (String chart : List.of("latency-over-load", "loss-over-load", "latency-distribution", "throughput-over-time")) {
            assertThat(page.dom()).contains("id=\"" + chart + "\"");
        }
    }

    private static List<Double> values(JsonNode report, Function<JsonNode, JsonNode> field) {
        List<Double> values = new ArrayList<>();
        report.get("steps").forEach(step -> values.add(field.apply(step).asDouble()));
        return values;
    }

    /** The numbers that a column of the table is made from. */
    private static List<Double> cells(String dom, String field) {
        return numbers(dom, "<td data-field=\"" + field + "\" data-value=\"([^\"]*)\"");
    }

    /** What a column of the table shows. */
    private static List<Double> texts(String dom, String field) {
        return numbers(dom, "<td data-field=\"" + field + "\"[^>]*>([^<]*)</td>");
    }

    private static List<Double> numbers(String dom, String pattern) {
        return Pattern.compile(pattern).matcher(dom).results().map(cell -> Double.valueOf(cell.group(1).replace(",", ""))).toList();
    }

    @Test
    void shouldPrintNothingButJsonWhenAskedTo() throws Exception {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            CommandLineRun run = load(appliance, "--rate", "200", "--max-loss", "50", "--json", "-", "--portable");
            assertThat(run.exitCode()).as(run.toString()).isZero();
            assertThat(run.out().lines()).hasSize(1);
            JsonNode report = new ObjectMapper().readTree(run.out());
            assertThat(report.get("ok").asBoolean()).isTrue();
            assertThat(report.get("settings").get("wire").asText()).contains("Java's own sockets");
        }
    }

    @Test
    void shouldExitWithOneWhenNothingComesBackOrTooLittleWasFound() throws Exception {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> { })) {
            CommandLineRun run = load(appliance, "--rate", "100");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains("Nothing came back. Does the appliance listen at");
        }
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            CommandLineRun run = load(appliance, "--rate", "100", "--max-loss", "50", "--require", "5000");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains("less than the 5,000 packets/s");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--target 203.0.113.1 --source 127.0.0.2 | neither a loopback nor a private address",
        "--target 127.0.0.1 --source 127.0.0.1 | source and target are both 127.0.0.1",
        "--target 127.0.0.1 --source 10.255.255.254 | 10.255.255.254",
        "--target 127.0.0.1 --source 127.0.0.2 --rate many | --rate 'many' is not understood",
        "--target 127.0.0.1 --source 127.0.0.2 --rate 0 | rate 0",
        "--target 127.0.0.1 --source 127.0.0.2 --rate 10-20/1 | steps must be 2",
        "--target 127.0.0.1 --source 127.0.0.2 --search 10 | --search '10' is not understood",
        "--target 127.0.0.1 --source 127.0.0.2 --search 20-10 | must be below",
        "--target 127.0.0.1 --source 127.0.0.2 --rate 10 --search 10-20 | only one of them",
        "--target 127.0.0.1 --source 127.0.0.2 --max-loss 101 | --max-loss 101",
        "--target 127.0.0.1 --source 127.0.0.2 --resolution 0 | resolution",
        "--target 127.0.0.1 --source 127.0.0.2 --size 9000 | packet length 9000",
        "--target 127.0.0.1 --source 127.0.0.2 --run 64 --size 1400 | at most 45",
        "--target 127.0.0.1 --source 127.0.0.2 --run 65 | packets of a run 65",
        "--target 127.0.0.1 --source 127.0.0.2 --flows 0 | flows 0",
        "--target 127.0.0.1 --source 127.0.0.2 --seconds 0 | step of 0 ms",
        "--target 127.0.0.1 --source 127.0.0.2 --seconds -1 | --seconds -1",
        "--target 127.0.0.1 --source 127.0.0.2 --html /no/such/folder/report.html | cannot write to the folder",
        "--target 127.0.0.1 --source 127.0.0.2 --json /tmp | is a directory",
        "--source 127.0.0.2 | --target"})
    void shouldSayWhatIsWrongInOneLine(String arguments, String part) {
        CommandLineRun run = CommandLineRun.of(("load " + arguments).split(" "));
        assertThat(run.exitCode()).as(run.toString()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).startsWith("gwlb-simulator: ").contains(part);
    }

    @Test
    void shouldSayThatThePortIsTaken() throws Exception {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                TestAppliance taken = TestAppliance.startAt(Loopback.node(0), appliance.address().getPort())) {
            CommandLineRun run = load(appliance, "--rate", "100");
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains(":" + taken.address().getPort());
        }
    }

    @Test
    void shouldHelp() {
        CommandLineRun run = CommandLineRun.of("load", "--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("--i-own-this-target", "--search", "--html", "coordinated omission");
    }
}
