package io.github.gwlb4j.simulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.simulator.Loopback;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.TestAppliance;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against appliances that are right, or wrong in a known way: every packet must be accounted for. */
@Timeout(60)
class LoadTestTest {
    @AfterEach
    void noThreadMayStay() {
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().equals(LoadReceiver.THREAD_NAME));
    }

    private static LoadTestBuilder builder(TestAppliance appliance) {
        return LoadTest.builder().target(appliance.address().getAddress().getHostAddress() + ":" + appliance.address().getPort())
                .source(Loopback.node(0)).flows(50).ports(8).step(Duration.ofMillis(400)).warmUp(Duration.ZERO)
                .timeout(Duration.ofMillis(300));
    }

    private static LoadStep run(LoadTestBuilder builder, int rate) throws Exception {
        try (LoadTest test = builder.build()) {
            return test.run(RatePlan.of(List.of(rate)), 0.01, step -> { }).steps().get(0);
        }
    }

    private static void assertAccountedFor(LoadStep step) {
        assertThat(step.sent()).isPositive().isLessThanOrEqualTo(step.planned());
        assertThat(step.returned() + step.lost()).isEqualTo(step.sent());
        assertThat(step.intact() + step.changed()).isEqualTo(step.returned());
        assertThat(step.latency().count()).isEqualTo(step.returned());
        assertThat(step.sendDelay().count()).isEqualTo(step.sent());
        assertThat(step.intervals().stream().mapToLong(LoadStep.Interval::sent).sum()).isEqualTo(step.sent());
        assertThat(step.intervals().stream().mapToLong(LoadStep.Interval::returned).sum()).isEqualTo(step.returned());
    }

    @ParameterizedTest
    @CsvSource({"1, imix, false", "8, 1400, false", "64, 900, false", "1, 52, true", "8, 1000, true"})
    void shouldAccountForEveryPacketOfARightAppliance(int run, String sizes, boolean isPortable) throws Exception {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct())) {
            LoadStep step = run(builder(appliance).runLength(run).sizes(PacketSizes.parse(sizes)).portable(isPortable), 1000);
            assertAccountedFor(step);
            assertThat(step.faults()).isEmpty();
            assertThat(step.planned()).isBetween(400L - run, 400L + run);
            assertThat(step.intact()).isEqualTo(step.returned());
            assertThat(step.lossRatio()).isLessThan(0.2);
            assertThat(step.latency().p50Ns()).isPositive();
        }
    }

    @Test
    void shouldCountWhatIsLostChangedDoubledAndOvertaken() throws Exception {
        byte[][] held = new byte[1][];
        int[] count = new int[1];
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            switch (count[0]++ % 10) {
                case 0 -> { }
                case 1 -> {
                    datagram[39] ^= 1;
                    self.reply(from, datagram);
                }
                case 2 -> {
                    self.reply(from, datagram);
                    self.reply(from, datagram);
                }
                case 3 -> held[0] = datagram;
                case 4 -> {
                    self.reply(from, datagram);
                    self.reply(from, held[0]);
                }
                case 5 -> {
                    datagram[75] ^= 1;
                    self.reply(from, datagram);
                }
                default -> self.reply(from, datagram);
            }
        })) {
            LoadStep step = run(builder(appliance).flows(1).ports(1), 500);
            assertThat(step.sent()).isEqualTo(200);
            assertAccountedFor(step);
            assertThat(step.lost()).isEqualTo(40);
            assertThat(step.changed()).isEqualTo(20);
            assertThat(step.duplicates()).isEqualTo(20);
            assertThat(step.reordered()).isEqualTo(20);
            assertThat(step.unrecognised()).isEqualTo(20);
            assertThat(step.faults()).containsOnly(Map.entry(ReplyFault.FLOW_COOKIE, 20L),
                    Map.entry(ReplyFault.DUPLICATE, 20L), Map.entry(ReplyFault.OUT_OF_ORDER, 20L),
                    Map.entry(ReplyFault.NEVER_SENT, 20L));
            assertThat(step.isClean()).isFalse();
        }
    }

    @Test
    void shouldNoticeRepliesFromAWrongPort() throws Exception {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> self.send(self.address().getAddress(),
                self.address().getPort(), new InetSocketAddress(from.getAddress(), self.address().getPort()), datagram))) {
            LoadStep step = run(builder(appliance), 500);
            assertAccountedFor(step);
            assertThat(step.changed()).isEqualTo(step.returned()).isPositive();
            assertThat(step.faults()).containsOnlyKeys(ReplyFault.UDP_SOURCE_PORT);
        }
    }

    /** An appliance that stalls for 200 ms delays all that was due meanwhile, not only the packet that it held. */
    @Test
    void shouldShowAStallInFull() throws Exception {
        int[] count = new int[1];
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            if (++count[0] == 100) {
                LockSupport.parkNanos(200_000_000);
            }
            self.reply(from, datagram);
        })) {
            LoadStep step = run(builder(appliance).timeout(Duration.ofSeconds(2)), 1000);
            assertThat(step.lost()).isZero();
            // Half of the 400 packets were due during the stall: 100 ms on average.
            assertThat(step.latency().maxNs()).isGreaterThan(190_000_000);
            assertThat(step.latency().p90Ns()).isGreaterThan(100_000_000);
            assertThat(step.latency().p99Ns()).isGreaterThan(150_000_000);
        }
    }

    @Test
    void shouldTellLateRepliesOfTheStepBeforeApart() throws Exception {
        int[] count = new int[1];
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            if (++count[0] == 30) {
                LockSupport.parkNanos(350_000_000); // from 300 to 650 ms; the second step takes from 500 to 950
            }
            self.reply(from, datagram);
        }); LoadTest test = builder(appliance).timeout(Duration.ofMillis(50)).build()) {
            List<LoadStep> steps = test.run(RatePlan.of(List.of(100, 100)), 0.5, step -> { }).steps();
            steps.forEach(LoadTestTest::assertAccountedFor);
            assertThat(steps.get(0).lost()).isPositive();
            assertThat(steps.get(1).late()).isEqualTo(steps.get(0).lost());
        }
    }

    @Test
    void shouldEndSoonWhenStopped() throws Exception {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                LoadTest test = builder(appliance).step(Duration.ofMinutes(1)).timeout(Duration.ofMinutes(1)).build()) {
            Thread stopper = new Thread(() -> {
                LockSupport.parkNanos(200_000_000);
                test.stop();
            });
            stopper.start();
            long start = System.nanoTime();
            LoadReport report = test.run(RatePlan.of(List.of(100)), 0, step -> { });
            stopper.join();
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(30);
            assertThat(report.isComplete()).isFalse();
            assertThat(report.steps()).isEmpty();
        }
    }

    @Test
    void shouldSendNowhereButToPrivateAddressesUnlessToldSo() {
        for (String target : List.of("192.0.2.1", "100.64.0.1", "203.0.113.1", "172.32.0.1")) {
            assertThatThrownBy(() -> LoadTest.builder().target(target).source("127.0.0.2").build())
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("--i-own-this-target");
        }
        // Past that check it fails because the source is no address of this machine, before anything is sent.
        assertThatThrownBy(() -> LoadTest.builder().target("203.0.113.1").source("203.0.113.2").ownTarget(true).build())
                .isInstanceOf(IOException.class).hasMessageContaining("203.0.113.2");
        assertThatThrownBy(() -> LoadTest.builder().target("10.1.2.3").source("203.0.113.2").build())
                .isInstanceOf(IOException.class);
    }
}
