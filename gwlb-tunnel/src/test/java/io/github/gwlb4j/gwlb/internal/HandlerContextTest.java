package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.HandlerTimer;
import io.github.gwlb4j.gwlb.TestPackets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HandlerContextTest {
    private final InlineRig rig = new InlineRig(WorkerParts.packetRules(false, true));
    private final HandlerContext context = rig.context;
    private final List<String> log = new ArrayList<>();

    private void pass(long ms) {
        rig.clock.advance(Duration.ofMillis(ms));
        rig.worker.doWork();
    }

    private static long ms(long ms) {
        return Duration.ofMillis(ms).toNanos();
    }

    @Test
    void shouldRunTimersWhenTheyAreDueAndInOrder() {
        context.schedule(ms(20), () -> log.add("20"));
        context.schedule(ms(10), () -> log.add("10"));
        context.schedule(ms(10), () -> log.add("10 again"));
        context.schedule(-1, () -> log.add("now"));

        pass(0);
        assertThat(log).containsExactly("now");
        pass(9);
        assertThat(log).hasSize(1);
        pass(11);
        assertThat(log).containsExactly("now", "10", "10 again", "20");
        pass(1000);
        assertThat(log).hasSize(4);
    }

    @Test
    void shouldRunThemInOrderWhateverTheOrderOfAddingAndCancelling() {
        Random random = new Random(5);
        List<Integer> delays = new ArrayList<>();
        List<Integer> ran = new ArrayList<>();
        List<HandlerTimer> doomed = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int delay = random.nextInt(500);
            HandlerTimer timer = context.schedule(ms(delay), () -> ran.add(delay));
            if (random.nextInt(3) == 0) {
                doomed.add(timer);
            } else {
                delays.add(delay);
            }
        }
        doomed.forEach(HandlerTimer::cancel);
        doomed.forEach(HandlerTimer::cancel);
        pass(500);

        assertThat(ran).containsExactlyElementsOf(delays.stream().sorted().toList());
    }

    @Test
    void shouldRunPeriodicTimersWithoutCatchingUpAndUntilTheyCancelThemselves() {
        AtomicReference<HandlerTimer> timer = new AtomicReference<>();
        timer.set(context.scheduleEvery(ms(10), () -> {
            log.add("turn");
            if (log.size() == 3) {
                timer.get().cancel();
            }
        }));

        pass(10);
        assertThat(log).hasSize(1);
        pass(95);
        assertThat(log).as("what was missed is left out").hasSize(2);
        pass(9);
        assertThat(log).hasSize(2);
        pass(1);
        assertThat(log).hasSize(3);
        pass(100);
        assertThat(log).hasSize(3);
    }

    @Test
    void shouldRefuseMoreTimersThanThereMayBeAndTimersOfOtherThreads() throws InterruptedException {
        for (int i = 0; i < HandlerContext.MAX_TIMERS; i++) {
            context.schedule(ms(i), () -> { });
        }
        assertThatIllegalStateException().isThrownBy(() -> context.schedule(0, () -> { })).withMessageContaining("65536 timers");
        assertThatIllegalArgumentException().isThrownBy(() -> context.scheduleEvery(0, () -> { }));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread other = new Thread(() -> {
            try {
                context.schedule(0, () -> { });
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
        });
        other.start();
        other.join();
        assertThat(thrown.get()).hasMessageContaining("execute()");
    }

    @Test
    void shouldRunTasksInOrderButNotThoseThatTheyBringForth() {
        context.execute(() -> {
            log.add("1");
            context.execute(() -> log.add("3"));
        });
        context.execute(() -> log.add("2"));

        assertThat(rig.worker.doWork()).isEqualTo(2);
        assertThat(log).containsExactly("1", "2");
        rig.worker.doWork();
        assertThat(log).containsExactly("1", "2", "3");
    }

    @Test
    void shouldRefuseTasksWhenTooManyWaitAndWhenTheWorkerHasEnded() {
        assertThat(IntStream.range(0, HandlerContext.MAX_TASKS)).allMatch(i -> context.execute(() -> log.add("" + i)));
        assertThat(context.execute(() -> log.add("one too many"))).isFalse();
        rig.worker.doWork();
        assertThat(log).hasSize(HandlerContext.MAX_TASKS).doesNotContain("one too many");
        assertThat(context.execute(() -> log.add("there is room again"))).isTrue();

        rig.worker.retire();
        rig.worker.doWork();

        assertThat(context.execute(() -> { })).isFalse();
        assertThat(log).doesNotContain("there is room again");
    }

    @Test
    void shouldLoseNoTaskOfManyThreads() throws InterruptedException {
        AtomicInteger accepted = new AtomicInteger();
        int[] ran = {0};
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 5000; i++) {
                    accepted.addAndGet(context.execute(() -> ran[0]++) ? 1 : 0);
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                rig.worker.doWork();
            }
        }
        rig.worker.doWork();

        assertThat(ran[0]).isEqualTo(accepted.get()).isGreaterThanOrEqualTo(HandlerContext.MAX_TASKS);
        assertThat(context.execute(() -> { })).as("the count of those that wait is right").isTrue();
    }

    @Test
    void shouldCountWhatTimersAndTasksThrowAndGoOn() {
        context.execute(() -> {
            throw new IllegalStateException("task");
        });
        context.scheduleEvery(ms(1), () -> {
            throw new StackOverflowError();
        });
        pass(1);
        pass(1);

        assertThat(rig.counts().callbackFailures()).isEqualTo(3);
        rig.receive(TestPackets.dnsQuery());
        assertThat(rig.counts().forwardedPackets()).isOne();
        assertThat(rig.drops()).isEmpty();
    }

    @Test
    void shouldWaitNoLongerThanUntilTheNextTimerAndWakeUpForATask() throws InterruptedException {
        HandlerContext[] given = new HandlerContext[1];
        CountDownLatch ticks = new CountDownLatch(3);
        CountDownLatch ran = new CountDownLatch(1);
        InlineRig idle = new InlineRig(WorkerParts.packetRules(false, true));
        Thread thread = new Thread(() -> {
            idle.worker.start();
            given[0] = idle.context;
            HandlerTimer[] timer = {null};
            timer[0] = idle.context.scheduleEvery(ms(1), () -> {
                ticks.countDown();
                if (ticks.getCount() == 0) {
                    timer[0].cancel();
                }
            });
            for (idle.worker.doWork(); ran.getCount() > 0; idle.worker.doWork()) {
                idle.worker.await(TimeUnit.MINUTES.toNanos(1));
                idle.clock.advance(Duration.ofMillis(1));
            }
        });
        thread.start();

        assertThat(ticks.await(20, TimeUnit.SECONDS)).as("timers end a wait").isTrue();
        assertThat(given[0].execute(ran::countDown)).isTrue();
        assertThat(ran.await(20, TimeUnit.SECONDS)).as("a task ends a wait").isTrue();
        thread.join(TimeUnit.SECONDS.toMillis(20));
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void shouldNotTakeTimersForTrafficThatADrainWaitsFor() {
        context.scheduleEvery(ms(1), () -> { });
        long beforeNs = rig.worker.lastWorkNs();
        pass(10);

        assertThat(rig.worker.lastWorkNs()).isEqualTo(beforeNs);
    }
}
