package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An appliance starts while another one at its path is coming or going, or while a listener or hook keeps that one from handing over. */
@Timeout(60)
class TakeoverWaitTest extends TakeoverLab {
    private static final long SOON_SECONDS = 15;

    /** Where an appliance's start, or a listener, hangs until the test lets it go on. */
    private final Gate gate = new Gate();

    @AfterEach
    void letGo() {
        gate.open();
    }

    private GwlbApplianceBuilder forwarding() {
        return builder().handler(FORWARD);
    }

    private static GwlbAppliance get(CompletableFuture<GwlbAppliance> starting) throws Exception {
        return starting.get(SOON_SECONDS, TimeUnit.SECONDS);
    }

    /** Starts another one while something hangs, for which it waits. */
    private CompletableFuture<GwlbAppliance> startThatWaits(GwlbApplianceBuilder builder) throws Exception {
        CompletableFuture<GwlbAppliance> starting = startAside(builder);
        Thread.sleep(300);
        assertThat(starting).isNotDone();
        return starting;
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
                    gate.pass();
                }
                calls.add(what);
            }
        };
    }

    @Test
    void shouldWaitForOneThatIsStartingAndTakeOverFromIt() throws Exception {
        CompletableFuture<GwlbAppliance> first = startAside(builder().handler(gate.factory()));
        gate.awaitReached();
        CompletableFuture<GwlbAppliance> second = startThatWaits(forwarding());
        gate.open();
        get(second);
        get(first).awaitClose();
        assertThat(first.get().isHandedOver()).isTrue();
        assertForwards();
    }

    @Test
    void shouldWaitForOneThatTakesOverAndTakeOverFromIt() throws Exception {
        GwlbAppliance first = start(forwarding());
        CompletableFuture<GwlbAppliance> second = startAside(builder().handler(gate.factory()));
        gate.awaitReached();
        CompletableFuture<GwlbAppliance> third = startThatWaits(forwarding());
        assertForwards();
        gate.open();
        get(third);
        first.awaitClose();
        get(second).awaitClose();
        assertThat(first.isHandedOver() && second.get().isHandedOver()).isTrue();
        assertForwards();
    }

    /** Its port is free soon, its interfaces are not while their hooks run. */
    @Test
    void shouldWaitUntilOneThatClosesIsGone() throws Exception {
        GwlbAppliance first = start(forwarding().listener(hangingIn("destroyed")));
        assertForwards();
        Thread closing = new Thread(first::close);
        closing.start();
        gate.awaitReached();
        CompletableFuture<GwlbAppliance> second = startThatWaits(forwarding().listener(hangingIn("nothing")));
        gate.open();
        get(second);
        closing.join();
        assertForwards();
        await(() -> calls.size() == 3); // inline packets do not wait for listeners
        assertThat(calls).containsExactly("created", "destroyed", "created");
    }

    @Test
    void shouldWaitForDeclaredTunnelsOfOneThatHasJustStarted() throws Exception {
        CompletableFuture<GwlbAppliance> first = startAside(forwarding().declareTunnel(1).listener(hangingIn("created")));
        gate.awaitReached();
        CompletableFuture<GwlbAppliance> second = startThatWaits(forwarding());
        gate.open();
        get(second);
        get(first).awaitClose();
        assertThat(calls).containsExactly("created");
    }

    /** As a signal does it. */
    @Test
    void shouldGiveUpAtOnceWhenClosedWhileTheOtherOnesHookIsWaitedFor() throws Exception {
        GwlbAppliance first = start(forwarding().listener(hangingIn("created")));
        send();
        gate.awaitReached();
        GwlbAppliance taker = forwarding().build();
        CompletableFuture<GwlbAppliance> starting = startAside(taker);
        Thread.sleep(500);
        assertThat(starting).isNotDone();

        long startNs = System.nanoTime();
        taker.close();
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThatThrownBy(() -> get(starting)).hasMessageContaining("which goes on");
        gate.open();
        assertForwards();
        assertThat(first.isHandedOver()).isFalse();

        get(startAside(forwarding()));
        first.awaitClose();
        assertForwards();
    }

    @Test
    void shouldCloseAtOnceWhileItsHookKeepsItFromHandingOver() throws Exception {
        GwlbAppliance first = start(forwarding().closeTimeout(Duration.ofMillis(200)).listener(hangingIn("created")));
        send();
        gate.awaitReached();
        CompletableFuture<GwlbAppliance> second = startAside(forwarding().closeTimeout(Duration.ofMillis(200)));
        Thread.sleep(500);
        long startNs = System.nanoTime();
        first.close();
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(first.isHandedOver()).isFalse();
        assertThatThrownBy(() -> get(second)).hasMessageContaining("cannot take over");
    }
}
