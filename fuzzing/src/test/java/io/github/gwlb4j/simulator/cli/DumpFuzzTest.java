package io.github.gwlb4j.simulator.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Any bytes as a capture, through the whole command {@code dump}: exit code 0, or 2 and one line; JSON that a parser takes. */
public class DumpFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FILE = file();

    private static Path file() {
        try {
            Path file = Files.createTempFile("fuzz", ".pcap");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldDumpACaptureOrRefuseItInOneLine() {
        Fuzzer.of("dump", DumpFuzzTest::fuzzerTestOneInput).seedFiles(Path.of("../geneve-codec/src/test/resources/fuzz/capture"), "")
                .words("\n\r\r\n", "\u0001\u0008", "\u0017\u00c1").run(60);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Files.write(FILE, input);
        if ((Arrays.hashCode(input) & 1) == 0) {
            dump("--gwlb", "--verify-checksum");
            return;
        }
        for (String line : dump("--json").lines().toList()) {
            JSON.readTree(line);
        }
    }

    private static String dump(String... options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] arguments = new String[options.length + 2];
        arguments[0] = "dump";
        System.arraycopy(options, 0, arguments, 1, options.length);
        arguments[options.length + 1] = FILE.toString();
        int code = SimulatorMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        String message = err.toString().stripTrailing();
        if (code == 2) {
            Messages.requireOneLine(message);
        }
        if (code != 0 && code != 2 || code == 0 && !message.isEmpty()) {
            throw new AssertionError("exit code " + code + ": " + message);
        }
        return out.toString();
    }
}
