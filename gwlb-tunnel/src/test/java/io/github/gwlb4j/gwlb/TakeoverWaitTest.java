package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.linux.Syscalls;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An appliance starts while another one at its path is coming or going, or while a listener or hook keeps that one from handing over. */
@Timeout(60)
class TakeoverWaitTest {
    private static final PacketHandler.Factory FORWARD = worker -> packet -> Verdict.FORWARD;
    private static final long SOON_SECONDS = 15;

    @TempDir
    private Path folder;
    private final List<GwlbAppliance> appliances = new CopyOnWriteArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch isInside = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private InetSocketAddress target;
    private DatagramSocket flow;
    private DatagramSocket replies;

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
        mayGoOn.countDown();
        appliances.forEach(GwlbAppliance::close);
        if (flow != null) {
            flow.close();
            replies.close();
        }
    }

    private GwlbApplianceBuilder builder() {
        return GwlbAppliance.builder().listen(target).takeover(folder.resolve("t.sock")).handler(FORWARD);
    }

    private GwlbAppliance start(GwlbApplianceBuilder builder) throws IOException {
        return start(builder.build());
    }

    private GwlbAppliance start(GwlbAppliance appliance) throws IOException {
        appliances.add(appliance);
        return appliance.start();
    }

    private CompletableFuture<GwlbAppliance> startBeside(GwlbAppliance appliance) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return start(appliance);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }, task -> new Thread(task, "starts-beside").start());
    }

    private static GwlbAppliance get(CompletableFuture<GwlbAppliance> starting) throws Exception {
        return starting.get(SOON_SECONDS, TimeUnit.SECONDS);
    }

    /** Of an appliance whose start takes until the test lets it go on. */
    private PacketHandler.Factory hanging() {
        return worker -> {
            hang();
            return packet -> Verdict.FORWARD;
        };
    }

    private void hang() {
        isInside.countDown();
        try {
            mayGoOn.await(SOON_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitInside() throws InterruptedException {
        assertThat(isInside.await(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /** Hangs as a hook script does. */
    private TunnelListener hangingIn(String callback) {
        return new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                note("created");
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                note("destroyed");
            }

            private void note(String what) {
                if (what.equals(callback)) {
                    hang();
                }
                calls.add(what);
            }
        };
    }

    private void send() throws IOException {
        byte[] datagram = TestPackets.geneve(TestPackets.ENDPOINT, 1, TestPackets.dnsQuery());
        flow.send(new DatagramPacket(datagram, datagram.length, target));
    }

    private void assertForwards() throws IOException {
        send();
        replies.receive(new DatagramPacket(new byte[2000], 2000));
    }

    @Test
    void shouldWaitForOneThatIsStartingAndTakeOverFromIt() throws Exception {
        CompletableFuture<GwlbAppliance> first = startBeside(builder().handler(hanging()).build());
        awaitInside();
        CompletableFuture<GwlbAppliance> second = startBeside(builder().build());
        Thread.sleep(300);
        assertThat(second).isNotDone();
        mayGoOn.countDown();
        get(second);
        get(first).awaitClose();
        assertThat(first.get().isHandedOver()).isTrue();
        assertForwards();
    }

    @Test
    void shouldWaitForOneThatTakesOverAndTakeOverFromIt() throws Exception {
        GwlbAppliance first = start(builder());
        CompletableFuture<GwlbAppliance> second = startBeside(builder().handler(hanging()).build());
        awaitInside();
        CompletableFuture<GwlbAppliance> third = startBeside(builder().build());
        Thread.sleep(300);
        assertThat(third).isNotDone();
        assertForwards();
        mayGoOn.countDown();
        get(third);
        first.awaitClose();
        get(second).awaitClose();
        assertThat(first.isHandedOver() && second.get().isHandedOver()).isTrue();
        assertForwards();
    }

    /** Its port is free soon, its interfaces are not while their hooks run. */
    @Test
    void shouldWaitUntilOneThatClosesIsGone() throws Exception {
        GwlbAppliance first = start(builder().listener(hangingIn("destroyed")));
        assertForwards();
        Thread closing = new Thread(first::close);
        closing.start();
        awaitInside();
        CompletableFuture<GwlbAppliance> second = startBeside(builder().listener(hangingIn("nothing")).build());
        Thread.sleep(300);
        assertThat(second).isNotDone();
        mayGoOn.countDown();
        get(second);
        closing.join();
        assertForwards();
        TakeoverLab.await(() -> calls.size() == 3); // inline packets do not wait for listeners
        assertThat(calls).containsExactly("created", "destroyed", "created");
    }

    @Test
    void shouldWaitForDeclaredTunnelsOfOneThatHasJustStarted() throws Exception {
        CompletableFuture<GwlbAppliance> first = startBeside(builder().declareTunnel(1).listener(hangingIn("created")).build());
        awaitInside();
        CompletableFuture<GwlbAppliance> second = startBeside(builder().build());
        Thread.sleep(300);
        assertThat(second).isNotDone();
        mayGoOn.countDown();
        get(second);
        get(first).awaitClose();
        assertThat(calls).containsExactly("created");
    }

    /** As a signal does it. */
    @Test
    void shouldGiveUpAtOnceWhenClosedWhileTheOtherOnesHookIsWaitedFor() throws Exception {
        GwlbAppliance first = start(builder().listener(hangingIn("created")));
        send();
        awaitInside();
        GwlbAppliance taker = builder().build();
        CompletableFuture<GwlbAppliance> starting = startBeside(taker);
        Thread.sleep(500);
        assertThat(starting).isNotDone();

        long startNs = System.nanoTime();
        taker.close();
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThatThrownBy(() -> get(starting)).hasMessageContaining("which goes on");
        mayGoOn.countDown();
        assertForwards();
        assertThat(first.isHandedOver()).isFalse();

        get(startBeside(builder().build()));
        first.awaitClose();
        assertForwards();
    }

    @Test
    void shouldCloseAtOnceWhileItsHookKeepsItFromHandingOver() throws Exception {
        GwlbAppliance first = start(builder().closeTimeout(Duration.ofMillis(200)).listener(hangingIn("created")));
        send();
        awaitInside();
        CompletableFuture<GwlbAppliance> second = startBeside(builder().closeTimeout(Duration.ofMillis(200)).build());
        Thread.sleep(500);
        long startNs = System.nanoTime();
        first.close();
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(first.isHandedOver()).isFalse();
        assertThatThrownBy(() -> get(second)).hasMessageContaining("cannot take over");
    }
}
