package io.github.gwlb4j.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.TestAppliance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class InterruptTest {
    @Test
    @Timeout(30)
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no SIGTERM to send")
    void shouldPrintTheReportWhenTerminated() throws IOException, InterruptedException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp", System.getProperty("java.class.path"), SimulatorMain.class.getName(),
                    "run", "--target", appliance.address().getAddress().getHostAddress() + ":" + appliance.address().getPort(),
                    "--source", Loopback.node(0), "--seconds", "20", "--rate", "100").redirectErrorStream(true).start();
            try (BufferedReader output = new BufferedReader(
                    new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                assertThat(output.readLine()).startsWith("Sending made-up traffic");
                TimeUnit.MILLISECONDS.sleep(500);
                process.toHandle().destroy();
                assertThat(output.lines().collect(Collectors.joining("\n")))
                        .contains("Note: stopped before the end.").contains("OK: ");
                assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
        }
    }
}
