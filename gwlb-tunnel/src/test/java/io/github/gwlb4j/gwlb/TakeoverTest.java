package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.gwlb.transport.Steering;
import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One appliance takes over from another, here in one process, over real sockets; and whatever goes wrong, one of the two forwards. */
@Timeout(60)
class TakeoverTest {
    private static final PacketHandler.Factory FORWARD = worker -> packet -> Verdict.FORWARD;
    private static final long MAGIC = 0x6777_6c62_346a_484fL;

    @TempDir
    private Path folder;
    private final List<GwlbAppliance> appliances = new ArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private InetSocketAddress target;
    private DatagramSocket flow;
    private DatagramSocket replies;
    private int cookie;

    /** Notes what a listener hears. */
    private final class Listener implements TunnelListener {
        private final String who;

        private Listener(String who) {
            this.who = who;
        }

        @Override
        public void onCreated(Tunnel tunnel) {
            calls.add(who + " created");
        }

        @Override
        public void onAdopted(Tunnel tunnel) {
            calls.add(who + " adopted");
        }

        @Override
        public void onDestroyed(Tunnel tunnel, Reason reason) {
            calls.add(who + " destroyed");
        }
    }

    @BeforeEach
    void open() throws IOException {
        assumeTrue(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
        Loopback.requireSeveralAddresses();
        target = Loopback.freeTarget();
        flow = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
        replies = new DatagramSocket(new InetSocketAddress("127.0.0.2", target.getPort()));
        replies.setSoTimeout(5000);
    }

    @AfterEach
    void close() {
        appliances.forEach(GwlbAppliance::close);
        if (flow != null) {
            flow.close();
            replies.close();
        }
    }

    private Path socket() {
        return folder.resolve("takeover.sock");
    }

    private GwlbApplianceBuilder builder() {
        return GwlbAppliance.builder().listen(target).takeover(socket());
    }

    private GwlbAppliance start(GwlbApplianceBuilder builder) throws IOException {
        GwlbAppliance appliance = builder.build();
        appliances.add(appliance);
        return appliance.start();
    }

    private void send() throws IOException {
        byte[] datagram = TestPackets.geneve(TestPackets.ENDPOINT, ++cookie, TestPackets.dnsQuery());
        flow.send(new DatagramPacket(datagram, datagram.length, target));
    }

    /** Whether the reply to the last packet sent comes. */
    private void assertReply() throws IOException {
        byte[] expected = TestPackets.geneve(TestPackets.ENDPOINT, cookie, TestPackets.dnsQuery());
        DatagramPacket reply = new DatagramPacket(new byte[2000], 2000);
        try {
            do {
                replies.receive(reply);
            } while (!Arrays.equals(Arrays.copyOf(reply.getData(), reply.getLength()), expected));
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no reply", e);
        }
        assertThat(reply.getPort()).isEqualTo(flow.getLocalPort());
    }

    private void assertForwards() throws IOException {
        send();
        assertReply();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40); !condition.getAsBoolean() && System.nanoTime() < end;) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).as(() -> Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("gwlb4j-handover"))
                .map(thread -> thread.getKey() + " " + Arrays.toString(thread.getValue())).toList().toString()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldGoOnWithSocketsAndTunnelsWithoutEndingAny(int workers) throws Exception {
        GwlbAppliance first = start(builder().workers(workers).handler(FORWARD).listener(new Listener("first")));
        assertForwards();
        await(() -> calls.contains("first created"));

        GwlbAppliance second = start(builder().workers(workers).handler(FORWARD).listener(new Listener("second")));
        first.awaitClose();

        assertThat(first.isHandedOver()).isTrue();
        assertThat(first.state()).isEqualTo(GwlbAppliance.State.CLOSED);
        assertForwards();
        await(() -> calls.size() == 2 && second.stats().receivedPackets() == 1);
        assertThat(calls).containsExactly("first created", "second adopted");
        assertThat(first.stats().receivedPackets() + second.stats().receivedPackets()).isEqualTo(2);
        assertThat(second.stats().receivedPackets()).isEqualTo(1);
        assertThat(second.stats().extras().tunnelsAdopted()).isEqualTo(1);
        assertThat(second.stats().extras().tunnelsCreated()).isZero();
        second.close();
        assertThat(calls).containsExactly("first created", "second adopted", "second destroyed");
        assertThat(socket()).doesNotExist();
    }

    /** What came while nobody read waits in the socket. */
    @Test
    void shouldForwardWhatCameWhileTheProcessesChanged() throws Exception {
        CountDownLatch mayStart = new CountDownLatch(1);
        CountDownLatch isStarting = new CountDownLatch(1);
        GwlbAppliance first = start(builder().handler(FORWARD));
        assertForwards();
        CompletableFuture<GwlbAppliance> second = CompletableFuture.supplyAsync(() -> {
            try {
                return start(builder().handler(worker -> new PacketHandler() {
                    @Override
                    public void onStart(HandlerContext context) {
                        isStarting.countDown();
                        awaitQuietly(mayStart);
                    }

                    @Override
                    public Verdict onPacket(GwlbPacket packet) {
                        return Verdict.FORWARD;
                    }
                }));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(isStarting.await(10, TimeUnit.SECONDS)).isTrue();
        send(); // nobody reads now
        mayStart.countDown();
        assertReply();
        GwlbAppliance running = second.get(10, TimeUnit.SECONDS);
        await(() -> running.stats().receivedPackets() == 1); // it counts after it has sent
        first.awaitClose();
    }

    private static void awaitClosed(GwlbAppliance appliance) {
        try {
            appliance.awaitClose();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldGoOnWhenTheNewOneCannotMakeItsHandler() throws IOException {
        assertOldGoesOnWhenNewOneFails(worker -> {
            throw new IllegalStateException("no rules");
        });
    }

    /** It has been given everything by then, and gives it back by ending. */
    @Test
    void shouldGoOnWhenTheNewOnesHandlerFailsAtItsStart() throws IOException {
        assertOldGoesOnWhenNewOneFails(worker -> new PacketHandler() {
            @Override
            public void onStart(HandlerContext context) {
                throw new IllegalStateException("no rules");
            }

            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.DROP;
            }
        });
    }

    private void assertOldGoesOnWhenNewOneFails(PacketHandler.Factory failing) throws IOException {
        GwlbAppliance first = start(builder().handler(FORWARD).listener(new Listener("first")));
        assertForwards();
        assertThatThrownBy(() -> start(builder().handler(failing).listener(new Listener("second")))).hasMessageContaining("no rules");
        assertForwards();
        assertThat(first.state()).isEqualTo(GwlbAppliance.State.RUNNING);
        assertThat(calls).doesNotContain("first destroyed", "second destroyed");
        start(builder().handler(FORWARD)); // and it can be taken over still
        assertForwards();
        awaitClosed(first);
        assertThat(first.isHandedOver()).isTrue();
    }

    @Test
    void shouldRefuseASuccessorWithOtherSettingsAndNameThem() throws IOException {
        start(builder().handler(FORWARD));
        assertThatThrownBy(() -> start(builder().handler(FORWARD).workers(2).tunnelMtu(1500)))
                .hasMessageContaining("workers is 1 in the process that runs, 2 in the new one")
                .hasMessageContaining("tunnelMtu is 8500 in the process that runs, 1500 in the new one").hasMessageContaining("which goes on");
        assertForwards();
    }

    /** Draining is the end of a process, not of its sockets and flows. */
    @Test
    void shouldTakeOverFromOneThatDrains() throws Exception {
        GwlbAppliance first = start(builder().handler(FORWARD));
        assertForwards();
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> {
            try {
                return first.drain(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await(() -> first.state() == GwlbAppliance.State.DRAINING);
        GwlbAppliance second = start(builder().handler(FORWARD));
        awaitClosed(first);
        first.close();
        assertForwards();
        assertThat(second.health().isHealthy()).isTrue();
        assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(first.isHandedOver()).isTrue();
    }

    /** Each worker's handler knows its own flows only: a process that goes on after all must find them where they were. */
    @Test
    void shouldLeaveFlowsAtTheirWorkersWhenTheNewOneFails() throws Exception {
        GwlbAppliance first = start(builder().workers(2).handler(FORWARD));
        int[] before = packetsOfEachWorker(first);
        assertThat(before).as("flows at each worker").doesNotContain(0);
        assertThatThrownBy(() -> start(builder().workers(2).handler(worker -> {
            assertThat(worker).isZero(); // sockets are there by the second
            return packet -> Verdict.FORWARD;
        }))).isInstanceOf(AssertionError.class);
        int[] after = packetsOfEachWorker(first);
        assertThat(after).isEqualTo(Arrays.stream(before).map(packets -> 2 * packets).toArray());
        start(builder().workers(2).handler(FORWARD));
        awaitClosed(first);
    }

    /** Sends the same packets each time, of some flows. */
    private int[] packetsOfEachWorker(GwlbAppliance appliance) throws Exception {
        long due = appliance.stats().receivedPackets();
        for (int i = 0; i < 100; i++, due++) {
            byte[] inner = TestPackets.dnsQuery();
            inner[21] = (byte) i; // source port
            byte[] datagram = TestPackets.geneve(TestPackets.ENDPOINT, i, inner);
            flow.send(new DatagramPacket(datagram, datagram.length, target));
        }
        long expected = due;
        await(() -> appliance.stats().receivedPackets() == expected);
        return appliance.stats().workers().stream().mapToInt(worker -> (int) worker.receivedPackets()).toArray();
    }

    @Test
    void shouldRefuseASuccessorWhoseSteeringDiffers() throws IOException {
        start(builder().workers(2).handler(FORWARD));
        assertThatThrownBy(() -> start(builder().workers(2).handler(FORWARD).steering(Steering.OUTER_FLOW)))
                .hasMessageContaining("steering is INNER_FLOW in the process that runs, OUTER_FLOW in the new one");
        start(builder().workers(2).handler(FORWARD).steering(Steering.INNER_FLOW));
        assertForwards();
    }

    /** The one before has ended by then: a process that ended, too, because of one endpoint would leave the others without any. */
    @Test
    void shouldGoOnWithWhatItHasTakenOverWhenATunnelThatItDeclaresCannotBeCreated() throws Exception {
        GwlbAppliance first = start(builder().handler(FORWARD));
        assertForwards();
        GwlbAppliance second = start(builder().handler(FORWARD).maxTunnels(1).declareTunnel(TestPackets.ENDPOINT + 1));
        awaitClosed(first);
        assertForwards();
        assertThat(second.state()).isEqualTo(GwlbAppliance.State.RUNNING);
        start(builder().handler(FORWARD));
        assertForwards();
    }

    @Test
    void shouldCloseInTimeWhileAnotherTakesOver() throws Exception {
        GwlbAppliance first = start(builder().handler(FORWARD));
        try (UnixSocket taker = UnixSocket.connect(socket())) {
            sendHello(taker, 1);
            assertThat(receive(taker).get(0)).isEqualTo((byte) 2);
            long startNs = System.nanoTime();
            first.close();
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
        assertThat(first.isHandedOver()).isFalse();
    }

    // ---- a peer that does not behave

    private static long soon() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
    }

    private static ByteBuffer message(int type) {
        return NativeMemory.allocate(4096).order(ByteOrder.BIG_ENDIAN).put((byte) type);
    }

    private void sendHello(UnixSocket to, int version) throws IOException {
        ByteBuffer hello = message(0).putLong(MAGIC).putShort((short) version);
        Map<String, String> settings = builder().handler(FORWARD).build().handedOverSettings();
        hello.putShort((short) settings.size());
        settings.forEach((name, value) -> {
            for (String text : List.of(name, value)) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                hello.putShort((short) bytes.length).put(bytes);
            }
        });
        to.send(hello.flip(), new int[0], soon());
    }

    private static ByteBuffer receive(UnixSocket from) throws IOException {
        ByteBuffer message = NativeMemory.allocate(1 << 16).order(ByteOrder.BIG_ENDIAN);
        for (int descriptor : from.receive(message, soon())) {
            Syscalls.close(descriptor);
        }
        return message;
    }

    /** Dies before it says anything, after its greeting, when it is ready, when it has all, and when it has been given everything. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void shouldGoOnWhenTheTakerDiesAtAnyStep(int steps) throws Exception {
        start(builder().handler(FORWARD));
        assertForwards();
        try (UnixSocket taker = UnixSocket.connect(socket())) {
            if (steps >= 1) {
                sendHello(taker, 1);
                assertThat(receive(taker).get(0)).as("ACCEPTED").isEqualTo((byte) 2);
                assertThat(receive(taker).get(0)).as("DESCRIPTORS").isEqualTo((byte) 3);
            }
            if (steps >= 2) {
                taker.send(message(6).flip(), new int[0], soon());
            }
            if (steps >= 3) {
                assertThat(receive(taker).get(0)).as("TUNNEL").isEqualTo((byte) 7);
                assertThat(receive(taker).get(0)).as("TUNNELS_END").isEqualTo((byte) 8);
                taker.send(message(9).flip(), new int[0], soon());
            }
            if (steps >= 4) {
                assertThat(receive(taker).get(0)).as("YOURS").isEqualTo((byte) 10);
            }
        }
        assertForwards();
        await(this::isIdle);
        assertThat(appliances.get(0).isHandedOver()).isFalse();
        start(builder().handler(FORWARD));
        assertForwards();
    }

    /** A taker that hangs when the workers rest costs as long as it is waited for. */
    @Test
    void shouldGoOnWhenTheTakerHangsWhileTheWorkersRest() throws Exception {
        start(builder().handler(FORWARD));
        assertForwards();
        try (UnixSocket taker = UnixSocket.connect(socket())) {
            sendHello(taker, 1);
            receive(taker);
            receive(taker);
            taker.send(message(6).flip(), new int[0], soon());
            receive(taker);
            receive(taker);
            replies.setSoTimeout(10_000);
            send(); // waits
            assertReply();
            assertThatThrownBy(() -> receive(taker)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void shouldRefuseAnotherVersionAndAnotherProgramByName() throws Exception {
        start(builder().handler(FORWARD));
        try (UnixSocket taker = UnixSocket.connect(socket())) {
            sendHello(taker, 2);
            assertThat(StandardCharsets.UTF_8.decode(receive(taker)).toString()).contains("speaks version 1 of the hand-over, the new one 2");
        }
        await(this::isIdle);
        try (UnixSocket taker = UnixSocket.connect(socket())) {
            taker.send(message(0).putLong(42).putShort((short) 1).flip(), new int[0], soon());
            assertThat(StandardCharsets.UTF_8.decode(receive(taker)).toString()).contains("no such program");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertForwards();
    }

    /** No hand-over is in the way of the next one. */
    private boolean isIdle() {
        return Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().equals("gwlb4j-handover-session"));
    }

    @Test
    void shouldSurviveGarbage() throws Exception {
        start(builder().handler(FORWARD));
        Random random = new Random(3);
        for (int i = 0; i < 60; i++) {
            try (UnixSocket taker = UnixSocket.connect(socket())) {
                for (int n = random.nextInt(3); n >= 0; n--) {
                    byte[] bytes = new byte[1 + random.nextInt(3000)];
                    random.nextBytes(bytes);
                    ByteBuffer garbage = message(random.nextInt(14));
                    if (random.nextBoolean()) {
                        garbage.putLong(MAGIC).putShort((short) 1);
                    }
                    taker.send(garbage.put(bytes, 0, Math.min(bytes.length, garbage.remaining())).flip(), new int[0], soon());
                }
            } catch (EOFException e) {
                assertThat(e).as("it may have hung up already").hasMessageContaining("has ended");
            }
        }
        awaitAllAnswered();
        assertForwards();
        start(builder().handler(FORWARD));
        assertForwards();
    }

    /** One is answered at a time, in their order; on a busy machine most of the garbage is still waiting when the last has been sent. */
    private void awaitAllAnswered() throws Exception {
        try (UnixSocket last = UnixSocket.connect(socket())) {
            ByteBuffer refusal = NativeMemory.allocate(4096);
            assertThatThrownBy(() -> {
                sendHello(last, 2);
                while (true) {
                    last.receive(refusal, System.nanoTime() + TimeUnit.SECONDS.toNanos(50));
                }
            }).isInstanceOf(EOFException.class);
        }
        await(this::isIdle);
    }

    /** The path's mode keeps others out; this is about who got past it. */
    @Test
    void shouldRefuseAnotherUser() throws Exception {
        assumeTrue(Syscalls.userId() == 0 && Files.isExecutable(Path.of("/usr/bin/setpriv")) && Files.isExecutable(Path.of("/usr/bin/python3")),
                "needs root, setpriv and python3");
        start(builder().handler(FORWARD));
        assertThat(Files.getPosixFilePermissions(socket())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Process other = new ProcessBuilder("/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c",
                "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\ns.connect(sys.argv[1])\nprint(s.recv(1000))", socket().toString())
                .redirectErrorStream(true).start();
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("this user may not take over");
        assertForwards();
    }

    @Test
    void shouldStartColdOverASocketThatAKilledProcessHasLeft() throws Exception {
        UnixSocket left = UnixSocket.listen(socket());
        UnixSocket.publish(socket());
        left.close();
        assertThat(socket()).exists();
        start(builder().handler(FORWARD));
        assertForwards();
        assertThat(GwlbAppliance.isTakeoverOffered(socket())).isTrue();
        assertForwards();
    }

    @Test
    void shouldNameWhatIsWrongWithThePath() {
        assertThatThrownBy(() -> builder().handler(FORWARD).takeover(folder.resolve("x".repeat(100))).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("takeover").hasMessageContaining("103 bytes");
        assertThatThrownBy(() -> start(builder().handler(FORWARD).takeover(folder.resolve("no").resolve("folder")).closeTimeout(Duration.ofSeconds(1))))
                .isInstanceOf(IOException.class).hasMessageContaining("folder must exist");
    }
}
