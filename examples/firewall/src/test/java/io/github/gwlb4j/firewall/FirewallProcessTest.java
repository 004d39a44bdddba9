package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
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
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The program as people run it: a process of its own, real sockets, real signals. */
class FirewallProcessTest extends FirewallProcessLab {
    private static final String MERCURY = "captures/mercury-aws-halfA.pcap";
    /** Fewer than the load balancer has ports. */
    private static final int OPEN_FILES = 160;

    private static Path mercury() {
        Path file = Path.of(System.getProperty("gwlb4j.shared", "../../../shared"), MERCURY);
        assertThat(Files.exists(file) || System.getenv("CI") == null).as("CI needs " + file).isTrue();
        assumeTrue(Files.exists(file), file + " is not there");
        return file;
    }

    @Test
    void shouldPassACaptureOfRealGatewayLoadBalancerTrafficUnchangedWhenAllIsAllowed() throws Exception {
        Path capture = mercury();
        firewall.startWithRules("default allow\n");

        SimulationReport report = firewall.replay(null, Traffic.capture(capture));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.sent()).isEqualTo(105);
        assertThat(report.intact()).isEqualTo(105);
        assertThat(report.flows()).isEqualTo(32);
        assertThat(firewall.stop()).contains("105  packets forwarded", "105  line 1: default allow");
    }

    @Test
    void shouldLoseExactlyTheQuicPacketsOfTheCaptureWhenUdpPort443IsDenied() throws Exception {
        Path capture = mercury();
        firewall.startWithRules("deny udp port 443\ndefault allow\n");

        SimulationReport report = firewall.replay("udp port 443", Traffic.capture(capture));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind().get("quic").droppedAsExpected()).isEqualTo(29).isEqualTo(report.droppedAsExpected());
        assertThat(firewall.stop()).contains("29  packets denied by rules", "29  line 1: deny udp port 443", "76  line 2: default allow");
    }

    @Test
    void shouldDropExactlyTheDnsPacketsByTheRuleThatDeniesThem() throws Exception {
        firewall.startWithRules("deny udp port 53\ndefault allow\n");

        SimulationReport report = firewall.replay("udp port 53", Traffic.everything(2));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        long dns = report.byKind().get("dns").sent() + report.byKind().get("dns6").sent();
        assertThat(report.droppedAsExpected()).isEqualTo(dns).isPositive();
        assertThat(firewall.stop()).contains(dns + "  line 1: deny udp port 53");
    }

    @Test
    void shouldPrintALineASecondAndASummaryWhenStopped() throws Exception {
        firewall.startWithRules("default allow\n");
        assertThat(firewall.output().readLine()).matches("\\d\\d:\\d\\d:\\d\\d  in 0 pps .* flows 0  denied 0  dropped 0");
        assertThat(firewall.stop()).contains("Firewall summary", "0  packets received");
    }

    @Test
    void shouldAnswer503AndGoOnForwardingWhileItDrainsAfterASignal() throws Exception {
        int healthPort;
        try (ServerSocket free = new ServerSocket(0)) {
            healthPort = free.getLocalPort();
        }
        firewall.startWithRules("default allow\n", "--health-port", "" + healthPort, "--drain", "20");
        assertThat(health(healthPort)).isEqualTo(200);
        byte[] packet = FirewallProcess.packetToForward();
        try (DatagramSocket flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0))) {
            DatagramPacket datagram = new DatagramPacket(packet, packet.length, new InetSocketAddress("127.0.0.1", firewall.port()));
            flow.send(datagram);
            firewall.process().toHandle().destroy(); // SIGTERM; the process itself would close its output
            for (int i = 0; i < 100 && health(healthPort) != 503; i++) {
                flow.send(datagram);
                Thread.sleep(10);
            }
            assertThat(health(healthPort)).isEqualTo(503);
            flow.send(datagram);
        }
        assertThat(firewall.process().waitFor(15, TimeUnit.SECONDS)).isTrue(); // a second of silence ends it
        assertThat(firewall.process().exitValue()).isZero();
        String summary = firewall.output().lines().collect(Collectors.joining("\n"));
        assertThat(summary).contains("Firewall summary").doesNotContain("  0  packets received");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldKeepDescriptorsFreeAndSayTheReasonWhenManyPortsMeetALowLimitOfOpenFiles() throws Exception {
        firewall.limitOpenFiles(OPEN_FILES);
        firewall.startWithRules("default allow\n");
        assertThat(firewall.errors()).contains("the limit of open files is too low");

        byte[] packet = FirewallProcess.packetToForward();
        List<DatagramSocket> flows = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                DatagramSocket flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
                flows.add(flow);
                flow.send(new DatagramPacket(packet, packet.length, new InetSocketAddress("127.0.0.1", firewall.port())));
            }
        } finally {
            flows.forEach(DatagramSocket::close);
        }
        Thread.sleep(500);
        try (Stream<Path> open = Files.list(Path.of("/proc/" + firewall.process().pid() + "/fd"))) {
            assertThat(open.count()).isLessThan(OPEN_FILES - 32);
        }

        boolean hasRawSocket = "root".equals(System.getProperty("user.name")); // which needs no descriptor for each port
        assertThat(firewall.stop()).contains("200  packets received", hasRawSocket ? "200  packets forwarded" : "limit of open files")
                .doesNotContain("cannot be bound");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReloadItsRulesOnSighupAndKeepTheOldOnesWhenTheFileIsBad() throws Exception {
        firewall.startWithRules("default allow\n", "--quiet");
        assertThat(firewall.passes(FirewallProcess.packetToForward())).isTrue();

        firewall.rulesFile("# from now on\ndeny udp port 53\ndefault allow\n");
        firewall.signal("HUP");
        assertThat(firewall.output().readLine()).startsWith("firewall: reloaded ").endsWith("test.rules: 1 rules, loading number 2");
        assertThat(firewall.passes(FirewallProcess.packetToForward())).isTrue(); // the flow is open, and reloads keep those
        assertThat(firewall.passes(FirewallProcess.packetToForward(5001))).isFalse();

        firewall.rulesFile("default allow\nallow tpc\n");
        firewall.signal("HUP");
        assertThat(firewall.awaitError("tpc")).containsPattern("(?m)^firewall: rules not reloaded, the old ones stay in force: .*test.rules:2: 'tpc' is not a protocol.*$");
        assertThat(firewall.passes(FirewallProcess.packetToForward(5002))).isFalse();
        assertThat(firewall.stop()).contains("2  line 2: deny udp port 53");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReloadItsRulesOnceItRunsIfSighupComesWhileItStarts() throws Exception {
        Path pipe = folder.resolve("pipe.rules");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        firewall.startWithRulesFile(pipe.toString(), "--quiet");
        try (OutputStream rules = Files.newOutputStream(pipe)) { // opens when the process has, to read
            firewall.signal("HUP");
            rules.write("default allow\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(firewall.output().readLine()).as(firewall.errors()).contains("0 rules", "then default allow", "listening");

        Files.writeString(pipe, "deny udp port 53\ndefault allow\n", StandardOpenOption.WRITE);
        assertThat(firewall.output().readLine()).startsWith("firewall: reloaded ").endsWith("pipe.rules: 1 rules, loading number 2");
        firewall.stop();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReloadItsRulesWhenTheFileHasChangedIfItWatchesIt() throws Exception {
        firewall.startWithRules("default allow\n", "--quiet", "--watch");
        assertThat(firewall.passes(FirewallProcess.packetToForward(5001))).isTrue();
        firewall.rulesFile("default deny # longer than before\n");

        assertThat(firewall.output().readLine()).startsWith("firewall: reloaded ");
        assertThat(firewall.passes(FirewallProcess.packetToForward())).isFalse();
    }

    @Test
    void shouldSeeBothDirectionsOfAConnectionInOneOfTwoWorkers() throws Exception {
        firewall.startWithRules("set mid-stream deny\ndefault allow\n", "--workers", "2");

        SimulationReport report = firewall.replay(null, Traffic.http(40), Traffic.tls(40).overIpv6());

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldForwardEverythingInADryRunAndSayWhatItWouldHaveDone() throws Exception {
        Path decisions = folder.resolve("decisions.jsonl");
        firewall.startWithRules("no-dns: deny udp port 53\ndefault allow\n", "--dry-run", "--decisions", decisions.toString());

        SimulationReport report = firewall.replay(null, Traffic.dns(2), Traffic.http(2));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        long dns = report.byKind().get("dns").sent();
        assertThat(firewall.stop()).contains(dns + "  packets denied by rules (dry run: forwarded all the same)", dns + "  line 1: no-dns: deny udp port 53");
        assertThat(Files.readString(decisions)).contains("\"dryRun\":true", "\"action\":\"deny\"", "no-dns");
    }

    @Test
    void shouldShowRulesAndReasonsOnTheHealthPortAndCaptureWhatItDropped() throws Exception {
        int healthPort;
        try (ServerSocket free = new ServerSocket(0)) {
            healthPort = free.getLocalPort();
        }
        Path capture = folder.resolve("capture.pcapng");
        firewall.startWithRules("no-dns: deny udp port 53\ndefault allow\n", "--health-port", "" + healthPort, "--web", "--capture", capture.toString(),
                "--capture-filter", "verdict dropped");
        firewall.replay("udp port 53", Traffic.dns(2), Traffic.http(1));

        String status = "";
        for (int i = 0; i < 100 && !(status.contains("denied: rule") && status.contains("vpce-") && status.contains("established")); i++) {
            Thread.sleep(50);
            status = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/live/status.json")).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        }
        assertThat(status).contains("no-dns", "passed: established", "denied: rule", "vpce-");
        firewall.stop();
        String captured = Files.readString(capture, StandardCharsets.ISO_8859_1);
        assertThat(captured).contains("verdict=dropped reason=handler note=\"no-dns\"").doesNotContain("verdict=forwarded");
    }

    private static int health(int healthPort) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/")).build(),
                HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
