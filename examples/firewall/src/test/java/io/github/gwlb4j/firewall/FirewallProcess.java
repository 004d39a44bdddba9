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
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.condition.OS;

/** The firewall as people run it: a process of its own, real sockets, real signals. One at a time, in a folder of its own. */
final class FirewallProcess implements AutoCloseable {
    private final Path folder;
    private Process process;
    private int port;
    /** Limit of open files for the process; 0 for the test's own. */
    private int openFiles;

    FirewallProcess(Path folder) {
        this.folder = folder;
    }

    void limitOpenFiles(int most) {
        openFiles = most;
    }

    Process start(String... arguments) throws IOException {
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

    void startWithRules(String rules, String... options) throws IOException {
        startWithRulesFile(rulesFile(rules), options);
        String line = output().readLine();
        assertThat(line).as(errors()).contains("listening on UDP 127.0.0.1 port " + port);
    }

    /** With rules from any file; does not wait until it runs. */
    void startWithRulesFile(String file, String... options) throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            port = free.getLocalPort();
        }
        List<String> arguments = new ArrayList<>(List.of("--rules", file, "--listen", "127.0.0.1:" + port));
        arguments.addAll(List.of(options));
        start(arguments.toArray(String[]::new));
    }

    String rulesFile(String rules) throws IOException {
        return Files.writeString(folder.resolve("test.rules"), rules).toString();
    }

    BufferedReader output() {
        return process.inputReader(StandardCharsets.UTF_8);
    }

    String errors() throws IOException {
        return Files.readString(folder.resolve("errors"));
    }

    String awaitError(String text) throws Exception {
        for (int i = 0; i < 500 && !errors().contains(text); i++) {
            Thread.sleep(10);
        }
        return errors();
    }

    void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor()).isZero();
    }

    /** Stops the process as systemd does and answers what it printed. */
    String stop() throws Exception {
        process.toHandle().destroy(); // Process.destroy would close the stream that is about to be read
        String rest = output().lines().collect(Collectors.joining("\n"));
        assertThat(process.waitFor()).as("exit code after SIGTERM").isZero();
        return rest;
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    Process process() {
        return process;
    }

    int port() {
        return port;
    }

    // ---- traffic

    SimulationReport replay(String expectedDrop, Traffic... traffic) throws IOException {
        assumeTrue(!System.getProperty("os.name").startsWith("Mac"), "needs 127.0.0.2 as a local address");
        var builder = GwlbSimulator.builder().target("127.0.0.1:" + port).source("127.0.0.2").timeout(Duration.ofSeconds(5));
        if (expectedDrop != null) {
            builder.expectDrop(expectedDrop);
        }
        try (GwlbSimulator gwlb = builder.build()) {
            return gwlb.run(traffic);
        }
    }

    /** Whether the firewall sends a packet back. */
    boolean passes(byte[] packet) throws IOException {
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

    static byte[] packetToForward() {
        return packetToForward(5000);
    }

    static byte[] packetToForward(int clientPort) {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(clientPort, 53).build();
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        new GwlbHeaderEncoder().encode(datagram, 0, Geneve.PROTOCOL_IPV4, 1, 0, 7);
        return datagram.put(Gwlb.HEADER_LENGTH, inner).array();
    }
}
