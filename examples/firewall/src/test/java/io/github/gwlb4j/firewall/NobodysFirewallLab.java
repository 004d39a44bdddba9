package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.lab.ClassPathCopy;
import io.github.gwlb4j.tun.LinuxTun;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Programs, files and ports for firewalls that run as a user who is not root, and what is asked of them. */
abstract class NobodysFirewallLab {
    static final int NOBODY = 65_534;

    @TempDir
    private static Path programs;
    static String classPath;
    @TempDir
    Path folder;
    int port;
    int healthPort;

    @BeforeAll
    static void copyPrograms() throws Exception {
        String cause = LinuxTun.unsupportedCause(); // root is what is needed
        assertThat(cause == null || System.getenv("CI") == null).as("CI needs root: " + cause).isTrue();
        assumeTrue(cause == null, "needs root: " + cause);
        classPath = ClassPathCopy.into(programs);
    }

    @BeforeEach
    void prepareFolderAndPorts() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setAttribute(folder, "unix:uid", NOBODY);
        Files.writeString(folder.resolve("rules"), "deny udp port 53\ndefault allow\n");
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0)); ServerSocket freeTcp = new ServerSocket(0)) {
            port = free.getLocalPort();
            healthPort = freeTcp.getLocalPort();
        }
    }

    static void awaitOutput(Process process, Path output, String text, long seconds) throws Exception {
        long startNs = System.nanoTime();
        while (!Files.readString(output).contains(text)) {
            assertThat(process.isAlive() && System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(seconds)).as(Files.readString(output)).isTrue();
            Thread.sleep(20);
        }
    }

    void assertFilters(Path output, String deniedFilter, Traffic... traffic) throws Exception {
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target("127.0.0.1:" + port).source("127.0.0.2").timeout(Duration.ofSeconds(5))
                .expectDrop(deniedFilter).build()) {
            SimulationReport report = gwlb.run(traffic);
            assertThat(report.isOk()).as("%s%n%s", report, Files.readString(output)).isTrue();
            assertThat(report.droppedAsExpected()).isPositive();
        }
    }

    void assertAnswers(String page) throws Exception {
        assertThat(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + page)).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
}
