package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.lab.ThreadRights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Firewalls that root starts and that become another user ({@code --user}) take over from each other, as processes. */
@Timeout(120)
class FirewallUserTakeoverTest extends NobodysFirewallLab {
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void prepareSocketsFolder() throws Exception {
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.setAttribute(run, "unix:uid", NOBODY);
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
    }

    private Path socket() {
        return folder.resolve("run").resolve("t.sock");
    }

    private Path output(Process process) {
        return folder.resolve("output-" + processes.indexOf(process));
    }

    private Process launch(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
                "-cp", classPath, FirewallMain.class.getName(), "--rules", folder.resolve("rules").toString(), "--listen", "127.0.0.1:" + port,
                "--health-port", "" + healthPort, "--workers", "2", "--quiet", "--takeover", socket().toString()));
        command.addAll(List.of(options));
        Process launched = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("output-" + processes.size()).toFile()).start();
        processes.add(launched);
        return launched;
    }

    private Process start(String... options) throws Exception {
        Process started = launch(options);
        awaitOutput(started, output(started), "listening on UDP", 30);
        return started;
    }

    private void assertFiltersAndIsHealthy(Process process) throws Exception {
        assertFilters(output(process), "udp port 53", Traffic.dns(3), Traffic.http(3));
        assertAnswers("/");
    }

    @Test
    void shouldTakeOverAsTheUserAndKeepNoCapabilityInAnyThread() throws Exception {
        Process running = start("--user", "nobody");
        assertFiltersAndIsHealthy(running);
        for (int i = 0; i < 2; i++) {
            Process next = start("--user", "nobody");
            assertThat(running.waitFor(30, TimeUnit.SECONDS)).as(Files.readString(output(running))).isTrue();
            assertThat(running.exitValue()).isZero();
            assertThat(Files.readString(output(running))).contains("another process has taken over");
            assertThat(Files.readString(output(next))).contains("took over from process " + running.pid()).doesNotContain("WARN");
            assertFiltersAndIsHealthy(next);
            assertThat(ThreadRights.of(next.pid())).hasSizeGreaterThan(10)
                    .allMatch(thread -> thread.userId() == NOBODY && thread.permitted() == 0);
            assertThat(Files.getAttribute(socket(), "unix:uid")).isEqualTo(NOBODY);
            running = next;
        }
        running.toHandle().destroy();
        assertThat(running.waitFor()).isZero();
    }

    /** Root could connect, but would not be taken for the same user. */
    @Test
    void shouldRefuseARootThatStaysRootAndGoOn() throws Exception {
        Process running = start("--user", "nobody");
        Process root = launch();
        assertThat(root.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(root.exitValue()).as(Files.readString(output(root))).isEqualTo(2);
        assertThat(Files.readString(output(root))).contains("of another user (" + NOBODY + "): run this one as that user, too");
        assertFiltersAndIsHealthy(running);
    }
}
