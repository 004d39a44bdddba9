package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.load.LoadStep;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One process takes over from another while traffic goes on, and a process goes on after a crash: with real processes, interfaces and scripts. */
@Timeout(120)
class TakeoverLabTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final long ENDPOINT = 0x0123456789abcdefL;
    private static final int BUFFER_BYTES = 16 << 20;
    /** A packet of 552 bytes takes up to 2304 bytes of the kernel's memory, and the kernel allows twice what is asked for. */
    private static final int SOCKET_BUFFER_PACKETS = 2 * BUFFER_BYTES / 2304;
    private static final int PACKETS_PER_SECOND = 20_000;

    @TempDir
    private Path folder;
    private LiveLab lab;
    private final List<HandlerProcess> handlers = new ArrayList<>();

    @BeforeAll
    static void requireRoot() {
        LabRequirements.check();
    }

    @AfterEach
    void end() {
        handlers.forEach(HandlerProcess::close);
        if (lab != null) {
            lab.close();
        }
    }

    private HandlerProcess start(String... more) throws Exception {
        HandlerProcess started = HandlerProcess.start(lab, SecondNode.NICENESS, arguments(more));
        handlers.add(started);
        return started;
    }

    private HandlerProcess launch(String... more) throws Exception {
        HandlerProcess launched = HandlerProcess.launch(lab, SecondNode.NICENESS, arguments(more));
        handlers.add(launched);
        return launched;
    }

    private String[] arguments(String... more) throws Exception {
        String script = passThroughScript();
        List<String> all = new ArrayList<>(List.of("-c", script, "-r", script, "-j", "--takeover", socket()));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private String socket() {
        return folder.resolve("t.sock").toString();
    }

    /** All traffic from gwi to gwo, and a log of the arguments. */
    private String passThroughScript() throws Exception {
        Path file = folder.resolve("hook.sh");
        if (!Files.exists(file)) {
            Files.writeString(file, """
                    #!/bin/sh
                    echo "$1 $2" >> %s
                    if [ "$1" = CREATE ]; then
                        sysctl -q -w net.ipv4.ip_forward=1
                        table=$(( 100 + $(ip -o link show $2 | cut -d: -f1) ))
                        ip rule add iif $2 table $table
                        ip route replace default dev $3 table $table
                    else
                        ip rule del iif $2
                    fi
                    """.formatted(hookLog()));
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        return file.toString();
    }

    private Path hookLog() {
        return folder.resolve("hook.log");
    }

    private List<String> hookCalls() throws Exception {
        return Files.exists(hookLog()) ? Files.readAllLines(hookLog()) : List.of();
    }

    private static String hash(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** Fetches a file of the server from the client, at a rate that makes it last. */
    private CompletableFuture<CommandResult> download(Path file, Path into, String rate) throws Exception {
        lab.site(0).server().start("python3", "-m", "http.server", "8000", "--directory", file.getParent().toString());
        lab.site(0).server().awaitPort(8000, SHORT);
        return CompletableFuture.supplyAsync(() -> {
            try {
                return lab.site(0).client().run(Duration.ofSeconds(40), "curl", "-sS", "--limit-rate", rate, "-o", into.toString(),
                        "http://10.30.0.2:8000/" + file.getFileName());
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private Path bigFile(int bytes) throws Exception {
        byte[] content = new byte[bytes];
        new Random(1).nextBytes(content);
        return Files.write(Files.createDirectories(folder.resolve("www")).resolve("big"), content);
    }

    /** A UDP socket of the server whose flow with the client is known: it sends whenever asked, the client says nothing more. */
    private static final class Talker implements AutoCloseable {
        private final DatagramSocket client;
        private final DatagramSocket server;
        private byte contents;

        Talker(LiveLab lab) throws Exception {
            client = lab.site(0).client().call(() -> new DatagramSocket(5000));
            server = lab.site(0).server().call(() -> new DatagramSocket(5001));
            client.setSoTimeout(20);
            server.setSoTimeout(5000);
            client.send(new DatagramPacket(new byte[] {1}, 1, new InetSocketAddress("10.30.0.2", 5001)));
            server.receive(new DatagramPacket(new byte[10], 10));
        }

        /** Nanoseconds from now until a packet that the server sends on its own reaches the client; -1 if none has after the limit. */
        long serverFirst(Duration limit) throws Exception {
            byte[] content = newContent();
            long startNs = System.nanoTime();
            while (System.nanoTime() - startNs < limit.toNanos()) {
                server.send(new DatagramPacket(content, content.length, new InetSocketAddress("10.20.0.2", 5000)));
                try {
                    awaitAtClient(content);
                    return System.nanoTime() - startNs;
                } catch (SocketTimeoutException e) {
                    Thread.sleep(5);
                }
            }
            return -1;
        }

        /** Another one each time: it is sent until it arrives, and what is still on its way then must not pass for what is sent next. */
        byte[] newContent() {
            return new byte[] {++contents};
        }

        /** Waits a moment for a packet, past whatever is left of those before. */
        void awaitAtClient(byte[] content) throws IOException {
            DatagramPacket got = new DatagramPacket(new byte[10], 10);
            do {
                client.receive(got);
            } while (!Arrays.equals(got.getData(), 0, got.getLength(), content, 0, content.length));
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private static long threadsOf(HandlerProcess process) throws Exception {
        try (var tasks = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return tasks.count();
        }
    }

    private static long descriptorsOf(HandlerProcess process) throws Exception {
        try (var open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return open.count();
        }
    }

    @Test
    void shouldGoOnWithoutALossWhenTakenOverThreeTimesUnderLoad() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        HandlerProcess running = start("--receive-buffer", Integer.toString(BUFFER_BYTES));
        Path file = bigFile(60 << 20);
        CompletableFuture<CommandResult> download = download(file, folder.resolve("got"), "5M");
        CompletableFuture<LoadStep> load = SecondNode.send(lab, PACKETS_PER_SECOND, Duration.ofSeconds(14));
        Thread.sleep(2000);
        List<Long> threads = new ArrayList<>();
        List<Long> descriptors = new ArrayList<>();
        StringBuilder waits = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            HandlerProcess next = start("--receive-buffer", Integer.toString(BUFFER_BYTES));
            CommandResult old = running.waitFor();
            assertThat(old.exitCode()).as("%s", old).isZero();
            assertThat(old.output()).contains("another gwlbtun has taken over").doesNotContain("ERROR");
            old.output().lines().filter(line -> line.contains("packets waited")).forEach(line -> waits.append(line).append('\n'));
            running = next;
            Thread.sleep(1000);
            threads.add(threadsOf(running));
            descriptors.add(descriptorsOf(running));
        }
        LoadStep step = load.get(60, TimeUnit.SECONDS);
        CommandResult curl = download.get(90, TimeUnit.SECONDS);

        System.out.println("three upgrades at " + PACKETS_PER_SECOND + " packets/s: sent " + step.sent() + ", lost " + step.lost() + ", reordered "
                + step.reordered() + ", duplicates " + step.duplicates() + ", late " + step.late() + ", own drops " + step.ownDrops()
                + ", threads " + threads + ", descriptors " + descriptors + "\n" + waits);
        assertThat(curl.isSuccess()).as("%s", curl).isTrue();
        assertThat(hash(folder.resolve("got"))).isEqualTo(hash(file));
        assertThat(step.lost()).as("%s", running.output()).isLessThanOrEqualTo(SOCKET_BUFFER_PACKETS);
        assertThat(hookCalls()).as("two endpoints, each created once").hasSize(2).allMatch(call -> call.startsWith("CREATE"));
        assertThat(threads.get(2)).isLessThanOrEqualTo(threads.get(0) + 2);
        assertThat(descriptors.get(2)).isLessThanOrEqualTo(descriptors.get(0) + 2);
        assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
        running.stop();
        assertThat(hookCalls()).hasSize(4).filteredOn(call -> call.startsWith("DESTROY")).hasSize(2);
    }

    @Test
    void shouldEndAtOnceAndSayWhyWhenAnotherTakesOverFromOneThatDrains() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        HandlerProcess draining = start("--drain", "60");
        assertPings();
        draining.signal("TERM");
        draining.awaitOutput("draining for at most 60 s");
        start();
        CommandResult end = draining.waitFor();
        assertThat(end.exitCode()).as("%s", end).isZero();
        assertThat(end.output()).contains("drained: another gwlbtun has taken over");
        assertPings();
    }

    private void assertPings() throws Exception {
        CommandResult ping = lab.site(0).client().run(SHORT, "ping", "-c", "2", "-i", "0.2", "-W", "5", "10.30.0.2");
        assertThat(ping.isSuccess()).as("%s", ping).isTrue();
    }

    /**
     * What the server sends goes to the load balancer, which sends it to the appliance: its own header is learned there. So that only the saved
     * flows can tell the way, the kernel sends: a packet out of the appliance's own network stack into gwo-, of the flow's addresses.
     */
    @Test
    void shouldForwardAfterAKillAndSendWhatTheKernelSendsFirstOnlyWithSavedFlows() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        Path saved = folder.resolve("flows");
        String[] saving = {"--save-flows", saved.toString(), "--save-interval", "1"};
        HandlerProcess handler = start(saving);
        try (Talker talker = new Talker(lab)) {
            assertThat(talker.serverFirst(SHORT)).as("%s", handler.output()).isPositive();
            Thread.sleep(2200); // saved since
            long killedNs = System.nanoTime();
            handler.signal("KILL");
            handler.waitFor();

            handler = start(saving);
            long readyMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNs);
            long afterRestartNs = kernelFirst(talker, Duration.ofSeconds(15));
            System.out.println("after a crash, with saved flows: ready " + readyMs + " ms after SIGKILL, what the kernel sends first arrives "
                    + afterRestartNs / 1_000_000 + " ms later");
            assertThat(handler.output()).contains("flows restored from " + saved);
            assertThat(afterRestartNs).as("%s", handler.output()).isPositive().isLessThan(TimeUnit.SECONDS.toNanos(10));
            long bothWaysNs = talker.serverFirst(SHORT);
            System.out.println("and traffic of the load balancer " + (System.nanoTime() - killedNs) / 1_000_000 + " ms after SIGKILL");
            assertThat(bothWaysNs).isPositive();

            handler.signal("KILL");
            handler.waitFor();
            Files.delete(saved);
            handler = start("--pre-create", Long.toHexString(ENDPOINT));
            assertThat(kernelFirst(talker, Duration.ofSeconds(2))).as("without the file nobody knows the way").isNegative();
            assertThat(talker.serverFirst(SHORT)).as("the load balancer's next packet tells it").isPositive();
            assertThat(kernelFirst(talker, Duration.ofSeconds(2))).isPositive();
        }
        assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
        handler.stop();
    }

    /** From the server's address out of the appliance's kernel, as a proxy there answers for it. */
    private long kernelFirst(Talker talker, Duration limit) throws Exception {
        byte[] content = talker.newContent();
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < limit.toNanos()) {
            try (DatagramSocket proxy = lab.appliance().call(() -> {
                run("ip", "addr", "replace", "10.30.0.2/32", "dev", "lo");
                CommandResult route = lab.appliance().run(SHORT, "ip", "route", "replace", "10.20.0.2/32", "dev", "gwo-" + EndpointId.toBase60(ENDPOINT));
                return route.isSuccess() ? new DatagramSocket(new InetSocketAddress("10.30.0.2", 5001)) : null;
            })) {
                if (proxy != null) {
                    proxy.send(new DatagramPacket(content, content.length, new InetSocketAddress("10.20.0.2", 5000)));
                    talker.awaitAtClient(content);
                    return System.nanoTime() - startNs;
                }
            } catch (IOException e) {
                Thread.sleep(5); // the interface may not be there yet
            } finally {
                run("ip", "addr", "del", "10.30.0.2/32", "dev", "lo");
            }
        }
        return -1;
    }

    private void run(String... command) throws Exception {
        CommandResult result = lab.appliance().run(SHORT, command);
        assertThat(result.isSuccess()).as("%s", result).isTrue();
    }

    /** Each check of a load balancer that looks every 20 ms. */
    @Test
    void shouldAnswerEveryHealthCheckWhileTakenOver() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        HandlerProcess running = start();
        AtomicBoolean isDone = new AtomicBoolean();
        CompletableFuture<List<String>> checks = CompletableFuture.supplyAsync(() -> {
            List<String> answers = new ArrayList<>();
            while (!isDone.get()) {
                try {
                    answers.add(Integer.toString(handlers.get(0).get("/").status()));
                    Thread.sleep(20);
                } catch (Exception e) {
                    answers.add(e.toString());
                }
            }
            return answers;
        });
        HandlerProcess next = start();
        assertThat(running.waitFor().exitCode()).isZero();
        Thread.sleep(300);
        isDone.set(true);
        List<String> answers = checks.get(20, TimeUnit.SECONDS);
        long failed = answers.stream().filter(answer -> !answer.equals("200")).count();
        System.out.println(answers.size() + " health checks while taken over, " + failed + " failed");
        assertThat(failed).as("%s%n%s", answers, next.output()).isLessThanOrEqualTo(1);
        next.stop();
    }

    @Test
    void shouldRefuseToTakeOverWithOtherThreadsAndTheOldOneGoesOn() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        HandlerProcess running = start("--udpthreads", "1", "--tunthreads", "1");
        CommandResult refused = launch("--udpthreads", "4").waitFor();
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.output()).contains("workers is 1 in the process that runs, 4 in the new one");
        try (Talker talker = new Talker(lab)) {
            assertThat(talker.serverFirst(SHORT)).isPositive();
        }
        running.stop();
    }
}
