package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.lab.ThreadRights;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program with few rights: real traffic, and what the kernel says that each of its threads may do. */
@Timeout(60)
class FirewallRightsTest extends NobodysFirewallLab {
    private Path output;
    private Process process;

    @BeforeEach
    void nameOutput() {
        output = folder.resolve("output");
    }

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private void start(List<String> starter, String... options) throws Exception {
        List<String> command = new ArrayList<>(starter);
        command.addAll(List.of("env", "--default-signal=HUP", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED", "-cp", classPath, FirewallMain.class.getName(), "--rules", folder.resolve("rules").toString(),
                "--listen", "127.0.0.1:" + port, "--health-port", "" + healthPort, "--web",
                "--decisions", folder.resolve("decisions").toString(), "--capture", folder.resolve("capture").toString()));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    /** Traffic, a health check, new rules; then the end, and what has been written. */
    private void assertWorksWithoutRights() throws Exception {
        awaitOutput(process, output, "listening on UDP", 20);
        assertFilters(output, "udp port 53", Traffic.dns(3), Traffic.http(3));
        assertAnswers("/live/status.json");
        Files.writeString(folder.resolve("rules"), "deny tcp port 80\ndefault allow\n");
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor()).isZero();
        awaitOutput(process, output, "firewall: reloaded", 20);
        assertFilters(output, "tcp port 80", Traffic.dns(3), Traffic.http(3));

        assertThat(ThreadRights.of(process.pid())).hasSizeGreaterThan(10).allMatch(thread -> thread.userId() == NOBODY && thread.permitted() == 0)
                .extracting(ThreadRights::thread).contains("gwlb4j-worker-0", "gwlb4j-health", "gwlb-capture", "firewall-decisi", "firewall-live");
        process.toHandle().destroy();
        assertThat(process.waitFor()).isZero();
        assertThat(Files.readString(folder.resolve("decisions"))).contains("\"deny\"");
        for (String file : List.of("decisions", "capture")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file)))).as(file).isEqualTo("rw-r-----");
        }
        assertThat(Files.readString(folder.resolve("capture"), StandardCharsets.ISO_8859_1)).contains("verdict=dropped");
    }

    @Test
    void shouldFilterForAUserWithoutAnyCapability() throws Exception {
        start(List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"));
        assertWorksWithoutRights();
    }

    @Test
    void shouldBecomeTheUserAndKeepNoCapabilityInAnyThread() throws Exception {
        start(List.of(), "--user", "nobody");
        assertWorksWithoutRights();
    }

    @Test
    void shouldSayAtTheStartWhatTheUserCannotRead() throws Exception {
        Files.setPosixFilePermissions(folder.resolve("rules"), PosixFilePermissions.fromString("rw-------"));
        start(List.of(), "--user", "nobody");
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(Files.readString(output)).startsWith("firewall: ").contains("rules");

        start(List.of(), "--user", "no-such-user");
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(Files.readString(output)).startsWith("firewall: cannot run as user no-such-user: there is no such user");
    }
}
