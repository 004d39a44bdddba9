package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.GwlbAppliance.State;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GwlbApplianceTest {
    private final InMemoryTransport network = new InMemoryTransport();
    private final List<GwlbAppliance> appliances = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        appliances.forEach(GwlbAppliance::close);
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith("gwlb4j-"));
    }

    private GwlbApplianceBuilder builder() {
        return GwlbAppliance.builder().transport(() -> network).handler(worker -> packet -> Verdict.FORWARD);
    }

    private GwlbAppliance started(GwlbApplianceBuilder builder) throws IOException {
        GwlbAppliance appliance = builder.build();
        appliances.add(appliance);
        return appliance.start();
    }

    private Datagram exchange() throws InterruptedException {
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        return network.takeReply(5000);
    }

    @Test
    void shouldForwardBetweenStartAndClose() throws Exception {
        GwlbAppliance appliance = started(builder());
        assertThat(appliance.state()).isEqualTo(State.RUNNING);
        assertThat(exchange()).isNotNull();

        appliance.close();

        assertThat(appliance.state()).isEqualTo(State.CLOSED);
        ApplianceStats stats = appliance.stats();
        assertThat(stats.receivedPackets()).isOne();
        assertThat(stats.forwardedPackets()).isOne();
        assertThat(stats.isBalanced()).isTrue();
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        assertThat(network.takeReply(50)).isNull();
    }

    @Test
    @Timeout(20)
    void shouldNotWaitForItselfWhenAHandlerThatIsClosedClosesTheAppliance() throws Exception {
        AtomicReference<GwlbAppliance> appliance = new AtomicReference<>();
        AtomicInteger closed = new AtomicInteger();
        appliance.set(started(builder().handler(worker -> new PacketHandler() {
            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.FORWARD;
            }

            @Override
            public void close() {
                appliance.get().close();
                closed.incrementAndGet();
            }
        })));

        appliance.get().close();

        assertThat(closed).hasValue(1);
    }

    @Test
    void shouldRefuseToStartTwiceOrAfterClose() throws Exception {
        GwlbAppliance appliance = started(builder());
        assertThatThrownBy(appliance::start).isInstanceOf(IllegalStateException.class).hasMessageContaining("RUNNING");
        appliance.close();
        assertThatThrownBy(appliance::start).isInstanceOf(IllegalStateException.class).hasMessageContaining("CLOSED");
    }

    @Test
    void shouldCloseFromAnyStateAndAgain() {
        GwlbAppliance neverStarted = builder().build();
        neverStarted.close();
        neverStarted.close();
        assertThat(neverStarted.state()).isEqualTo(State.CLOSED);
        assertThatThrownBy(neverStarted::stats).hasMessageContaining("has not been started");
    }

    @Test
    void shouldMakeAHandlerForEachWorkerAndCloseThem() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        List<Integer> made = new CopyOnWriteArrayList<>();
        int port;
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            port = free.getLocalPort();
        }
        GwlbAppliance appliance = started(GwlbAppliance.builder()
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).workers(2)
                .handler(worker -> {
                    made.add(worker);
                    return new PacketHandler() {
                        @Override
                        public Verdict onPacket(GwlbPacket packet) {
                            return Verdict.DROP;
                        }

                        @Override
                        public void close() {
                            closed.incrementAndGet();
                        }
                    };
                }));
        assertThat(made).containsExactly(0, 1);

        appliance.close();
        appliance.close();

        assertThat(closed).hasValue(2);
    }

    /** A handler whose start does something. */
    private static PacketHandler starting(Consumer<HandlerContext> onStart) {
        return new PacketHandler() {
            @Override
            public void onStart(HandlerContext context) {
                onStart.accept(context);
            }

            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.FORWARD;
            }
        };
    }

    @Test
    void shouldTellTheHandlerThatItsWorkerRunsOnTheWorkersThreadBeforeStartReturns() throws Exception {
        List<String> threads = new CopyOnWriteArrayList<>();
        AtomicReference<HandlerContext> given = new AtomicReference<>();
        started(builder().handler(worker -> starting(context -> {
            threads.add(context.workerIndex() + " " + Thread.currentThread().getName());
            given.set(context);
        })));
        assertThat(threads).containsExactly("0 gwlb4j-worker-0");

        CountDownLatch ran = new CountDownLatch(1);
        CountDownLatch ticked = new CountDownLatch(2);
        assertThat(given.get().execute(() -> {
            threads.add(Thread.currentThread().getName());
            given.get().scheduleEvery(1_000_000, ticked::countDown);
            ran.countDown();
        })).isTrue();
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(ticked.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).last().isEqualTo("gwlb4j-worker-0");
        appliances.get(0).close();
        assertThat(given.get().execute(() -> { })).as("after the end").isFalse();
    }

    @Test
    void shouldNotStartWhenAHandlerThrowsAtItsStart() {
        GwlbAppliance appliance = builder().handler(worker -> starting(context -> {
            throw new IllegalStateException("no rules");
        })).build();

        assertThatThrownBy(appliance::start).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("onStart").hasMessageContaining("no rules");
        assertThat(appliance.state()).isEqualTo(State.NEW);
    }

    @Test
    void shouldTellOfAllFlowsThatEndWhenItCloses() throws Exception {
        List<FlowEnd> ends = new CopyOnWriteArrayList<>();
        GwlbAppliance appliance = started(builder().flowTracking(FlowTracking.ofMaxFlows(10)).handler(worker -> new PacketHandler() {
            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return packet.flow() == null ? Verdict.DROP : Verdict.FORWARD;
            }

            @Override
            public void onFlowEnd(Flow flow, FlowEnd end) {
                ends.add(end);
            }
        }));
        assertThat(exchange()).isNotNull();
        assertThat(appliance.stats().trackedFlows()).isEqualTo(new FlowTrackingStats(1, 10, 1, 0, 0));

        appliance.close();

        assertThat(ends).containsExactly(FlowEnd.APPLIANCE_CLOSED);
        assertThat(appliance.stats().trackedFlows().flows()).isZero();
    }

    @Test
    void shouldLeaveNothingOpenWhenTheHandlerFactoryFails() throws Exception {
        int port;
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
            port = free.getLocalPort();
        }
        GwlbAppliance appliance = GwlbAppliance.builder().listen(new InetSocketAddress(loopback, port)).handler(worker -> {
            throw new IllegalStateException("no rules");
        }).build();

        assertThatThrownBy(appliance::start).hasMessage("no rules");

        new DatagramSocket(new InetSocketAddress(loopback, port)).close();
    }

    @Test
    void shouldCloseEachHandlerOnceAndHaveNoStatisticsWhenTheStartFails() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        int port;
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
            port = free.getLocalPort();
        }
        PacketHandler counted = new PacketHandler() {
            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.DROP;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        GwlbAppliance appliance = GwlbAppliance.builder().listen(new InetSocketAddress(loopback, port)).workers(2)
                .handler(worker -> {
                    if (worker == 1) {
                        throw new NoClassDefFoundError("a class of the handler");
                    }
                    return counted;
                }).build();

        assertThatThrownBy(appliance::start).isInstanceOf(NoClassDefFoundError.class);

        new DatagramSocket(new InetSocketAddress(loopback, port)).close();
        assertThatThrownBy(appliance::stats).hasMessageContaining("has not been started");
        appliance.close();
        assertThat(closed).hasValue(1);
    }

    @Test
    void shouldForwardWhileDrainingAndSayWhenTrafficHasEnded() throws Exception {
        GwlbAppliance appliance = started(builder());
        CountDownLatch drained = new CountDownLatch(1);
        Thread drainer = new Thread(() -> {
            try {
                if (appliance.drain(Duration.ofSeconds(30))) {
                    drained.countDown();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        drainer.start();
        for (int i = 0; i < 15; i++) {
            assertThat(exchange()).isNotNull();
            Thread.sleep(100);
            assertThat(drained.getCount()).isOne();
        }
        assertThat(appliance.state()).isEqualTo(State.DRAINING);
        assertThat(drained.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldGiveUpDrainingWhenTheTimeIsOver() throws Exception {
        GwlbAppliance appliance = started(builder());
        exchange();
        assertThat(appliance.drain(Duration.ofMillis(50))).isFalse();
    }

    @Test
    void shouldTellTheListenerOfATunnelFromItsFirstPacketToTheEnd() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch created = new CountDownLatch(1);
        GwlbAppliance appliance = started(builder().listener(new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                told.add("created " + tunnel.name() + " on " + Thread.currentThread().getName());
                created.countDown();
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                told.add("destroyed " + tunnel.stats().forwardedPackets() + " " + reason);
            }
        }));
        exchange();
        assertThat(created.await(5, TimeUnit.SECONDS)).isTrue();
        appliance.close();

        assertThat(told).containsExactly("created vpce-00123456789abcdef on gwlb4j-callback-1", "destroyed 1 CLOSED");
    }

    @Test
    void shouldEndTheWaitForCloseWhenAnotherThreadCloses() throws Exception {
        GwlbAppliance appliance = started(builder());
        Thread waiter = new Thread(() -> {
            try {
                appliance.awaitClose();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        waiter.start();
        appliance.close();
        waiter.join(5000);
        assertThat(waiter.isAlive()).isFalse();
    }

    @Test
    void shouldBeClosableFromItsOwnHandlerAndListener() throws Exception {
        GwlbAppliance[] own = new GwlbAppliance[1];
        own[0] = started(builder().handler(worker -> packet -> {
            own[0].close();
            return Verdict.DROP;
        }));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        own[0].awaitClose();
        assertThat(own[0].state()).isEqualTo(State.CLOSED);
        for (int i = 0; i < 100 && own[0].stats().droppedByHandler() == 0; i++) {
            Thread.sleep(20);
        }
    }

    @Test
    void shouldNameTheSettingThatIsWrong() {
        assertThatThrownBy(() -> GwlbAppliance.builder().build()).hasMessageContaining("no packet handler");
        assertThatThrownBy(() -> builder().workers(0).build()).hasMessage("workers is 0, must be 1 to 256");
        assertThatThrownBy(() -> builder().maxTunnels(0).build()).hasMessageContaining("maxTunnels");
        assertThatThrownBy(() -> builder().maxReturnSockets(70_000).build()).hasMessageContaining("maxReturnSockets");
        assertThatThrownBy(() -> builder().receiveBufferBytes(1).build()).hasMessageContaining("receiveBufferBytes");
        assertThatThrownBy(() -> builder().busyPoll(Duration.ofMillis(1001)).build()).hasMessage("busyPoll is PT1.001S, must be zero (off) to 1 s");
        assertThatThrownBy(() -> builder().busyPoll(Duration.ofNanos(-1)).build()).hasMessageContaining("busyPoll is PT-0.000000001S");
        assertThatThrownBy(() -> builder().optionClass(70_000).build()).hasMessageContaining("optionClass");
        assertThatThrownBy(() -> builder().returnSocketIdle(Duration.ZERO).build()).hasMessageContaining("returnSocketIdle");
        assertThatThrownBy(() -> builder().tunnelIdleTimeout(Duration.ofSeconds(-1)).build()).hasMessageContaining("tunnelIdleTimeout");
    }
}
