package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalTime;
import org.junit.jupiter.api.Test;

class FirewallReportTest {
    @Test
    void shouldShowHoursMinutesAndSecondsAlsoWhenTheSecondIsZero() {
        assertThat(FirewallReport.clock(LocalTime.of(2, 32))).isEqualTo("02:32:00");
        assertThat(FirewallReport.clock(LocalTime.of(23, 5, 9, 999_999_999))).isEqualTo("23:05:09");
    }
}
