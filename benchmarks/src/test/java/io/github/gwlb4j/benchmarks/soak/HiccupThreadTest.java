package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.benchmarks.soak.HiccupThread.Hiccup;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HiccupThreadTest {
    @ParameterizedTest
    @CsvSource({"100, 50, 100, 50, 50", "100, 50, 120, 40, 20", "100, 50, 90, 10, 10", "100, 50, 50, 20, 0", "100, 50, 200, 50, 0"})
    void shouldTellHowMuchOfTwoPausesIsTheSame(long end, long length, long otherEnd, long otherLength, long overlap) {
        assertThat(new Hiccup(end, length).overlapNs(new Hiccup(otherEnd, otherLength))).isEqualTo(overlap);
        assertThat(new Hiccup(otherEnd, otherLength).overlapNs(new Hiccup(end, length))).isEqualTo(overlap);
    }
}
