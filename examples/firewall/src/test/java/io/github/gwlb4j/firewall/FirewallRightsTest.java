package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.lab.ClassPathCopy;
import io.github.gwlb4j.simulator.lab.ThreadRights;
import io.github.gwlb4j.tun.LinuxTun;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program with few rights: real traffic, and what the kernel says that each of its threads may do. */
@Timeout(60)
class FirewallRightsTest {
    private static final int NOBODY = 65_534;

    @TempDir
    private static Path programs;
    private static String classPath;
    @TempDir
    private Path folder;
    private Path output;
    private Process process;
    private int port;
    private int healthPort;

    @BeforeAll
    static void prepare() throws Exception {
        String cause = LinuxTun.unsupportedCause(); // root is what is needed
        assertThat(cause == null || System.getenv("CI") == null).as("CI needs root: " + cause).isTrue();
        assumeTrue(cause == null, "needs root: " + cause);
        classPath = ClassPathCopy.into(programs);
    }

    /** Files and ports for someone who is not root. */
    @BeforeEach
    void prepareFolder() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setAttribute(folder, "unix:uid", NOBODY);
        Files.writeString(folder.resolve("rules"), "deny udp port 53\ndefault allow\n");
        output = folder.resolve("output");
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0)); ServerSocket freeTcp = new ServerSocket(0)) {
            port = free.getLocalPort();
            healthPort = freeTcp.getLocalPort();
        }
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

    private void awaitOutput(String text) throws Exception {
        long startNs = System.nanoTime();
        while (!Files.readString(output).contains(text)) {
            assertThat(process.isAlive() && System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20)).as(Files.readString(output)).isTrue();
            Thread.sleep(20);
        }
    }

    private void assertFilters(String deniedFilter, Traffic... traffic) throws Exception {
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target("127.0.0.1:" + port).source("127.0.0.2").timeout(Duration.ofSeconds(5))
                .expectDrop(deniedFilter).build()) {
            SimulationReport report = gwlb.run(traffic);
            assertThat(report.isOk()).as("%s%n%s", report, Files.readString(output)).isTrue();
            assertThat(report.droppedAsExpected()).isPositive();
        }
    }

    /** Traffic, a health check, new rules; then the end, and what has been written. */
    private void assertWorksWithoutRights() throws Exception {
        awaitOutput("listening on UDP");
        assertFilters("udp port 53", Traffic.dns(3), Traffic.http(3));
        assertThat(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/live/status.json")).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        Files.writeString(folder.resolve("rules"), "deny tcp port 80\ndefault allow\n");
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor()).isZero();
        awaitOutput("firewall: reloaded");
        assertFilters("tcp port 80", Traffic.dns(3), Traffic.http(3));

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
