package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.TunnelListener.TimeoutDecision;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Stories of tunnels with interfaces, over more than one step. */
class TunnelLifeTest {
    private final TunnelHarness harness = new TunnelHarness();

    @Test
    void shouldOpenInterfacesBeforeTheListenerHearsAndCloseThemAfterwards() {
        harness.start();
        TunnelState tunnel = harness.packet(7);
        assertThat(tunnel.phase()).isEqualTo(TunnelPhase.CREATING);
        assertThat(tunnel.interfaces()).isNull();
        int epoch = harness.manager.epoch();

        harness.settle();
        assertThat(tunnel.phase()).isEqualTo(TunnelPhase.ACTIVE);
        assertThat(tunnel.interfaces().egress().name()).isEqualTo("gwo-7");
        assertThat(harness.interfaces).containsExactlyInAnyOrder("gwi-7", "gwo-7");
        assertThat(harness.readable.current()).containsExactly(tunnel);
        assertThat(harness.manager.epoch()).isNotEqualTo(epoch);
        assertThat(harness.workerWakeUps).isPositive();

        harness.manager.destroy(7);
        harness.settle();
        assertThat(tunnel.phase()).isEqualTo(TunnelPhase.DESTROYED);
        assertThat(harness.interfaces).isEmpty();
        assertThat(harness.readable.current()).isEmpty();
        assertThat(harness.told).containsExactly("created 7", "destroyed 7 REQUESTED");
        assertThat(harness.manager.tunnelsCreated()).isOne();
        assertThat(harness.manager.tunnelsDestroyed()).isOne();
        assertThat(harness.manager.creationFailures()).isZero();
    }

    @Test
    void shouldTryAgainAfterABackOffThatDoublesUpToItsLimit() {
        harness.failure = new IOException("no CAP_NET_ADMIN");
        harness.declared = Set.of(1L);
        harness.start().manager.createDeclared();
        harness.settle();
        for (int seconds : new int[] {1, 2, 4, 8, 16, 16, 16}) {
            long failures = harness.manager.creationFailures();
            harness.advance(Duration.ofSeconds(seconds).minusNanos(1));
            assertThat(harness.manager.creationFailures()).as("before %d s", seconds).isEqualTo(failures);
            harness.advance(Duration.ofNanos(1));
            assertThat(harness.manager.creationFailures()).as("after %d s", seconds).isEqualTo(failures + 1);
        }
        assertThat(harness.manager.waitNs()).isLessThanOrEqualTo(Duration.ofMillis(100).toNanos());

        harness.failure = null;
        harness.advance(TunnelHarness.RETRY_MAX);

        assertThat(harness.phase(1)).isEqualTo("ACTIVE");
        assertThat(harness.told).containsExactly("created 1");
        assertThat(harness.manager.creationFailures()).isEqualTo(8);
    }

    private void loseInterface() {
        harness.manager.tunnelOf(1).life().interfaceLost();
        harness.settle();
    }

    @Test
    void shouldBackOffWhenInterfacesAreLostAgainAndAgainSoonAfterTheirCreation() {
        harness.start().packet(1);
        harness.settle();
        loseInterface();
        assertThat(harness.phase(1)).as("the first time it is made anew at once").isEqualTo("ACTIVE");
        assertThat(harness.manager.creationFailures()).isZero();
        for (int seconds : new int[] {1, 2, 4, 8, 16, 16}) {
            long created = harness.manager.tunnelsCreated();
            loseInterface();
            assertThat(harness.phase(1)).isEqualTo("FAILED");
            harness.packet(1);
            harness.advance(Duration.ofSeconds(seconds).minusNanos(1));
            assertThat(harness.manager.tunnelsCreated()).as("before %d s", seconds).isEqualTo(created);
            harness.advance(Duration.ofNanos(1));
            assertThat(harness.phase(1)).as("after %d s", seconds).isEqualTo("ACTIVE");
        }
        assertThat(harness.manager.creationFailures()).isEqualTo(6);

        harness.advance(Duration.ofSeconds(10));
        loseInterface();
        assertThat(harness.phase(1)).as("it has lasted").isEqualTo("ACTIVE");
        loseInterface();
        assertThat(harness.phase(1)).as("the first time since").isEqualTo("ACTIVE");
        loseInterface();
        assertThat(harness.phase(1)).isEqualTo("FAILED");
        harness.advance(Duration.ofSeconds(5));
        assertThat(harness.phase(1)).as("no packet has come").isEqualTo("FAILED");
        assertThat(harness.manager.tunnelOf(1).life().failure()).hasMessageContaining("2 times in a row; does its script");
    }

    @Test
    void shouldCloseTheInterfacesWhenTheListenerThrows() {
        harness.failure = new IllegalStateException("listener bug");
        harness.start().packet(1);

        harness.settle();

        assertThat(harness.phase(1)).isEqualTo("FAILED");
        assertThat(harness.interfaces).isEmpty();
        assertThat(harness.readable.current()).isEmpty();
    }

    @Test
    void shouldForgetAFailedTunnelSoonerWhileTheTableIsFullAndInTenMinutesWithoutAnIdleTimeout() {
        harness.failure = new IOException("no interface");
        harness.maxTunnels = 2;
        harness.idle = Duration.ZERO;
        harness.start().packet(1);
        harness.settle();
        harness.advance(Duration.ofMinutes(10).minusNanos(1));
        assertThat(harness.phase(1)).isEqualTo("FAILED");
        harness.advance(Duration.ofNanos(1));
        assertThat(harness.phase(1)).isEqualTo("NONE");

        harness.packet(1);
        harness.packet(2);
        assertThat(harness.packet(3)).isNull();
        harness.settle();
        harness.advance(Duration.ofSeconds(60));

        assertThat(harness.packet(3)).isNotNull();
    }

    @Test
    void shouldKeepATunnelWhilePacketsFlowInEitherDirectionAlone() {
        harness.start();
        TunnelState tunnel = harness.packet(1);
        harness.settle();
        for (int i = 0; i < 4; i++) {
            harness.advance(TunnelHarness.IDLE.dividedBy(2));
            tunnel.returned(1, 1, 100, harness.clock.getAsLong());
        }
        for (int i = 0; i < 4; i++) {
            harness.advance(TunnelHarness.IDLE.dividedBy(2));
            harness.packet(1);
        }
        assertThat(harness.told).containsExactly("created 1");

        harness.advance(TunnelHarness.IDLE.minusNanos(1));
        assertThat(harness.told).containsExactly("created 1");
        harness.advance(Duration.ofNanos(1));
        assertThat(harness.told).containsExactly("created 1", "timed out 1", "destroyed 1 TIMED_OUT");
    }

    @Test
    void shouldLookAgainWhenTheNextTimeoutIsDue() {
        harness.start().packet(1);
        harness.settle();
        harness.advance(Duration.ofSeconds(30));
        harness.packet(1);
        harness.packet(2);
        harness.settle();
        assertThat(harness.manager.waitNs()).isEqualTo(TunnelHarness.IDLE.toNanos());
        harness.advance(TunnelHarness.IDLE.minusMillis(200));
        assertThat(harness.manager.waitNs()).isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    void shouldNotTimeOutAtOnceWhenItsCreationTookLongerThanTheIdleTimeout() {
        harness.start().packet(1);
        harness.manager.doWork();
        harness.clock.advance(TunnelHarness.IDLE.multipliedBy(2));
        harness.settle();
        assertThat(harness.phase(1)).isEqualTo("ACTIVE");
        assertThat(harness.told).containsExactly("created 1");

        harness.advance(TunnelHarness.IDLE);
        assertThat(harness.phase(1)).isEqualTo("NONE");
    }

    @Test
    void shouldHonourKeepOnceForEachSilence() {
        harness.decision = TimeoutDecision.KEEP;
        harness.start().packet(1);
        harness.settle();
        harness.advance(TunnelHarness.IDLE);
        assertThat(harness.told).containsExactly("created 1", "timed out 1");
        harness.packet(1);
        harness.advance(TunnelHarness.IDLE);
        harness.advance(TunnelHarness.IDLE.minusNanos(1));
        assertThat(harness.phase(1)).isEqualTo("ACTIVE");

        harness.advance(Duration.ofNanos(1));

        assertThat(harness.told).containsExactly("created 1", "timed out 1", "timed out 1", "timed out 1", "destroyed 1 TIMED_OUT");
    }

    @Test
    void shouldEndTheTunnelWithItsInterfacesWhenAWorkerDoesNotLetGo() {
        harness.start().packet(1);
        harness.settle();
        harness.manager.destroy(1);
        harness.manager.doWork();
        assertThat(harness.manager.waitNs()).isLessThanOrEqualTo(Duration.ofMillis(100).toNanos());
        harness.clock.advance(Duration.ofSeconds(10).minusNanos(1));
        harness.manager.doWork();
        assertThat(harness.tasks).isEmpty();

        harness.clock.advance(Duration.ofNanos(1));
        harness.manager.doWork();
        harness.runTasks();

        assertThat(harness.interfaces).isEmpty();
    }

    @Test
    void shouldCreateAndEndTheSameEndpointAHundredTimes() {
        harness.start();
        for (int i = 0; i < 100; i++) {
            TunnelState tunnel = harness.packet(1);
            harness.settle();
            assertThat(harness.interfaces).hasSize(2);
            harness.advance(TunnelHarness.IDLE);
            assertThat(tunnel.phase()).isEqualTo(TunnelPhase.DESTROYED);
            assertThat(harness.interfaces).isEmpty();
        }
        assertThat(harness.told).hasSize(300);
        assertThat(harness.manager.tunnelsCreated()).isEqualTo(100);
        assertThat(harness.manager.tunnelsDestroyed()).isEqualTo(100);
        assertThat(harness.manager.stats()).isEmpty();
    }

    @Test
    void shouldStayWithinTheMaximumWhateverEndpointsAreMadeUp() {
        harness.maxTunnels = 10;
        harness.start().packet(-1);
        harness.settle();
        for (long endpointId = 0; endpointId < 10_000; endpointId++) {
            harness.packet(endpointId);
            harness.manager.doWork();
            assertThat(harness.tasks).hasSizeLessThanOrEqualTo(10);
        }
        assertThat(harness.manager.stats()).hasSize(10);
        harness.settle();
        assertThat(harness.interfaces).hasSize(20);
        assertThat(harness.phase(-1)).isEqualTo("ACTIVE");
        assertThat(harness.manager.create(20_000)).isFalse();
    }

    @Test
    void shouldRefuseEndpointsThatAreNotAllowed() {
        harness.allowed = List.of(1L);
        harness.start();
        assertThat(harness.packet(2)).isNull();
        assertThat(harness.manager.create(2)).isFalse();
        assertThat(harness.manager.destroy(2)).isFalse();
        assertThat(harness.manager.create(1)).isTrue();
    }

    @Test
    void shouldMakeNoTunnelOnceClosing() {
        harness.start().manager.beginClosing();
        assertThat(harness.packet(1)).isNull();
        assertThat(harness.manager.create(1)).isFalse();
    }

    @Test
    void shouldTryAgainLaterWhenTheSystemRefusesAThread() {
        boolean[] isRefusing = {true};
        harness.callbacks = task -> {
            if (isRefusing[0]) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            harness.tasks.add(task);
        };
        harness.start().packet(1);
        harness.settle();
        isRefusing[0] = false;
        harness.settle();
        assertThat(harness.phase(1)).isEqualTo("CREATING");

        harness.advance(Duration.ofSeconds(1));

        assertThat(harness.phase(1)).isEqualTo("ACTIVE");
    }

    @Test
    void shouldNeverEndDeclaredTunnelsBySilenceButOnRequest() throws IOException {
        harness.declared = Set.of(1L, 2L);
        harness.start().manager.createDeclared();
        harness.settle();
        harness.manager.awaitDeclared(0);
        harness.advance(TunnelHarness.IDLE.multipliedBy(10));
        assertThat(harness.told).containsExactlyInAnyOrder("created 1", "created 2");

        harness.manager.destroy(1);
        harness.advance(TunnelHarness.IDLE);
        assertThat(harness.phase(1)).isEqualTo("NONE");
        harness.packet(1);
        harness.settle();
        assertThat(harness.phase(1)).isEqualTo("ACTIVE");
    }

    @Test
    void shouldNameTheDeclaredEndpointsWithoutATunnelAndWhy() {
        harness.declared = Set.of(1L, 2L, 3L);
        harness.allowed = List.of(1L, 2L);
        harness.maxTunnels = 1;
        harness.failure = new IOException("TUN interface gwi-1: needs CAP_NET_ADMIN");
        harness.start().manager.createDeclared();
        harness.settle();

        assertThatThrownBy(() -> harness.manager.awaitDeclared(Long.MAX_VALUE)).isInstanceOf(IOException.class)
                .hasMessageContaining("3 of 3 declared endpoint(s)")
                .hasMessageContaining("needs CAP_NET_ADMIN").hasMessageContaining("setting maxTunnels")
                .hasMessageContaining("vpce-00000000000000003: it is not among the allowed endpoints (setting allowEndpoint)")
                .hasCause(harness.failure);
    }

    @Test
    void shouldGiveUpWaitingForDeclaredTunnelsWhenTheTimeIsOverOrTheCallerInterrupted() {
        harness.declared = Set.of(1L);
        harness.start().manager.createDeclared();

        assertThatThrownBy(() -> harness.manager.awaitDeclared(0)).hasMessageContaining("still goes on after 0 ms");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> harness.manager.awaitDeclared(1)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldHaveTheInterfacesThatTheModeNeeds() {
        harness.mode = TunnelMode.TUN_ONE_WAY;
        harness.start().packet(1);
        harness.settle();
        assertThat(harness.interfaces).containsExactly("gwi-1");
        assertThatCode(() -> harness.manager.destroy(1)).doesNotThrowAnyException();
        harness.settle();
        assertThat(harness.interfaces).isEmpty();
    }
}
