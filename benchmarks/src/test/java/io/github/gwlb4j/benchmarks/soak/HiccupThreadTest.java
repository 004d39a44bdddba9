package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.benchmarks.soak.HiccupThread.Hiccup;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HiccupThreadTest {
    @ParameterizedTest
    @CsvSource({"123 456 789, 456", "0 0 0, 0", "1 9223372036854775807 2, 9223372036854775807", "5, 0", "'', 0"})
    void shouldReadHowLongAThreadHasWaitedForACpu(String line, long waitedNs) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        assertThat(HiccupThread.secondNumber(bytes, bytes.length)).isEqualTo(waitedNs);
    }

    @Test
    void shouldTakeOffWhatTheMachineHasTakenOfAPause() {
        assertThat(new Hiccup(100, 30).ownNs()).isEqualTo(70);
        assertThat(new Hiccup(100, 130).ownNs()).isZero();
    }
}
