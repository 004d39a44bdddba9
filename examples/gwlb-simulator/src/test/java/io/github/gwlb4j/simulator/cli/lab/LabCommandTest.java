package io.github.gwlb4j.simulator.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.gwlb4j.simulator.cli.CommandLineRun;
import io.github.gwlb4j.simulator.cli.SimulatorMain;
import io.github.gwlb4j.simulator.lab.EchoAppliance;
import io.github.gwlb4j.simulator.lab.Requirements;
import io.github.gwlb4j.tun.NetworkNamespace;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lab from the command line, with real programs; whatever happens, nothing of it may stay. */
@Timeout(120)
@SuppressWarnings("try") // an appliance works without being mentioned
class LabCommandTest {
    private static final EchoAppliance.Mistake NONE = (buffer, offset, lengthBytes, port) -> port;

    private final String name = "t" + Integer.toString(ThreadLocalRandom.current().nextInt(1 << 30), 36);

    @BeforeEach
    void needLab() {
        Requirements.lab("ping", "iputils-ping", "curl", "curl", "setsid", "util-linux", "setpriv", "util-linux");
    }

    @AfterEach
    void takeDown() throws Exception {
        lab("down");
        assertNothingLeft();
    }

    private void assertNothingLeft() throws Exception {
        assertThat(NamedNamespaces.names()).noneMatch(namespace -> namespace.startsWith("gwlb-" + name));
        assertThat(Path.of("/run/gwlb-simulator", name)).doesNotExist();
        assertThat(Path.of("/sys/class/net/gwlb-" + name)).doesNotExist();
        assertThat(ProcessHandle.allProcesses().map(process -> process.info().commandLine().orElse("")))
                .noneMatch(line -> line.contains("--foreground") && line.contains(name));
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("gwlb-simulator-lab-"));
        }
    }

    private CommandLineRun lab(String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of("lab", command, "--name", name));
        arguments.addAll(List.of(more));
        return CommandLineRun.of(arguments.toArray(new String[0]));
    }

    private CommandLineRun up(String... more) {
        CommandLineRun run = lab("up", more);
        assertThat(run.exitCode()).as(run.toString()).isZero();
        return run;
    }

    private NetworkNamespace namespace(Place place) {
        return NetworkNamespace.named("gwlb-" + name + "-" + place.word());
    }

    private record Ended(int exitCode, String output) {
    }

    private static Ended run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    /** As a process of its own, because programs get its input and output. */
    private Ended exec(String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), SimulatorMain.class.getName(), "lab", "exec", "--name", name));
        command.addAll(List.of(more));
        return run(command.toArray(new String[0]));
    }

    private ProcessHandle process() {
        return LabRecord.find(name).flatMap(LabRecord::process).orElseThrow();
    }

    @Test
    void shouldCarryRealProgramsUntilTakenDown() throws Exception {
        assertThat(up("--ipv6", "--internet").out()).contains("10.20.0.2, fd20::2", "ip netns exec gwlb-" + name + "-client", "198.51.100.2");
        assertThat(Files.getPosixFilePermissions(Path.of("/run/gwlb-simulator", name, "control")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        CommandLineRun second = lab("up");
        assertThat(second.exitCode()).isEqualTo(2);
        assertThat(second.err().lines()).hasSize(1);
        assertThat(second.err()).contains("the lab '" + name + "' is up already");
        HttpServer server = namespace(Place.SERVER).call(() -> HttpServer.create(new InetSocketAddress(80), 0));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        try (EchoAppliance echo = new EchoAppliance(namespace(Place.APPLIANCE), NONE)) {
            assertThat(exec("client", "--", "curl", "-sS", "-m", "10", "http://10.30.0.2/")).isEqualTo(new Ended(0, "hello"));
            assertThat(exec("client", "--", "sh", "-c", "exit 7").exitCode()).isEqualTo(7);
            Ended ping = run("ip", "netns", "exec", "gwlb-" + name + "-client", "ping", "-c", "2", "-i", "0.1", "-W", "5", "fd30::2");
            assertThat(ping.exitCode()).as(ping.output()).isZero();
            CommandLineRun status = lab("status");
            assertThat(status.exitCode()).as(status.toString()).isZero();
            assertThat(status.out()).contains("no fault in what came back", "site-1 (endpoint ", "client     gwlb-" + name + "-client: no program");
        } finally {
            server.stop(0);
        }
        CommandLineRun down = lab("down");
        assertThat(down.exitCode()).as(down.toString()).isZero();
        assertThat(down.out()).contains("no fault in what came back", "The lab '" + name + "' is down.").containsPattern("sent [1-9]\\d* packets");
        assertNothingLeft();
        assertThat(lab("down").out()).contains("nothing to take down");
        assertThat(lab("down").exitCode()).isZero();
        assertThat(lab("status").exitCode()).isEqualTo(2);
    }

    @Test
    void shouldTellWhatCameBackWrong() throws Exception {
        up();
        try (EchoAppliance wrong = new EchoAppliance(namespace(Place.APPLIANCE), (buffer, offset, lengthBytes, port) -> {
            buffer.put(offset + 39, (byte) (buffer.get(offset + 39) ^ 1));
            return port;
        })) {
            run("ip", "netns", "exec", "gwlb-" + name + "-client", "ping", "-c", "1", "-W", "1", "10.30.0.2");
            CommandLineRun status = lab("status");
            assertThat(status.exitCode()).isEqualTo(1);
            assertThat(status.out()).contains("FAULTS in what came back");
        }
        assertThat(lab("down").out()).contains("FAULTS in what came back");
    }

    @Test
    void shouldCleanUpAfterItsProcessWasKilled() throws Exception {
        up();
        Process left = new ProcessBuilder("ip", "netns", "exec", "gwlb-" + name + "-client", "sleep", "600").start();
        process().destroyForcibly();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (LabRecord.find(name).orElseThrow().process().isPresent() && System.nanoTime() - end < 0) {
            Thread.sleep(20);
        }
        CommandLineRun status = lab("status");
        assertThat(status.exitCode()).isEqualTo(1);
        assertThat(status.out()).contains("sleep (", "'gwlb-simulator lab down' cleans up");
        assertThat(lab("up").err()).contains("or its process was killed");
        CommandLineRun down = lab("down");
        assertThat(down.exitCode()).as(down.toString()).isZero();
        assertThat(left.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertNothingLeft();
    }

    @Test
    void shouldNotTouchANamespaceThatItHasNotMade() throws Exception {
        String taken = "gwlb-" + name + "-client";
        NamedNamespaces.add(taken);
        try {
            CommandLineRun run = lab("up");
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("there is a network namespace " + taken + " already");
            assertThat(lab("down").exitCode()).isZero();
            assertThat(NamedNamespaces.names()).contains(taken).noneMatch(other -> other.startsWith("gwlb-" + name) && !other.equals(taken));
        } finally {
            NamedNamespaces.delete(taken);
        }
    }

    /** Somebody has deleted a namespace of the lab and made another one of the same name. */
    @Test
    void shouldNotTouchANamespaceThatHasTakenTheNameOfItsOwn() throws Exception {
        up();
        String name2 = "gwlb-" + name + "-balancer";
        NamedNamespaces.delete(name2);
        NamedNamespaces.add(name2);
        try {
            assertThat(lab("down").exitCode()).isZero();
            assertThat(NamedNamespaces.names()).contains(name2);
        } finally {
            NamedNamespaces.delete(name2);
        }
    }

    @Test
    void shouldReachAnApplianceOnThisMachine() throws Exception {
        up("--target", "host");
        try (EchoAppliance echo = new EchoAppliance(NetworkNamespace.at(Path.of("/proc/self/ns/net")), NONE)) {
            Ended ping = run("ip", "netns", "exec", "gwlb-" + name + "-client", "ping", "-c", "2", "-i", "0.1", "-W", "5", "10.30.0.2");
            assertThat(ping.exitCode()).as(ping.output()).isZero();
            CommandLineRun exec = lab("exec", "appliance", "--", "true");
            assertThat(exec.exitCode()).isEqualTo(2);
            assertThat(exec.err()).contains("run the appliance there");
        }
    }

    @Test
    void shouldReachAnApplianceInANamespaceThatExists() throws Exception {
        String other = "other-" + name;
        NamedNamespaces.add(other);
        try {
            up("--target", other, "--mtu", "8500");
            try (EchoAppliance echo = new EchoAppliance(NetworkNamespace.named(other), NONE)) {
                Ended ping = run("ip", "netns", "exec", "gwlb-" + name + "-client", "ping", "-c", "2", "-i", "0.1", "-W", "5", "-M", "do",
                        "-s", "8000", "10.30.0.2");
                assertThat(ping.exitCode()).as(ping.output()).isZero();
            }
            assertThat(lab("down").exitCode()).isZero();
            assertThat(NamedNamespaces.names()).contains(other);
            assertThat(run("ip", "netns", "exec", other, "ip", "-br", "link").output()).doesNotContain("gwlb-");
        } finally {
            NamedNamespaces.delete(other);
        }
    }

    @Test
    void shouldSayInOneLineWhatIsMissing() throws Exception {
        Ended withoutRoot = run("setpriv", "--bounding-set", "-all", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), SimulatorMain.class.getName(), "lab", "up", "--name", name);
        assertThat(withoutRoot.exitCode()).isEqualTo(2);
        assertThat(withoutRoot.output().lines().filter(line -> line.startsWith("gwlb-simulator: "))).hasSize(1);
        assertThat(withoutRoot.output()).contains("CAP_NET_ADMIN");
        for (List<String> words : List.of(List.of("lab"), List.of("lab", "up", "--name", "Big Name"), List.of("lab", "up", "--mtu", "9", "--name", name),
                List.of("lab", "up", "--target", "10.0.0.1"), List.of("lab", "exec", "--name", name, "client", "true"),
                List.of("lab", "up", "--name", name, "--target", "host", "--internet"), List.of("lab", "up", "--name", name, "--endpoint", "x"))) {
            CommandLineRun run = CommandLineRun.of(words.toArray(new String[0]));
            assertThat(run.exitCode()).as(words.toString()).isEqualTo(2);
            assertThat(run.err().lines()).as(run.toString()).hasSize(1);
        }
    }
}
