package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Rate;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Series;
import io.github.gwlb4j.gwlb.DropReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateWindowTest {
    private final RateWindow rates = new RateWindow();

    private static FirewallStatus status(double seconds, long packets, String rule) {
        return new FirewallStatus(Instant.EPOCH, Duration.ofMillis((long) (seconds * 1000)), "x", List.of(),
                Fixtures.stats(packets, packets * 100, packets / 2, packets * 50, packets / 4, Map.of(DropReason.OPTION_MISSING, packets / 4),
                        List.of(Fixtures.tunnel(7, packets, 0))),
                new Connections(1, 0, 10, packets / 10, 0), List.of(new RuleStatus(rule, "", "allow", packets / 2, 0, 0)), Map.of(), TopTraffic.NONE);
    }

    @Test
    void shouldHaveNoRatesBeforeTheSecondSnapshot() {
        LiveSnapshot first = rates.add(status(5, 1000, "a"));
        assertThat(first.sequence()).isOne();
        assertThat(first.history().get(Series.RECEIVED_BITS)).isEmpty();
        assertThat(first.now(Series.RECEIVED_BITS)).isZero();
        assertThat(first.endpointRate("vpce-00000000000000007")).isEqualTo(Rate.NONE);
    }

    @Test
    void shouldDivideWhatWasAddedByTheTimeThatReallyPassed() {
        rates.add(status(5, 1000, "a"));
        LiveSnapshot second = rates.add(status(7.5, 2000, "a"));
        assertThat(second.now(Series.RECEIVED_PACKETS)).isEqualTo(400);
        assertThat(second.now(Series.RECEIVED_BITS)).isEqualTo(400 * 800);
        assertThat(second.now(Series.FORWARDED_PACKETS)).isEqualTo(200);
        assertThat(second.now(Series.FORWARDED_BITS)).isEqualTo(400 * 400);
        assertThat(second.now(Series.DROPPED_PACKETS)).isEqualTo(200);
        assertThat(second.now(Series.OPENED_CONNECTIONS)).isEqualTo(40);
        assertThat(second.endpointRate("vpce-00000000000000007")).isEqualTo(new Rate(400, 400 * 840 * 8));
        assertThat(second.ruleRate("a")).isEqualTo(200);
    }

    @Test
    void shouldCountARuleThatAReloadBroughtFromZeroAndNeverShowLessThanNothing() {
        rates.add(status(1, 1000, "a"));
        assertThat(rates.add(status(2, 1100, "b")).ruleRate("b")).isEqualTo(550);
        LiveSnapshot restarted = rates.add(status(3, 10, "b"));
        assertThat(restarted.now(Series.RECEIVED_PACKETS)).isZero();
        assertThat(restarted.ruleRate("b")).isZero();
    }

    @Test
    void shouldRememberTenMinutesOldestFirst() {
        LiveSnapshot last = null;
        long packets = 0;
        for (int second = 0; second <= 1000; second++) {
            packets += second;
            last = rates.add(status(second, packets, "a"));
        }
        long[] history = last.history().get(Series.RECEIVED_PACKETS);
        assertThat(history).hasSize(600);
        assertThat(history[0]).isEqualTo(401);
        assertThat(history[599]).isEqualTo(1000);
    }

    @Test
    void shouldIgnoreASnapshotOfTheSameMoment() {
        rates.add(status(1, 1000, "a"));
        assertThat(rates.add(status(1, 1000, "a")).history().get(Series.RECEIVED_BITS)).isEmpty();
    }
}
