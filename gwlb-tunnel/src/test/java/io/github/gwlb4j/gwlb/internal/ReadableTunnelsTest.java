package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TunnelMode;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadableTunnelsTest {
    private final ReadableTunnels readable = new ReadableTunnels(2);
    private final TunnelState first = new TunnelState(1, TunnelMode.TUN, 2, Instant.EPOCH, () -> 0);
    private final TunnelState second = new TunnelState(2, TunnelMode.TUN, 2, Instant.EPOCH, () -> 0);

    @Test
    void shouldShowWhatWasAddedAndNotWhatWasRemoved() {
        readable.add(first);
        readable.add(second);
        TunnelState[] both = readable.current();
        readable.remove(first);

        assertThat(both).containsExactly(first, second);
        assertThat(readable.current()).containsExactly(second);
        assertThat(readable.version()).isEqualTo(3);
    }

    @Test
    void shouldReleaseATunnelWhenAllWorkersHaveChangedOver() {
        readable.add(first);
        readable.acknowledge(0, readable.version());
        readable.acknowledge(1, readable.version());
        long removed = readable.remove(first);

        assertThat(readable.isReleased(removed)).isFalse();
        readable.acknowledge(0, removed);
        assertThat(readable.isReleased(removed)).isFalse();
        readable.acknowledge(1, removed);
        assertThat(readable.isReleased(removed)).isTrue();
    }

    @Test
    void shouldNotTakeAWorkerThatNeverSawTheTunnelForOneThatHasLetGo() {
        long before = readable.version();
        readable.add(first); // the worker may be taking this list up right now
        long removed = readable.remove(first);
        readable.acknowledge(0, before);
        readable.acknowledge(1, before);

        assertThat(readable.isReleased(removed)).isFalse();
    }

    @Test
    void shouldNotWaitForWorkersThatHaveEndedNorForThoseThatAreAhead() {
        readable.add(first);
        long removed = readable.remove(first);
        readable.add(second);
        readable.acknowledge(0, readable.version());
        readable.retire(1);

        assertThat(readable.isReleased(removed)).isTrue();
    }

    @Test
    void shouldShowNoTunnelBeforeItsInterfaces() throws InterruptedException {
        TunnelHarness harness = new TunnelHarness().start();
        AtomicBoolean isDone = new AtomicBoolean();
        AtomicInteger tooEarly = new AtomicInteger();
        Thread worker = new Thread(() -> {
            while (!isDone.get()) {
                for (TunnelState tunnel : harness.readable.current()) {
                    tooEarly.addAndGet(tunnel.interfaces() == null ? 1 : 0);
                }
            }
        });
        worker.start();
        for (int i = 0; i < 5_000; i++) {
            harness.packet(7);
            harness.settle();
            harness.manager.destroy(7);
            harness.settle();
        }
        isDone.set(true);
        worker.join();

        assertThat(tooEarly).hasValue(0);
    }
}
