package io.github.gwlb4j.simulator.cli;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** Any words as the simulator's command line, one a line; what would start something is made to fail late, by a target that cannot be. */
public class SimulatorCommandLineFuzzTest {
    /** A port that nobody may send to. */
    private static final String NOWHERE = "127.0.0.1:0";

    @Test
    void shouldUnderstandACommandLineOrRefuseItInOneLine() {
        Fuzzer.of("simulator-command-line", SimulatorCommandLineFuzzTest::fuzzerTestOneInput)
                .seeds("run\n--source\n127.0.0.2\n--flows\n4\n--traffic=http,dns6\n--rate\n500\n--duration\n1s",
                        "load\n--source=127.0.0.2\n--rate=10000-100000/10\n--size=64:7,576:4\n--find=1000-100000\n--flows=10", "scenario\n--json\nnothing.yaml",
                        "lab\nstatus\n--name\nnone", "dump\n--class=0x0108\n--port\n6081\nnothing", "help\nload")
                .words("--rate", "--size", "imix", "1-2/3", "--json", "--help", "--seed", "--endpoints", "--source", "::1", "--loss", "5%").maxLength(2000).run(150);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Messages.text(input);
        if (text.contains("@") || text.contains("-\n") || text.endsWith("-") || text.contains("lab") && !text.startsWith("lab\nstatus\n")) {
            return; // files of arguments, standard input, what makes and ends things
        }
        String[] arguments = (text + (text.startsWith("run") || text.startsWith("load") || text.startsWith("scenario") ? "\n--target=" + NOWHERE : "")).split("\n");
        StringWriter err = new StringWriter();
        int code = SimulatorMain.execute(new PrintWriter(new StringWriter(), true), new PrintWriter(err, true), arguments);
        if (code == 2) {
            Messages.requireOneLine(err.toString().stripTrailing());
        } else if (code != 0 || !err.toString().isEmpty()) {
            throw new AssertionError("exit code " + code + ": " + err);
        }
    }
}
