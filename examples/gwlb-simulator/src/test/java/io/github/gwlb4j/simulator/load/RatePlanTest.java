package io.github.gwlb4j.simulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RatePlanTest {
    private static final Latency NONE = new Latency(0, 0, 0, 0, 0, 0, 0, 0, List.of());

    static LoadStep step(int rate, long sent, long returned, long ownDrops) {
        return new LoadStep(rate, rate, sent, returned, returned, 0, 0, 0, 0, 0, Map.of(), sent * 100, returned * 100, 1_000_000_000,
                NONE, NONE, ownDrops, 0, 0, 0, List.of());
    }

    private static List<LoadStep> search(RatePlan plan, int capacity) {
        List<LoadStep> steps = new ArrayList<>();
        OptionalInt rate = plan.next(steps, 0.001);
        while (rate.isPresent()) {
            steps.add(step(rate.getAsInt(), rate.getAsInt(), Math.min(capacity, rate.getAsInt()), 0));
            rate = plan.next(steps, 0.001);
        }
        return steps;
    }

    private static LoadReport report(List<LoadStep> steps) {
        return new LoadReport(null, "", 0.001, true, "", 1, false, true, steps);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000000, 123456", "1000, 1000000, 1000", "10, 2000000000, 99999", "1, 100, 7", "1000, 1100, 1050"})
    void shouldFindTheHighestRateThatPasses(int min, int max, int capacity) {
        RatePlan plan = RatePlan.search(min, Math.min(max, RatePlan.MAX_RATE), 0.02);
        List<LoadStep> steps = search(plan, capacity);
        assertThat(report(steps).capacity().orElseThrow()).isBetween((int) (capacity * 0.979) - 1, (int) (capacity * 1.001));
        assertThat(steps.size()).isLessThanOrEqualTo(plan.maxSteps());
    }

    @Test
    void shouldEndAtOnceWhenTheLowestRateFailsOrTheHighestPasses() {
        assertThat(search(RatePlan.search(1000, 8000, 0.05), 10)).extracting(LoadStep::packetsPerSecond).containsExactly(1000, 1000);
        List<LoadStep> all = search(RatePlan.search(1000, 7000, 0.05), 10_000);
        assertThat(all).extracting(LoadStep::packetsPerSecond).containsExactly(1000, 2000, 4000, 7000);
        assertThat(report(all).capacity()).hasValue(7000);
    }

    @Test
    void shouldGiveARateThatFailedASecondChance() {
        RatePlan plan = RatePlan.search(1000, 4000, 0.05);
        List<LoadStep> steps = new ArrayList<>(List.of(step(1000, 1000, 1000, 0), step(2000, 2000, 500, 0)));
        assertThat(plan.next(steps, 0.001)).hasValue(2000);
        steps.add(step(2000, 2000, 2000, 0));
        assertThat(plan.next(steps, 0.001)).hasValue(4000);
        assertThat(report(steps).capacity()).hasValue(2000);
        steps.add(step(4000, 4000, 0, 0));
        steps.add(step(4000, 4000, 0, 0));
        assertThat(plan.next(steps, 0.001)).hasValue(3000);
    }

    @Test
    void shouldTryGivenRatesInTheirOrderWhateverHappens() {
        assertThat(search(RatePlan.of(List.of(30, 10, 20)), 15)).extracting(LoadStep::packetsPerSecond).containsExactly(30, 10, 20);
    }

    @Test
    void shouldNotCountARateThatTheGeneratorDidNotKeep() {
        LoadReport slow = report(List.of(step(1000, 1000, 1000, 0), step(2000, 1500, 1500, 0)));
        assertThat(slow.capacity()).hasValue(1000);
        assertThat(slow.isGeneratorTheLimit()).isTrue();
        assertThat(slow.verdict()).contains("at least 1,000 packets/s", "this program was a bottleneck");
        LoadReport deaf = report(List.of(step(1000, 1000, 1000, 0), step(2000, 2000, 1500, 500)));
        assertThat(deaf.isGeneratorTheLimit()).isTrue();
        LoadReport full = report(List.of(step(1000, 1000, 1000, 0), step(2000, 2000, 1500, 0)));
        assertThat(full.isGeneratorTheLimit()).isFalse();
        assertThat(full.verdict()).isEqualTo("The appliance takes 1,000 packets/s with at most 0.1 % loss.");
    }

    @Test
    void shouldNotTrustARateAboveOneThatFailed() {
        LoadReport report = report(List.of(step(1000, 1000, 1000, 0), step(2000, 2000, 1000, 0), step(3000, 3000, 3000, 0)));
        assertThat(report.capacity()).hasValue(1000);
    }

    @Test
    void shouldRefusePlansThatMakeNoSense() {
        assertThatThrownBy(() -> RatePlan.search(5, 5, 0.05)).hasMessageContaining("must be below");
        assertThatThrownBy(() -> RatePlan.search(0, 5, 0.05)).hasMessageContaining("rate 0");
        assertThatThrownBy(() -> RatePlan.search(1, 5, 0)).hasMessageContaining("resolution");
        assertThatThrownBy(() -> RatePlan.of(List.of())).hasMessageContaining("0 rates");
    }
}
