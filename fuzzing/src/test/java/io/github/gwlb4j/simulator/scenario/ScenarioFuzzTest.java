package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Any text as a scenario: understood, or one line that says where it is wrong. */
public class ScenarioFuzzTest {
    private static final String FILE = "any.yaml";

    @Test
    void shouldUnderstandAScenarioOrSayWhereItIsWrong() {
        Fuzzer.of("scenario", ScenarioFuzzTest::fuzzerTestOneInput).seedFiles(Path.of("../examples/gwlb-simulator/scenarios"), ".yaml")
                .seeds("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "? [a, b]\n: !!binary aGVsbG8=\n---\n...\n", "&x [*x]", "%YAML 1.2\n---\n{a: {b: [c, {d: e}]}}",
                        "[".repeat(20_000), "{a: ".repeat(10_000), "- ".repeat(20_000))
                .words("traffic", "kind", "flows", "timeline", "at", "expect", "rows", "drop", "filter", "from", "until", "duration", "nodes", "endpoint-ids", "seed",
                        "- ", ": ", "&a ", "*a", "[", "{", "? ", "!!str ", "|\n  ", ">-\n", "1h", "500ms", "at most 5 %", "between 1 and 5", "http", "tcp port 80")
                .run(600);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        String text = Messages.text(input);
        if (text.contains("capture")) {
            return; // the path of some file of this machine
        }
        try {
            Scenario.parse(FILE, text, Path.of("target")).simulator();
        } catch (ScenarioFileException e) {
            Messages.requirePlace(FILE, e.getMessage());
        }
    }
}
