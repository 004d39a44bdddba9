package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.linux.UnixSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One appliance takes over from another, or finds none; of several that start at a moment one does. */
@Timeout(60)
class TakeoverTest extends TakeoverLab {
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
        Gate handlerStart = new Gate();
        GwlbAppliance first = start(builder().handler(FORWARD));
        assertForwards();
        CompletableFuture<GwlbAppliance> second = startAside(builder().handler(worker -> new PacketHandler() {
            @Override
            public void onStart(HandlerContext context) {
                handlerStart.pass();
            }

            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.FORWARD;
            }
        }));
        handlerStart.awaitReached();
        send(); // nobody reads now
        handlerStart.open();
        assertReply();
        GwlbAppliance running = second.get(10, TimeUnit.SECONDS);
        await(() -> running.stats().receivedPackets() == 1); // it counts after it has sent
        first.awaitClose();
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
}
