package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.LiveLabBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A lab with the firewall, as a process of its own, between a client and a server, which has web, DNS and echo. */
final class FirewallBetween implements AutoCloseable {
    static final String SERVER = "10.30.0.2";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int HTTPS = 443;
    private static final int DNS = 53;
    private static final int SSH = 22;

    private final Path folder;
    private final LiveLab lab;
    private final LabSite site;
    private final List<Closeable> servers = new ArrayList<>();
    private final Path rules;
    private LabProcess firewall;
    private int reloads;

    FirewallBetween(Path folder) throws IOException {
        this(folder, LiveLab.builder().site(1));
    }

    FirewallBetween(Path folder, LiveLabBuilder builder) throws IOException {
        this.folder = folder;
        this.rules = folder.resolve("lab.rules");
        this.lab = builder.start();
        this.site = lab.site(0);
    }

    // ---- the firewall

    /** With what makes a JVM start soon rather than run fast. */
    void startFirewall(String text) throws Exception {
        startFirewall(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), text);
    }

    void startFirewall(List<String> jvmOptions, String text) throws Exception {
        Files.writeString(rules, text);
        // Whoever started the tests may have had SIGHUP ignored (nohup), which children inherit.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(jvmOptions);
        command.addAll(List.of("-Xmx256m", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), FirewallMain.class.getName(), "--rules", rules.toString(),
                "--listen", LiveLab.APPLIANCE_ADDRESS, "--quiet"));
        firewall = lab.appliance().start(command.toArray(String[]::new));
        firewall.awaitOutput("listening on UDP", LIMIT);
        reloads = 0;
    }

    /** As a failover does it: another firewall will know nothing of the connections of this one. */
    void killFirewall() {
        firewall.close();
    }

    /** Reloads, and waits until the new rules hold. */
    void useRules(String text) throws Exception {
        reload(text);
        reloads++;
        firewall.awaitOutput("loading number " + (reloads + 1), LIMIT);
    }

    void useRulesExpectingFailure(String text) throws Exception {
        reload(text);
        firewall.awaitOutput("the old ones stay in force", LIMIT);
    }

    private void reload(String text) throws Exception {
        Files.writeString(rules, text);
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(firewall.pid())).start().waitFor()).isZero();
    }

    LabProcess firewall() {
        return firewall;
    }

    /** Stops it as systemd does, and answers what it has to say at the end. */
    String stopFirewall() throws Exception {
        assertThat(new ProcessBuilder("kill", "-TERM", Long.toString(firewall.pid())).start().waitFor()).isZero();
        return firewall.waitFor(LIMIT).output();
    }

    // ---- servers

    void startServers() throws Exception {
        startHttps();
        LabNamespace server = site.server();
        DatagramSocket dns = server.call(() -> new DatagramSocket(DNS));
        serve("dns", dns, () -> answerQuery(dns));
        servers.add(server.call(() -> new ServerSocket(DNS))); // whoever connects need not be answered
        ServerSocket echo = server.call(() -> new ServerSocket(SSH));
        serve("echo", echo, () -> echo(echo.accept()));
    }

    private void startHttps() throws Exception {
        String certificate = folder.resolve("server.pem").toString();
        CommandResult made = site.server().run(LIMIT, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=www.good.example", "-keyout", certificate, "-out", certificate + ".crt");
        assertThat(made.isSuccess()).as("%s", made).isTrue();
        site.server().start("openssl", "s_server", "-accept", Integer.toString(HTTPS), "-key", certificate, "-cert", certificate + ".crt", "-www",
                "-groups", "P-384"); // which curl does not guess, so that a second ClientHello is needed
        site.server().awaitPort(HTTPS, LIMIT);
    }

    private interface Step {
        void run() throws IOException;
    }

    private void serve(String name, Closeable socket, Step step) {
        servers.add(socket);
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    step.run();
                }
            } catch (IOException e) {
                return; // closed
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** NOERROR without an answer: what matters is that it arrives. */
    private static void answerQuery(DatagramSocket socket) throws IOException {
        DatagramPacket message = new DatagramPacket(new byte[1500], 1500);
        socket.receive(message);
        message.getData()[2] |= (byte) 0x80;
        socket.send(message);
    }

    private static void echo(Socket socket) {
        Thread thread = new Thread(() -> {
            try (socket) {
                socket.getInputStream().transferTo(socket.getOutputStream());
            } catch (IOException e) {
                return; // reset, as some tests want it
            }
        }, "echo session");
        thread.setDaemon(true);
        thread.start();
    }

    // ---- clients

    CommandResult client(String... command) throws Exception {
        return site.client().run(LIMIT, command);
    }

    CommandResult curl(String name) throws Exception {
        return client("curl", "-sSk", "-m", "10", "--resolve", name + ":" + HTTPS + ":" + SERVER, "https://" + name + "/");
    }

    CommandResult dig(String name, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("dig", "@" + SERVER, "+tries=1", "+time=1", "+nocookie"));
        Stream.concat(Stream.of(options), Stream.of(name)).forEach(command::add);
        return client(command.toArray(String[]::new));
    }

    EchoSession openSession() throws Exception {
        return new EchoSession(site.client().call(() -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(SERVER, SSH), 1000);
            return socket;
        }));
    }

    LabSite site() {
        return site;
    }

    @Override
    public void close() {
        for (Closeable server : servers) {
            try {
                server.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        lab.close();
    }

    /** For the messages of failed tests. */
    @Override
    public String toString() {
        return (firewall == null ? "" : firewall.output()) + lab.report();
    }
}
