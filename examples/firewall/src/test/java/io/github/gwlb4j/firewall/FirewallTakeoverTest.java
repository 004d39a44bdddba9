package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.load.LoadStep;
import io.github.gwlb4j.simulator.load.LoadTest;
import io.github.gwlb4j.simulator.load.PacketSizes;
import io.github.gwlb4j.simulator.load.RatePlan;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A new firewall takes over from the one that runs, as processes, while a download and UDP flows go on. */
@Timeout(120)
class FirewallTakeoverTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String SECOND_NODE = "10.99.0.3";
    private static final int PACKETS_PER_SECOND = 20_000;
    private static final int BUFFER_BYTES = 16 << 20;
    /** A packet of 552 bytes takes up to 2304 bytes of the kernel's memory, and the kernel allows twice what is asked for. */
    private static final int SOCKET_BUFFER_PACKETS = 2 * BUFFER_BYTES / 2304;
    /** What is measured is the firewall, not who else uses this machine. */
    private static final int NICENESS = -15;

    @TempDir
    private Path folder;

    @BeforeAll
    static void requireRoot() {
        String cause = LinuxTun.unsupportedCause();
        if (System.getenv("CI") != null) {
            assertThat(cause).as("CI needs namespaces and TUN devices").isNull();
        }
        assumeTrue(cause == null, "needs root and /dev/net/tun: " + cause);
    }

    private LabProcess start(LiveLab lab) throws Exception {
        Path rules = Files.writeString(folder.resolve("rules"), "deny udp to any port 9\ndefault allow\n");
        LabProcess started = lab.appliance().start("nice", "-n", Integer.toString(NICENESS),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Xmx256m", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), FirewallMain.class.getName(), "--rules", rules.toString(), "--receive-buffer",
                Integer.toString(BUFFER_BYTES), "--listen", LiveLab.APPLIANCE_ADDRESS, "--quiet", "--takeover", folder.resolve("t.sock").toString());
        started.awaitOutput("listening on UDP", LIMIT);
        return started;
    }

    private CompletableFuture<LoadStep> send(LiveLab lab) throws Exception {
        try (NetAdmin admin = NetAdmin.open(lab.loadBalancer().network())) {
            admin.setAddress("app0", LinkAddress.parse(SECOND_NODE + "/24"));
        }
        LoadTest test = lab.loadBalancer().call(() -> {
            NativeThread.setNiceness(NICENESS); // the thread that receives inherits it
            return LoadTest.builder().target(LiveLab.APPLIANCE_ADDRESS).source(SECOND_NODE).flows(200).ports(16).sizes(PacketSizes.parse("512"))
                    .step(Duration.ofSeconds(8)).warmUp(Duration.ofSeconds(1)).timeout(Duration.ofSeconds(2)).build();
        });
        return CompletableFuture.supplyAsync(() -> {
            NativeThread.setNiceness(NICENESS);
            try (test) {
                return test.run(RatePlan.of(List.of(PACKETS_PER_SECOND)), 1, step -> { }).steps().get(0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, task -> new Thread(task, "second-node").start());
    }

    @Test
    void shouldGoOnWithConnectionsAndFlowsWhenTakenOverUnderLoad() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start()) {
            LabProcess first = start(lab);
            byte[] content = new byte[24 << 20];
            new Random(1).nextBytes(content);
            Path big = Files.write(Files.createDirectories(folder.resolve("www")).resolve("big"), content);
            lab.site(0).server().start("python3", "-m", "http.server", "8000", "--directory", big.getParent().toString());
            lab.site(0).server().awaitPort(8000, LIMIT);
            LabProcess curl = lab.site(0).client().start("curl", "-sS", "--limit-rate", "4M", "-o", folder.resolve("got").toString(),
                    "http://10.30.0.2:8000/big");
            CompletableFuture<LoadStep> load = send(lab);
            Thread.sleep(2000);

            LabProcess second = start(lab);
            CommandResult ended = first.waitFor(LIMIT);

            assertThat(ended.exitCode()).as("%s", ended).isZero();
            assertThat(ended.output()).contains("another process has taken over");
            LoadStep step = load.get(60, TimeUnit.SECONDS);
            assertThat(curl.waitFor(LIMIT).isSuccess()).isTrue();
            assertThat(Files.mismatch(big, folder.resolve("got"))).as("first byte that differs").isEqualTo(-1);
            System.out.println("firewall taken over at " + PACKETS_PER_SECOND + " packets/s: sent " + step.sent() + ", lost " + step.lost()
                    + ", changed " + step.changed() + ", reordered " + step.reordered() + "\n"
                    + ended.output().lines().filter(line -> line.contains("packets waited")).findFirst().orElse(""));
            assertThat(step.lost()).isLessThanOrEqualTo(SOCKET_BUFFER_PACKETS);
            assertThat(step.changed()).isZero();
            assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
            assertThat(second.isAlive()).isTrue();
        }
    }
}
