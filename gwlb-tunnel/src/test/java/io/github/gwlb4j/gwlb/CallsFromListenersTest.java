package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Starting waits for the listeners of declared tunnels, so what they ask of the appliance must not wait for the start. */
class CallsFromListenersTest {
    private static final long ENDPOINT = 7;

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void shouldAnswerAListenerWhileTheApplianceStarts() throws Exception {
        AtomicReference<GwlbAppliance> appliance = new AtomicReference<>();
        List<Object> answers = new CopyOnWriteArrayList<>();
        TunnelListener listener = new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                answers.add(appliance.get().stats().tunnels().size());
                answers.add(appliance.get().createTunnel(ENDPOINT + 1));
                answers.add(appliance.get().destroyTunnel(ENDPOINT));
            }
        };
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            appliance.set(GwlbAppliance.builder().transport(InMemoryTransport::new).mode(TunnelMode.TUN_ONE_WAY).declareTunnel(ENDPOINT)
                    .listener(listener).tun(TunSettings.builder().deviceOpener(config -> interfaces.left()).build()).jmx(false).build());
            appliance.get().start();
            appliance.get().close();
        }
        assertThat(answers).containsExactly(1, false, false);
    }

    private static GwlbApplianceBuilder declared(MemoryTunPair interfaces, TunnelListener listener) {
        return GwlbAppliance.builder().transport(InMemoryTransport::new).mode(TunnelMode.TUN_ONE_WAY).declareTunnel(ENDPOINT)
                .listener(listener).tun(TunSettings.builder().deviceOpener(config -> interfaces.left()).build()).jmx(false);
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void shouldFailToStartSoonWhenItIsClosedWhileAListenerHangs() throws Exception {
        CountDownLatch isIn = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            GwlbAppliance appliance = declared(interfaces, new TunnelListener() {
                @Override
                public void onCreated(Tunnel tunnel) {
                    isIn.countDown();
                    awaitUninterruptibly(release);
                }
            }).closeTimeout(Duration.ofMillis(200)).build();
            FutureTask<GwlbAppliance> start = new FutureTask<>(appliance::start);
            new Thread(start).start();
            isIn.await();

            appliance.close();

            assertThatThrownBy(start::get).hasRootCauseInstanceOf(IOException.class).hasMessageContaining("closed while");
            assertThat(appliance.state()).isEqualTo(GwlbAppliance.State.CLOSED);
            appliance.awaitClose();
        } finally {
            release.countDown();
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void shouldNotWaitForItselfWhenAListenerClosesTheApplianceThatStarts() throws Exception {
        AtomicReference<GwlbAppliance> appliance = new AtomicReference<>();
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            appliance.set(declared(interfaces, new TunnelListener() {
                @Override
                public void onCreated(Tunnel tunnel) {
                    appliance.get().close();
                }
            }).build());

            assertThatThrownBy(appliance.get()::start).isInstanceOf(IOException.class).hasMessageContaining("closed while");
            appliance.get().awaitClose();
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void shouldReturnFromEveryCloseOnlyWhenListenersHaveHeardOfTheEnd() throws Exception {
        CountDownLatch isEnding = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean hasHeard = new AtomicBoolean();
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            GwlbAppliance appliance = declared(interfaces, new TunnelListener() {
                @Override
                public void onDestroyed(Tunnel tunnel, Reason reason) {
                    isEnding.countDown();
                    awaitUninterruptibly(release);
                    hasHeard.set(true);
                }
            }).build().start();
            Thread first = new Thread(appliance::close);
            first.start();
            isEnding.await();
            FutureTask<Boolean> second = new FutureTask<>(() -> {
                appliance.close();
                appliance.awaitClose();
                return hasHeard.get();
            });
            new Thread(second).start();
            Thread.sleep(50);
            release.countDown();

            assertThat(second.get()).isTrue();
            first.join();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
