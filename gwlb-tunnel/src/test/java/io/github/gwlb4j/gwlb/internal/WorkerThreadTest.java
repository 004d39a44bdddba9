package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DelegatingPort;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerThreadTest {
    private static final long SIX_SECONDS_NS = Duration.ofSeconds(6).toNanos();

    private final InMemoryTransport network = new InMemoryTransport();
    private final CountDownLatch died = new CountDownLatch(1);
    private WorkerThread thread;

    private void start(PacketHandler handler, DatagramPort port) {
        start(handler, port, Duration.ZERO);
    }

    private void start(PacketHandler handler, DatagramPort port, Duration busyPoll) {
        Admission admission = new Admission(List.of(), List.of());
        Worker worker = new Worker(0, port, WorkerParts.packetRules(false, false),
                WorkerParts.inline(admission, 4, System::nanoTime), handler, System::nanoTime);
        thread = new WorkerThread("test-worker", worker, -1, busyPoll.toNanos(), () -> { }, died::countDown);
        thread.start();
    }

    @AfterEach
    void stop() {
        assertThat(thread.stop(5000)).isTrue();
    }

    @Test
    void shouldBeWellWhenIdleForLongerThanABusyWorkerMayTake() throws InterruptedException {
        start(packet -> Verdict.FORWARD, network.open(0, 1));
        Thread.sleep(1500);
        assertThat(thread.problem(System.nanoTime() + Duration.ofSeconds(3).toNanos())).isNull();
        thread.maintain(System.nanoTime());
        assertThat(thread.busyRatio()).isBetween(0.0, 0.5);
    }

    @Test
    void shouldTellThatItIsStuckWhileAHandlerDoesNotReturn() throws InterruptedException {
        CountDownLatch isIn = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        start(packet -> {
            isIn.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Verdict.DROP;
        }, network.open(0, 1));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        assertThat(isIn.await(5, TimeUnit.SECONDS)).isTrue();

        assertThat(thread.problem(System.nanoTime())).isNull();
        assertThat(thread.problem(System.nanoTime() + SIX_SECONDS_NS)).matches("test-worker is stuck: no progress for \\d+ s, .*");
        thread.maintain(System.nanoTime() + SIX_SECONDS_NS);
        assertThat(thread.busyRatio()).isPositive();

        release.countDown();
        for (int i = 0; i < 500 && thread.problem(System.nanoTime() + Duration.ofSeconds(4).toNanos()) != null; i++) {
            Thread.sleep(10);
        }
        assertThat(thread.problem(System.nanoTime() + Duration.ofSeconds(3).toNanos())).isNull();
    }

    @Test
    void shouldTellWhatItDiedOf() throws InterruptedException {
        start(packet -> Verdict.FORWARD, new SilentPort(new AtomicInteger()) {
            @Override
            public int receive(DatagramBatch batch) {
                throw new IllegalStateException("broken port");
            }
        });
        assertThat(died.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(thread.problem(System.nanoTime())).isEqualTo("test-worker died: java.lang.IllegalStateException: broken port");
    }

    @Test
    void shouldStillWaitWhenAHandlerHasLeftItsThreadInterrupted() throws InterruptedException {
        AtomicInteger waits = new AtomicInteger();
        start(packet -> {
            Thread.currentThread().interrupt();
            return Verdict.FORWARD;
        }, counted(network.open(0, 1), waits));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));

        assertThat(network.takeReply(5000)).isNotNull();
        Thread.sleep(300);

        assertThat(waits.get()).as("waits of up to a second each").isLessThan(10);
    }

    @Test
    void shouldNotSleepBetweenPacketsThatComeWithinItsBusyPoll() throws InterruptedException {
        AtomicInteger waits = new AtomicInteger();
        start(packet -> Verdict.FORWARD, counted(network.open(0, 1), waits), Duration.ofSeconds(1));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        assertThat(network.takeReply(5000)).isNotNull();
        int before = waits.get();
        for (int i = 0; i < 10; i++) {
            network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
            assertThat(network.takeReply(5000)).isNotNull();
            Thread.sleep(50);
        }
        assertThat(waits.get()).isEqualTo(before);
        thread.maintain(System.nanoTime());
        assertThat(thread.busyRatio()).as("looking for packets is not work").isLessThan(0.5);

        for (int i = 0; i < 500 && waits.get() == before; i++) {
            Thread.sleep(10);
        }
        assertThat(waits.get()).as("it sleeps in the end").isGreaterThan(before);
    }

    @Test
    void shouldLookAfterItsTimersThoughItNeverSleeps() throws InterruptedException {
        AtomicInteger expiries = new AtomicInteger();
        start(packet -> Verdict.FORWARD, new DelegatingPort(network.open(0, 1)) {
            @Override
            public void expire(long nowNs) {
                expiries.incrementAndGet();
            }
        }, Duration.ofSeconds(1));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        assertThat(network.takeReply(5000)).isNotNull();
        int before = expiries.get();
        for (int i = 0; i < 6; i++) {
            network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
            assertThat(network.takeReply(5000)).isNotNull();
            Thread.sleep(300);
        }
        assertThat(expiries.get() - before).isBetween(1, 6);
    }

    @Test
    void shouldNotWaitOnceMoreWhenItIsStoppedWhileItLooksForWork() throws InterruptedException {
        AtomicInteger waits = new AtomicInteger();
        CountDownLatch isLooking = new CountDownLatch(1);
        start(packet -> Verdict.FORWARD, new SilentPort(waits) {
            @Override
            public int receive(DatagramBatch batch) {
                isLooking.countDown();
                thread.stop(0); // and this call has taken note of the wake-up
                return 0;
            }
        });
        assertThat(isLooking.await(5, TimeUnit.SECONDS)).isTrue();

        assertThat(thread.stop(5000)).isTrue();
        assertThat(waits).hasValue(0);
    }

    @Test
    void shouldRestAtOnceThoughItHasTakenNoteOfTheWakeUpWhileItLooksForWork() {
        AtomicInteger looks = new AtomicInteger();
        AtomicInteger waits = new AtomicInteger();
        start(packet -> Verdict.FORWARD, new SilentPort(waits) {
            @Override
            public int receive(DatagramBatch batch) {
                if (looks.getAndIncrement() == 0) {
                    thread.pause(); // and this call has taken note of the wake-up
                }
                return 0;
            }
        });

        assertThat(thread.awaitPaused(System.nanoTime() + Duration.ofSeconds(5).toNanos())).isTrue();
        assertThat(waits).hasValue(0);
        thread.resume();
    }

    @Test
    void shouldForgetAnInterruptThatAHandlerHasLeftThoughItNeverSleeps() throws InterruptedException {
        AtomicInteger interrupted = new AtomicInteger();
        start(packet -> {
            if (Thread.currentThread().isInterrupted()) {
                interrupted.incrementAndGet();
            }
            Thread.currentThread().interrupt();
            return Verdict.FORWARD;
        }, network.open(0, 1), Duration.ofSeconds(1));
        for (int i = 0; i < 5; i++) {
            network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
            assertThat(network.takeReply(5000)).isNotNull();
            Thread.sleep(20);
        }
        assertThat(interrupted).as("packets that found it set").hasValue(0);
    }

    @Test
    void shouldCountAHandlerThatDoesNotReturnAsWorkThoughItPollsBusily() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger packets = new AtomicInteger();
        start(packet -> {
            if (packets.getAndIncrement() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return Verdict.FORWARD;
        }, network.open(0, 1), Duration.ofSeconds(1));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        assertThat(network.takeReply(5000)).isNotNull();
        Thread.sleep(50); // it polls
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        for (int i = 0; i < 500 && packets.get() < 2; i++) {
            Thread.sleep(10);
        }
        thread.maintain(System.nanoTime());
        thread.maintain(System.nanoTime() + Duration.ofSeconds(1).toNanos());
        assertThat(thread.busyRatio()).isGreaterThan(0.9);
        release.countDown();
    }

    /** Nothing comes by it, nothing wakes who waits; it counts the waits, which end at once. */
    private static class SilentPort implements DatagramPort {
        private final AtomicInteger waits;

        SilentPort(AtomicInteger waits) {
            this.waits = waits;
        }

        @Override
        public int receive(DatagramBatch batch) {
            return 0;
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
        }

        @Override
        public void await(long timeoutNs) {
            waits.incrementAndGet();
        }

        @Override
        public void wakeUp() {
        }
    }

    /** Counts how often the worker goes to wait. */
    private static DatagramPort counted(DatagramPort port, AtomicInteger waits) {
        return new DelegatingPort(port) {
            @Override
            public void await(long timeoutNs) {
                waits.incrementAndGet();
                super.await(timeoutNs);
            }
        };
    }
}
