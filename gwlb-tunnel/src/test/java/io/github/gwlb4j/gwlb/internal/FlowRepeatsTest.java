package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlowRepeatsTest {
    private final FlowRepeats repeats = new FlowRepeats();

    @Test
    void shouldSayNoForABatchOfDifferentFlows() {
        for (long flow = 0; flow < FlowRepeats.MAX_FLOWS; flow++) {
            repeats.add(flow << 32); // all at one place of the table
            assertThat(repeats.any()).isFalse();
        }
    }

    @Test
    void shouldSayYesWhenAFlowComesAgainHoweverFarApart() {
        for (long flow = 0; flow < FlowRepeats.MAX_FLOWS; flow++) {
            repeats.add(flow << 32);
        }
        repeats.add(0);
        assertThat(repeats.any()).isTrue();
    }

    @Test
    void shouldSayYesForMoreFlowsThanItCanKeepApart() {
        for (long flow = 0; flow <= FlowRepeats.MAX_FLOWS; flow++) {
            repeats.add(flow * 0x9e37_79b9_7f4a_7c15L);
        }
        assertThat(repeats.any()).isTrue();
    }

    @Test
    void shouldForgetAtTheEndOfABatch() {
        repeats.add(7);
        repeats.add(7);
        repeats.clear();
        repeats.add(7);
        assertThat(repeats.any()).isFalse();
    }

    @Test
    void shouldNeverMissARepeatInRandomBatches() {
        Random random = new Random(42);
        for (int batch = 0; batch < 20_000; batch++) {
            repeats.clear();
            Set<Long> seen = new HashSet<>();
            boolean isRepeated = false;
            for (int i = random.nextInt(FlowRepeats.MAX_FLOWS); i >= 0; i--) {
                long hash = (long) random.nextInt(400) << random.nextInt(8);
                isRepeated |= !seen.add(hash);
                repeats.add(hash);
                assertThat(repeats.any()).isEqualTo(isRepeated);
            }
        }
    }
}
