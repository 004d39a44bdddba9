package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.load.LoadReport;
import io.github.gwlb4j.simulator.load.LoadStep;
import io.github.gwlb4j.simulator.load.LoadTest;
import io.github.gwlb4j.simulator.load.PacketSizes;
import io.github.gwlb4j.simulator.load.RatePlan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The simulator's load mode against a real appliance: what the one says it sent and got is what the other says it got and sent. */
@Timeout(60)
class LoadOnApplianceTest {
    private final String network = "127." + ThreadLocalRandom.current().nextInt(64, 255) + "." + ThreadLocalRandom.current().nextInt(1, 255);
    private final int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);

    @ParameterizedTest
    @CsvSource({"1, imix, 1000", "16, 1400, 4000"})
    void shouldAgreeWithTheAppliancesStatistics(int run, String sizes, int rate) throws Exception {
        try (GwlbAppliance appliance = GwlbAppliance.builder().listen(new InetSocketAddress(InetAddress.getByName(network + ".1"), port))
                .handler(worker -> packet -> Verdict.FORWARD).build().start();
                LoadTest test = LoadTest.builder().target(network + ".1:" + port).source(network + ".2").flows(300).ports(16).endpoints(3)
                        .runLength(run).sizes(PacketSizes.parse(sizes)).step(Duration.ofMillis(500)).warmUp(Duration.ZERO)
                        .timeout(Duration.ofSeconds(3)).build()) {
            LoadReport report = test.run(RatePlan.of(List.of(rate, 2 * rate)), 0.5, step -> { });
            ApplianceStats stats = appliance.stats();
            assertThat(report.steps()).hasSize(2).allSatisfy(step -> {
                assertThat(step.isClean()).as(report.toString()).isTrue();
                assertThat(step.returned() + step.lost()).isEqualTo(step.sent());
                assertThat(step.intact()).isEqualTo(step.returned());
            });
            long returned = report.steps().stream().mapToLong(step -> step.returned() + step.late()).sum();
            assertThat(stats.forwardedPackets()).isEqualTo(returned + ownDrops(report));
            assertThat(stats.receivedPackets()).isLessThanOrEqualTo(report.steps().stream().mapToLong(LoadStep::sent).sum());
            assertThat(stats.isBalanced()).isTrue();
        }
    }

    private static long ownDrops(LoadReport report) {
        return report.steps().stream().mapToLong(step -> Math.max(0, step.ownDrops())).sum();
    }
}
