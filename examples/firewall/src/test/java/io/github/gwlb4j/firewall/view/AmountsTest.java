package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
    @ParameterizedTest
    @CsvSource({"0,0 B", "999,999 B", "1000,1.00 kB", "1999,1.99 kB", "12345,12.3 kB", "999999,999 kB", "1000000,1.00 MB", "1050000,1.05 MB",
        "9223372036854775807,9.22 EB"})
    void shouldShowThreeDigitsAndNeverMoreThanThereIs(long value, String expected) {
        assertThat(Amounts.bytes(value)).isEqualTo(expected);
    }

    @Test
    void shouldReadWell() {
        assertThat(Amounts.count(12_345_678)).isEqualTo("12,345,678");
        assertThat(Amounts.perSecond(7)).isEqualTo("7/s");
        assertThat(Amounts.perSecond(12_345)).isEqualTo("12.3 k/s");
        assertThat(Amounts.bitsPerSecond(98_765_432)).isEqualTo("98.7 Mbit/s");
        assertThat(Amounts.duration(Duration.ofSeconds(93_784))).isEqualTo("1d 02:03:04");
        assertThat(Amounts.duration(Duration.ofSeconds(59))).isEqualTo("00:00:59");
    }
}
