package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program as people run it: a process of its own, real sockets, real signals. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // reading from a process cannot be interrupted
class FirewallProcessTest {
    private static final String MERCURY = "captures/mercury-aws-halfA.pcap";

    @TempDir
    private Path folder;
    private Process process;
    private int port;
    /** Limit of open files for the process; 0 for the test's own. */
    private int openFiles;

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(openFiles == 0 ? List.of()
                : List.of("sh", "-c", "ulimit -n " + openFiles + "; exec \"$@\"", "sh"));
        if (OS.LINUX.isCurrentOs()) {
            command.addAll(List.of("env", "--default-signal=HUP")); // ignored, and inherited, if the tests were started by nohup
        }
        // The jar's manifest says the second.
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), FirewallMain.class.getName()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
        return process;
    }

    private void startWithRules(String rules, String... options) throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            port = free.getLocalPort();
        }
        List<String> arguments = new ArrayList<>(List.of("--rules", rulesFile(rules), "--listen", "127.0.0.1:" + port));
        arguments.addAll(List.of(options));
        start(arguments.toArray(String[]::new));
        String line = output().readLine();
        assertThat(line).as(errors()).contains("listening on UDP 127.0.0.1 port " + port);
    }

    private String rulesFile(String rules) throws IOException {
        return Files.writeString(folder.resolve("test.rules"), rules).toString();
    }

    private BufferedReader output() {
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private String errors() throws IOException {
        return Files.readString(folder.resolve("errors"));
    }

    /** Stops the process as systemd does and answers what it printed. */
    private String stop() throws Exception {
        process.toHandle().destroy(); // Process.destroy would close the stream that is about to be read
        String rest = output().lines().collect(Collectors.joining("\n"));
        assertThat(process.waitFor()).as("exit code after SIGTERM").isZero();
        return rest;
    }

    private SimulationReport replay(String expectedDrop, Traffic... traffic) throws IOException {
        assumeTrue(!System.getProperty("os.name").startsWith("Mac"), "needs 127.0.0.2 as a local address");
        var builder = GwlbSimulator.builder().target("127.0.0.1:" + port).source("127.0.0.2").timeout(Duration.ofSeconds(5));
        if (expectedDrop != null) {
            builder.expectDrop(expectedDrop);
        }
        try (GwlbSimulator gwlb = builder.build()) {
            return gwlb.run(traffic);
        }
    }

    private static Path mercury() {
        Path file = Path.of(System.getProperty("gwlb4j.shared", "../../../shared"), MERCURY);
        assertThat(Files.exists(file) || System.getenv("CI") == null).as("CI needs " + file).isTrue();
        assumeTrue(Files.exists(file), file + " is not there");
        return file;
    }

    @Test
    void shouldPassACaptureOfRealGatewayLoadBalancerTrafficUnchangedWhenAllIsAllowed() throws Exception {
        Path capture = mercury();
        startWithRules("default allow\n");

        SimulationReport report = replay(null, Traffic.capture(capture));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.sent()).isEqualTo(105);
        assertThat(report.intact()).isEqualTo(105);
        assertThat(report.flows()).isEqualTo(32);
        assertThat(stop()).contains("105  packets forwarded", "105  line 1: default allow");
    }

    @Test
    void shouldLoseExactlyTheQuicPacketsOfTheCaptureWhenUdpPort443IsDenied() throws Exception {
        Path capture = mercury();
        startWithRules("deny udp port 443\ndefault allow\n");

        SimulationReport report = replay("udp port 443", Traffic.capture(capture));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind().get("quic").droppedAsExpected()).isEqualTo(29).isEqualTo(report.droppedAsExpected());
        assertThat(stop()).contains("29  packets denied by rules", "29  line 1: deny udp port 443", "76  line 2: default allow");
    }

    @Test
    void shouldDropExactlyTheDnsPacketsByTheRuleThatDeniesThem() throws Exception {
        startWithRules("deny udp port 53\ndefault allow\n");

        SimulationReport report = replay("udp port 53", Traffic.everything(2));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        long dns = report.byKind().get("dns").sent() + report.byKind().get("dns6").sent();
        assertThat(report.droppedAsExpected()).isEqualTo(dns).isPositive();
        assertThat(stop()).contains(dns + "  line 1: deny udp port 53");
    }

    @Test
    void shouldPrintALineASecondAndASummaryWhenStopped() throws Exception {
        startWithRules("default allow\n");
        assertThat(output().readLine()).matches("\\d\\d:\\d\\d:\\d\\d  in 0 pps .* flows 0  denied 0  dropped 0");
        assertThat(stop()).contains("Firewall summary", "0  packets received");
    }

    @Test
    void shouldAnswer503AndGoOnForwardingWhileItDrainsAfterASignal() throws Exception {
        int healthPort;
        try (ServerSocket free = new ServerSocket(0)) {
            healthPort = free.getLocalPort();
        }
        startWithRules("default allow\n", "--health-port", "" + healthPort, "--drain", "20");
        assertThat(health(healthPort)).isEqualTo(200);
        byte[] packet = packetToForward();
        try (DatagramSocket flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0))) {
            DatagramPacket datagram = new DatagramPacket(packet, packet.length, new InetSocketAddress("127.0.0.1", port));
            flow.send(datagram);
            process.toHandle().destroy(); // SIGTERM; the process itself would close its output
            for (int i = 0; i < 100 && health(healthPort) != 503; i++) {
                flow.send(datagram);
                Thread.sleep(10);
            }
            assertThat(health(healthPort)).isEqualTo(503);
            flow.send(datagram);
        }
        assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue(); // a second of silence ends it
        assertThat(process.exitValue()).isZero();
        String summary = output().lines().collect(Collectors.joining("\n"));
        assertThat(summary).contains("Firewall summary").doesNotContain("  0  packets received");
    }

    private static int health(int healthPort) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/")).build(),
                HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldKeepDescriptorsFreeAndSayTheReasonWhenManyPortsMeetALowLimitOfOpenFiles() throws Exception {
        openFiles = 160;
        startWithRules("default allow\n");
        assertThat(errors()).contains("the limit of open files is too low");

        byte[] packet = packetToForward();
        List<DatagramSocket> flows = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                DatagramSocket flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
                flows.add(flow);
                flow.send(new DatagramPacket(packet, packet.length, new InetSocketAddress("127.0.0.1", port)));
            }
        } finally {
            flows.forEach(DatagramSocket::close);
        }
        Thread.sleep(500);
        try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            assertThat(open.count()).isLessThan(openFiles - 32);
        }

        boolean hasRawSocket = "root".equals(System.getProperty("user.name")); // which needs no descriptor for each port
        assertThat(stop()).contains("200  packets received", hasRawSocket ? "200  packets forwarded" : "limit of open files")
                .doesNotContain("cannot be bound");
    }

    private void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor()).isZero();
    }

    /** Whether the firewall sends a packet back. */
    private boolean passes(byte[] packet) throws IOException {
        try (DatagramSocket flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
                DatagramSocket node = new DatagramSocket(new InetSocketAddress("127.0.0.2", port))) {
            flow.send(new DatagramPacket(packet, packet.length, new InetSocketAddress("127.0.0.1", port)));
            node.setSoTimeout(1500);
            node.receive(new DatagramPacket(new byte[2000], 2000));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private String awaitError(String text) throws Exception {
        for (int i = 0; i < 500 && !errors().contains(text); i++) {
            Thread.sleep(10);
        }
        return errors();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReloadItsRulesOnSighupAndKeepTheOldOnesWhenTheFileIsBad() throws Exception {
        startWithRules("default allow\n", "--quiet");
        assertThat(passes(packetToForward())).isTrue();

        rulesFile("# from now on\ndeny udp port 53\ndefault allow\n");
        signal("HUP");
        assertThat(output().readLine()).startsWith("firewall: reloaded ").endsWith("test.rules: 1 rules, loading number 2");
        assertThat(passes(packetToForward())).isTrue(); // the flow is open, and reloads keep those
        assertThat(passes(packetToForward(5001))).isFalse();

        rulesFile("default allow\nallow tpc\n");
        signal("HUP");
        assertThat(awaitError("tpc")).containsPattern("(?m)^firewall: rules not reloaded, the old ones stay in force: .*test.rules:2: 'tpc' is not a protocol.*$");
        assertThat(passes(packetToForward(5002))).isFalse();
        assertThat(stop()).contains("2  line 2: deny udp port 53");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReloadItsRulesWhenTheFileHasChangedIfItWatchesIt() throws Exception {
        startWithRules("default allow\n", "--quiet", "--watch");
        assertThat(passes(packetToForward(5001))).isTrue();
        rulesFile("default deny # longer than before\n");

        assertThat(output().readLine()).startsWith("firewall: reloaded ");
        assertThat(passes(packetToForward())).isFalse();
    }

    @Test
    void shouldSeeBothDirectionsOfAConnectionInOneOfTwoWorkers() throws Exception {
        startWithRules("set mid-stream deny\ndefault allow\n", "--workers", "2");

        SimulationReport report = replay(null, Traffic.http(40), Traffic.tls(40).overIpv6());

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldForwardEverythingInADryRunAndSayWhatItWouldHaveDone() throws Exception {
        Path decisions = folder.resolve("decisions.jsonl");
        startWithRules("no-dns: deny udp port 53\ndefault allow\n", "--dry-run", "--decisions", decisions.toString());

        SimulationReport report = replay(null, Traffic.dns(2), Traffic.http(2));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        long dns = report.byKind().get("dns").sent();
        assertThat(stop()).contains(dns + "  packets denied by rules (dry run: forwarded all the same)", dns + "  line 1: no-dns: deny udp port 53");
        assertThat(Files.readString(decisions)).contains("\"dryRun\":true", "\"action\":\"deny\"", "no-dns");
    }

    @Test
    void shouldShowRulesAndReasonsOnTheHealthPortAndCaptureWhatItDropped() throws Exception {
        int healthPort;
        try (ServerSocket free = new ServerSocket(0)) {
            healthPort = free.getLocalPort();
        }
        Path capture = folder.resolve("capture.pcapng");
        startWithRules("no-dns: deny udp port 53\ndefault allow\n", "--health-port", "" + healthPort, "--web", "--capture", capture.toString(),
                "--capture-filter", "verdict dropped");
        replay("udp port 53", Traffic.dns(2), Traffic.http(1));

        String status = "";
        for (int i = 0; i < 100 && !(status.contains("denied: rule") && status.contains("vpce-") && status.contains("established")); i++) {
            Thread.sleep(50);
            status = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/live/status.json")).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        }
        assertThat(status).contains("no-dns", "passed: established", "denied: rule", "vpce-");
        stop();
        String captured = Files.readString(capture, StandardCharsets.ISO_8859_1);
        assertThat(captured).contains("verdict=dropped reason=handler note=\"no-dns\"").doesNotContain("verdict=forwarded");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        check RULES                                                         | 0 | ok: 1 rule
        check BAD                                                           | 2 | bad.rules:2: 'tpc' is not a protocol
        explain RULES udp 10.0.0.1:5000 > 192.0.2.1:53                      | 0 | verdict: deny
        explain RULES udp 10.0.0.1 > 192.0.2.1:99999                        | 2 | 99999
        """)
    void shouldAnswerQuestionsAboutRules(String arguments, int exitCode, String message) throws Exception {
        String bad = Files.writeString(folder.resolve("bad.rules"), "allow udp\nallow tpc\n").toString();
        start(arguments.strip().replace("RULES", rulesFile("deny udp port 53\ndefault allow\n")).replace("BAD", bad).split("\\s+"));
        String printed = output().lines().collect(Collectors.joining("\n"));
        assertThat(process.waitFor()).as(printed + errors()).isEqualTo(exitCode);
        assertThat(printed + errors()).contains(message);
    }

    private static byte[] packetToForward() {
        return packetToForward(5000);
    }

    private static byte[] packetToForward(int clientPort) {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(clientPort, 53).build();
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        new GwlbHeaderEncoder().encode(datagram, 0, Geneve.PROTOCOL_IPV4, 1, 0, 7);
        return datagram.put(Gwlb.HEADER_LENGTH, inner).array();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --rules RULES --bogus                                     | Unknown option: '--bogus'
        --listen 127.0.0.1                                        | Missing required option: '--rules=FILE'
        --rules no-such-file                                      | no-such-file: no such file
        --rules FOLDER                                            | it is a directory
        --rules BAD                                               | bad.rules:2: 'tpc' is not a protocol
        --rules RULES --listen 127.0.0.1:0                        | the port must be 1 to 65535
        --rules RULES --listen 192.0.2.1                          | This machine does not have this address
        --rules RULES --listen TAKEN                              | Another program has this port
        --rules RULES --source-cidr 10.0.0.1/8                    | did you mean 10.0.0.0/8?
        --rules RULES --workers 0                                 | workers is 0, must be 1 to 256
        --rules RULES --max-connections 0                         | must be 1 or more
        --rules RULES --tcp-timeout 5                             | --tcp-timeout is 5, must be 60 to 6000
        --rules RULES --on-reload maybe                           | expected one of [KEEP, RECHECK] (case-insensitive) but was 'maybe'
        --rules RULES --web                                       | say --health-port PORT, too
        --rules RULES --health-port 70000                         | --health-port is 70000, must be 1 to 65535
        --rules RULES --sample 5                                  | say --decisions FILE, too
        --rules RULES --decisions-per-second 5                    | say --decisions FILE, too
        --rules RULES --capture-filter udp                        | say --capture FILE, too
        --rules RULES --capture FOLDER/x --capture-filter bogus   | bogus
        --rules RULES --decisions FOLDER                          | FOLDER
        --rules RULES --decisions FOLDER/x --sample 0             | sampleEvery is 0, must be 1 to
        """)
    void shouldEndWithOneClearLineAndExitCodeTwoWhenToldSomethingWrong(String arguments, String message) throws Exception {
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            String filled = arguments.replace("RULES", rulesFile("default allow\n")).replace("FOLDER", folder.toString())
                    .replace("BAD", Files.writeString(folder.resolve("bad.rules"), "allow udp\nallow tpc\n").toString())
                    .replace("TAKEN", "127.0.0.1:" + taken.getLocalPort());

            start(filled.strip().split("\\s+"));

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(2);
            assertThat(errors().strip()).startsWith("firewall: ").contains(message.replace("FOLDER", folder.toString())).doesNotContain("\n");
        }
    }

    @Test
    void shouldTellItsOptionsAndTheRuleSyntaxWithHelp() throws Exception {
        start("--help");
        String help = output().lines().collect(Collectors.joining("\n"));
        assertThat(process.waitFor()).isZero();
        assertThat(help).contains("--rules=FILE", "--listen=ADDRESS[:PORT]", "default allow|deny", "check RULES");
        assertThat(help.lines().filter(line -> line.matches("\\s+(-., )?--.*"))).as("options in one line each")
                .hasSizeGreaterThan(20).allMatch(line -> line.matches("\\s+(-., )?--\\S+\\s+\\S.*[.]"));
    }
}
