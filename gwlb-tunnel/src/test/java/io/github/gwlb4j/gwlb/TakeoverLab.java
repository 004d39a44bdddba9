package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.linux.Syscalls;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Appliances that take over from each other, here in one process, over real sockets; and a flow that shows that one of them forwards. */
abstract class TakeoverLab {
    static final PacketHandler.Factory FORWARD = worker -> packet -> Verdict.FORWARD;

    @TempDir
    Path folder;
    /** Those started, whether it succeeded or not, in their order. */
    final List<GwlbAppliance> appliances = new CopyOnWriteArrayList<>();
    /** What listeners heard. */
    final List<String> calls = new CopyOnWriteArrayList<>();
    InetSocketAddress target;
    DatagramSocket flow;
    DatagramSocket replies;
    private int cookie;

    /** Notes what a listener hears. */
    final class Listener implements TunnelListener {
        private final String who;

        Listener(String who) {
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

    /** Where a handler's factory, or its start, waits in the middle of an appliance's start. */
    static final class Gate {
        private final CountDownLatch isReached = new CountDownLatch(1);
        private final CountDownLatch isOpen = new CountDownLatch(1);

        void pass() {
            isReached.countDown();
            try {
                isOpen.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void awaitReached() throws InterruptedException {
            assertThat(isReached.await(10, TimeUnit.SECONDS)).isTrue();
        }

        void open() {
            isOpen.countDown();
        }

        PacketHandler.Factory factory() {
            return worker -> {
                pass();
                return packet -> Verdict.FORWARD;
            };
        }
    }

    Path socket() {
        return folder.resolve("takeover.sock");
    }

    GwlbApplianceBuilder builder() {
        return GwlbAppliance.builder().listen(target).takeover(socket());
    }

    GwlbAppliance start(GwlbApplianceBuilder builder) throws IOException {
        return start(builder.build());
    }

    private GwlbAppliance start(GwlbAppliance appliance) throws IOException {
        appliances.add(appliance);
        return appliance.start();
    }

    CompletableFuture<GwlbAppliance> startAside(GwlbApplianceBuilder builder) {
        return startAside(builder.build());
    }

    /** On a thread of its own, since each may have to wait for another. */
    CompletableFuture<GwlbAppliance> startAside(GwlbAppliance appliance) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return start(appliance);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }, task -> new Thread(task, "starts-aside").start());
    }

    void send() throws IOException {
        byte[] datagram = TestPackets.geneve(TestPackets.ENDPOINT, ++cookie, TestPackets.dnsQuery());
        flow.send(new DatagramPacket(datagram, datagram.length, target));
    }

    /** Whether the reply to the last packet sent comes. */
    void assertReply() throws IOException {
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

    void assertForwards() throws IOException {
        send();
        assertReply();
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (!condition.getAsBoolean()) { // not asked again when it is met: it may change
            assertThat(System.nanoTime()).as(TakeoverLab::handoverThreads).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static String handoverThreads() {
        return Thread.getAllStackTraces().entrySet().stream().filter(thread -> thread.getKey().getName().startsWith("gwlb4j-handover"))
                .map(thread -> thread.getKey() + " " + Arrays.toString(thread.getValue())).toList().toString();
    }

    static void awaitClosed(GwlbAppliance appliance) {
        try {
            appliance.awaitClose();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
