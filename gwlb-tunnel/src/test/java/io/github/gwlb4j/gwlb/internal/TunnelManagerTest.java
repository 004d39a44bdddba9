package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TunnelManagerTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();
    private final List<String> told = new ArrayList<>();
    private TunnelListener.TimeoutDecision decision = TunnelListener.TimeoutDecision.DESTROY;
    private boolean isThrowing;
    private final TunnelListener listener = new TunnelListener() {
        @Override
        public void onCreated(Tunnel tunnel) {
            told.add("created " + tunnel.endpointId());
            if (isThrowing) {
                throw new StackOverflowError("listener bug");
            }
        }

        @Override
        public TimeoutDecision onTimedOut(Tunnel tunnel) {
            told.add("timed out " + tunnel.endpointId());
            return decision;
        }

        @Override
        public void onDestroyed(Tunnel tunnel, Reason reason) {
            told.add("destroyed " + tunnel.endpointId() + " " + reason);
        }
    };
    private final TunnelManager manager = manager(100, TIMEOUT);

    private TunnelManager manager(int maxTunnels, Duration idleTimeout) {
        TunnelRules rules = new TunnelRules(new Admission(List.of(), List.of()), new EndpointModes(TunnelMode.INLINE, Map.of()), maxTunnels,
                idleTimeout.toNanos(), 1, 1, Set.of(), 1, TIMEOUT.toNanos());
        return new TunnelManager(rules, 2, List.of(listener), (endpointId, mode) -> {
            throw new AssertionError("inline tunnels have no interfaces");
        }, new ReadableTunnels(2), Runnable::run, clock, () -> { }, () -> { });
    }

    @Test
    void shouldTellTheListenerOnTheControlThreadNotTheWorkers() {
        manager.tunnelOf(1);
        assertThat(told).isEmpty();

        manager.doWork();
        manager.doWork();

        assertThat(told).containsExactly("created 1");
    }

    @Test
    void shouldGiveTheSameTunnelForTheSameEndpoint() {
        assertThat(manager.tunnelOf(7)).isSameAs(manager.tunnelOf(7)).isNotSameAs(manager.tunnelOf(8));
    }

    @Test
    void shouldDestroyATunnelWhenItIsSilentForTheTimeoutAndMakeItAnewOnTheNextPacket() {
        TunnelState first = manager.tunnelOf(1);
        manager.doWork();
        clock.advance(TIMEOUT.minusNanos(1));
        manager.doWork();
        assertThat(told).containsExactly("created 1");

        clock.advance(Duration.ofNanos(1));
        manager.doWork();

        assertThat(told).containsExactly("created 1", "timed out 1", "destroyed 1 TIMED_OUT");
        assertThat(manager.stats()).isEmpty();
        assertThat(manager.tunnelOf(1)).isNotSameAs(first);
        manager.doWork();
        assertThat(told).last().isEqualTo("created 1");
    }

    @Test
    void shouldKeepATunnelWhileAnyWorkerSeesPackets() {
        TunnelState tunnel = manager.tunnelOf(1);
        for (int i = 0; i < 5; i++) {
            clock.advance(TIMEOUT.dividedBy(2));
            tunnel.received(i % 2, 1, 100, clock.getAsLong());
            manager.doWork();
        }

        assertThat(told).containsExactly("created 1");
    }

    @Test
    void shouldLetTheListenerKeepASilentTunnelOnce() {
        decision = TunnelListener.TimeoutDecision.KEEP;
        manager.tunnelOf(1);
        manager.doWork();

        clock.advance(TIMEOUT);
        manager.doWork();
        manager.doWork();
        assertThat(told).containsExactly("created 1", "timed out 1");

        clock.advance(TIMEOUT);
        manager.doWork();
        assertThat(told).containsExactly("created 1", "timed out 1", "timed out 1", "destroyed 1 TIMED_OUT");
    }

    @Test
    void shouldLetTheListenerKeepItAgainWhenPacketsCameMeanwhile() {
        decision = TunnelListener.TimeoutDecision.KEEP;
        TunnelState tunnel = manager.tunnelOf(1);
        clock.advance(TIMEOUT);
        manager.doWork();
        tunnel.received(0, 1, 100, clock.getAsLong());
        manager.doWork();

        clock.advance(TIMEOUT);
        manager.doWork();

        assertThat(told).containsExactly("created 1", "timed out 1", "timed out 1");
        assertThat(manager.stats()).extracting(TunnelStats::endpointId).containsExactly(1L);
    }

    @Test
    void shouldGoOnWhenTheListenerThrows() {
        isThrowing = true;
        manager.tunnelOf(1);
        manager.tunnelOf(2);

        manager.doWork();

        assertThat(told).containsExactlyInAnyOrder("created 1", "created 2");
    }

    @Test
    void shouldEndSilentTunnelsSoonerWhileTheTableIsFull() {
        TunnelManager full = manager(2, Duration.ofHours(1));
        full.tunnelOf(1);
        TunnelState busy = full.tunnelOf(2);
        assertThat(full.tunnelOf(3)).isNull();
        clock.advance(Duration.ofSeconds(60));
        busy.received(0, 1, 100, clock.getAsLong());

        full.doWork();

        assertThat(full.stats()).extracting(TunnelStats::endpointId).containsExactly(2L);
        assertThat(full.tunnelOf(3)).isNotNull();
    }

    @Test
    void shouldDestroyAllOnCloseAlsoThoseNobodyWasToldOf() {
        manager.tunnelOf(1);

        manager.close();

        assertThat(told).containsExactly("created 1", "destroyed 1 CLOSED");
    }

    @Test
    void shouldAllocateNothingForEndpointsThatAreKnownRefusedOrTooMany() {
        TunnelManager full = manager(1, TIMEOUT);
        full.tunnelOf(1);
        TunnelHarness choosy = new TunnelHarness();
        choosy.allowed = List.of(1L, 2L);
        choosy.start();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 3; attempt++) { // a compiler thread's odd deoptimisation may allocate
            long before = threads.getCurrentThreadAllocatedBytes();
            for (long endpointId = 1000; endpointId < 101_000; endpointId++) {
                full.tunnelOf(1);
                full.tunnelOf(endpointId);
                choosy.manager.tunnelOf(endpointId);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(full.stats()).hasSize(1);
        assertThat(choosy.manager.stats()).isEmpty();
        assertThat(least).isLessThan(20_000);
    }
}
