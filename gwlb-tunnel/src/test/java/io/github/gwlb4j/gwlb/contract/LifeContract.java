package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.contract.Bench.Need;
import io.github.gwlb4j.gwlb.contract.Bench.Side;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of packets while tunnels come and go. */
abstract class LifeContract extends Contract {
    private static final Duration IDLE = Duration.ofMillis(500);
    private static final Duration STEP = Duration.ofMillis(100);
    private static final int STEPS = 8;

    private static byte[] numbered(int i) {
        return Inner.toServer(4).udp(1000 + i, Inner.SERVER_PORT).payload(i).build();
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"TUN", "TUN_ONE_WAY"})
    void shouldHoldPacketsWhileATunnelIsCreatedAndDeliverThemInOrderUpToTheLimit(TunnelMode mode) throws Exception {
        settings.heldPackets(20).modeOf(OTHER_ENDPOINT, TunnelMode.INLINE);
        start(mode);
        bench.holdCreation(true);
        for (int i = 0; i < 25; i++) {
            bench.sendInner(numbered(i));
        }
        bench.expectDrops(DropReason.HELD_LIMIT, 5);
        assertThat(bench.stats().heldPackets()).isEqualTo(20);
        bench.expectNothingDelivered(ENDPOINT);
        byte[] others = TestPackets.geneve(OTHER_ENDPOINT, numbered(1));
        bench.send(others);
        assertThat(bench.reply().payload()).as("the other endpoint is not held up").isEqualTo(others);

        bench.holdCreation(false);
        awaitActive(ENDPOINT);
        bench.sendInner(numbered(100));
        for (int i = 0; i < 20; i++) {
            assertThat(bench.delivered(ENDPOINT)).isEqualTo(numbered(i));
        }
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(numbered(100));
        assertThat(bench.stats().heldPackets()).isZero();
        assertThat(bench.stats().droppedByReason()).isEqualTo(5);
    }

    @Test
    void shouldCountPacketsWhileCreationFailsAndTryAgainAfterTheBackOff() throws Exception {
        settings.creationRetry(Duration.ofMillis(300), Duration.ofMillis(300)).modeOf(OTHER_ENDPOINT, TunnelMode.INLINE);
        start(TunnelMode.TUN);
        bench.isOpeningRefused = true;
        bench.sendInner(numbered(1));
        bench.expectDrops(DropReason.TUNNEL_CREATION_FAILED, 1);
        byte[] others = TestPackets.geneve(OTHER_ENDPOINT, numbered(1));
        bench.send(others);
        assertThat(bench.reply().payload()).isEqualTo(others);

        bench.isOpeningRefused = false;
        bench.sendInner(numbered(2)); // before the back-off is over, and the reason to try again after it
        bench.expectDrops(DropReason.TUNNEL_CREATION_FAILED, 2);
        bench.pass(Duration.ofMillis(300));
        awaitActive(ENDPOINT);
        expectDelivered(numbered(3));
        assertThat(bench.stats().extras().creationFailures()).isOne();
    }

    @Test
    void shouldKeepATunnelByPacketsFromTheLoadBalancerAlone() throws Exception {
        needs(Need.TIMERS);
        settings.tunnelIdleTimeout(IDLE);
        start(TunnelMode.TUN);
        for (int i = 0; i < STEPS; i++) {
            expectDelivered(numbered(1));
            bench.pass(STEP);
        }
        expectStillTheFirstAndThenItsEnd();
    }

    @Test
    void shouldKeepATunnelByPacketsToTheLoadBalancerAlone() throws Exception {
        needs(Need.TIMERS);
        settings.tunnelIdleTimeout(IDLE);
        start(TunnelMode.TUN);
        expectDelivered(numbered(1));
        for (int i = 0; i < STEPS; i++) {
            expectReturned(Side.GWO, numbered(1));
            bench.pass(STEP);
        }
        expectStillTheFirstAndThenItsEnd();
    }

    private void expectStillTheFirstAndThenItsEnd() throws Exception {
        assertThat(bench.stats().extras().tunnelsDestroyed()).isZero();
        bench.pass(IDLE);
        bench.await(() -> bench.stats().extras().tunnelsDestroyed() == 1);
        assertThat(bench.stats().tunnels()).isEmpty();
        expectDelivered(numbered(1));
        expectReturned(Side.GWO, numbered(1));
        assertThat(bench.stats().extras().tunnelsCreated()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"TUN", "TUN_ONE_WAY"})
    void shouldMakeATunnelAnewForThePacketAfterItsDestruction(TunnelMode mode) throws Exception {
        start(mode);
        for (int round = 1; round <= 3; round++) {
            expectDelivered(numbered(round));
            assertThat(bench.destroyTunnel(ENDPOINT)).isTrue();
            int rounds = round;
            bench.await(() -> bench.stats().extras().tunnelsDestroyed() == rounds);
        }
        assertThat(bench.stats().extras().tunnelsCreated()).isEqualTo(3);
        assertThat(bench.stats().droppedByReason()).isZero();
    }

    @Test
    void shouldCountHeldPacketsAsDroppedWhenClosedDuringCreation() throws Exception {
        settings.closeTimeout(Duration.ofMillis(200));
        start(TunnelMode.TUN);
        bench.holdCreation(true);
        bench.sendInner(numbered(1));
        bench.sendInner(numbered(2));
        bench.await(() -> bench.stats().heldPackets() == 2);
        bench.closeAppliance();
        assertThat(bench.stats().dropped(DropReason.TUNNEL_CLOSED)).isEqualTo(2);
        assertThat(bench.stats().heldPackets()).isZero();
    }

    @Test
    void shouldCloseFromEveryStateAndAgain() throws Exception {
        needs(Need.LIFE_OF_AN_APPLIANCE);
        start(TunnelMode.TUN);
        expectDelivered(numbered(1));
        SocketBench running = (SocketBench) bench;
        assertThat(running.appliance.drain(Duration.ZERO)).as("packets came a moment ago").isFalse();
        expectDelivered(numbered(2));
        expectReturned(Side.GWO, numbered(2));
        bench.closeAppliance();
        bench.closeAppliance();
        assertThat(running.appliance.destroyTunnel(ENDPOINT)).isFalse();
        settings.build().close();
    }

    // ---- modes

    @Test
    void shouldReturnNothingOneWay() throws Exception {
        start(TunnelMode.TUN_ONE_WAY);
        expectDelivered(Inner.query(4, 64));
        expectDelivered(Inner.query(6, 64));
        bench.intoInterface(ENDPOINT, Side.GWI, Inner.query(4, 64));
        bench.expectDrops(DropReason.NOTHING_GOES_BACK, 1);
        bench.expectNoReply();
        assertThat(bench.stats().flows()).isNull();
    }

    @Test
    void shouldCopyExactlyWhatIsForwardedAndDropWhatComesOutOfATap() throws Exception {
        settings.handler(worker -> packet -> packet.inner().totalLength() % 2 == 0
                ? Verdict.FORWARD : Verdict.DROP).declareTunnel(ENDPOINT);
        start(TunnelMode.INLINE_WITH_TAP);
        awaitActive(ENDPOINT);
        for (int i = 0; i < 6; i++) {
            bench.sendInner(numbered(i));
        }
        for (int i = 0; i < 6; i += 2) {
            assertThat(bench.delivered(ENDPOINT)).isEqualTo(numbered(i));
            assertThat(bench.reply().payload()).isEqualTo(TestPackets.geneve(numbered(i)));
        }
        bench.expectNothingDelivered(ENDPOINT);
        bench.intoInterface(ENDPOINT, Side.GWI, numbered(0));
        bench.expectDrops(DropReason.NOTHING_GOES_BACK, 1);
        bench.expectNoReply();
        assertThat(bench.stats().extras().tappedPackets()).isEqualTo(3);
        assertThat(bench.stats().droppedByHandler()).isEqualTo(3);
    }

    @Test
    void shouldTreatEachEndpointByItsOwnMode() throws Exception {
        settings.modeOf(OTHER_ENDPOINT, TunnelMode.TUN);
        start(TunnelMode.INLINE);
        bench.sendInner(numbered(1));
        assertThat(bench.reply().payload()).isEqualTo(TestPackets.geneve(numbered(1)));
        bench.send(TestPackets.geneve(OTHER_ENDPOINT, numbered(1)));
        assertThat(bench.delivered(OTHER_ENDPOINT)).isEqualTo(numbered(1));
        bench.expectNoReply();
        assertThat(bench.stats().tunnels()).allSatisfy(tunnel -> assertThat(tunnel.phase()).isEqualTo(TunnelPhase.ACTIVE));
    }
}
