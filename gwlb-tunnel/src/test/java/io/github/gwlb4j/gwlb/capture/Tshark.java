package io.github.gwlb4j.gwlb.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Reads captures with tshark; where it is missing the test is skipped. */
final class Tshark {
    private Tshark() {
    }

    static List<String> read(Path capture, String... options) throws IOException, InterruptedException {
        assumeTrue(Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "tshark"))), "tshark is not installed: apt-get install tshark");
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-o", "ip.check_checksum:TRUE",
                "-o", "udp.check_checksum:TRUE"));
        command.addAll(List.of(options));
        Path errors = capture.resolveSibling("errors");
        Path output = capture.resolveSibling("output");
        Process process = new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
        return Files.readAllLines(output);
    }
}
