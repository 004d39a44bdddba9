package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TunnelCallbacksTest {
    private final TunnelCallbacks callbacks = new TunnelCallbacks(2);

    private static boolean callbackThreadsExist() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().startsWith("gwlb4j-callback-"));
    }

    @Test
    void shouldRunNoMoreThanTheMaximumAtATimeAndTheRestInOrder() throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(20);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Integer> begun = new CopyOnWriteArrayList<>();
        List<Thread> threads = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            callbacks.execute(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                threads.add(Thread.currentThread());
                begun.add(number);
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                running.decrementAndGet();
                done.countDown();
            });
        }
        gate.countDown();
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        callbacks.close(5000);

        assertThat(most).hasValueLessThanOrEqualTo(2);
        assertThat(begun).hasSize(20).first().isIn(0, 1);
        assertThat(threads).allMatch(thread -> !thread.isDaemon() && thread.getName().matches("gwlb4j-callback-[12]"));
        assertThat(callbackThreadsExist()).isFalse();
    }

    @Test
    void shouldLetWhatRunsAndWaitsEndByItselfWhenClosed() throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            callbacks.execute(() -> {
                try {
                    gate.await();
                    done.countDown();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        callbacks.close(0);
        assertThat(done.getCount()).isEqualTo(3);

        gate.countDown();

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldLeaveTheCallersInterruptAlone() {
        Thread.currentThread().interrupt();
        callbacks.close(1000);
        assertThat(Thread.interrupted()).isTrue();
    }
}
