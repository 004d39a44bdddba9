package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountersTest {
    private static Counters of(long held, long headerTruncated) throws Exception {
        return Counters.of(new ObjectMapper().readTree("""
                {"healthy": false, "problems": ["draining"], "received": {"packets": 10, "bytes": 1}, "forwarded": {"packets": 3, "bytes": 1},
                 "deliveredToInterfaces": {"packets": 4, "bytes": 1}, "readFromInterfaces": {"packets": 5, "bytes": 1}, "droppedByHandler": 2,
                 "heldPackets": %d, "drops": {"HEADER_TRUNCATED": %d, "SEND_FAILED": 1}, "returnSockets": 7}""".formatted(held, headerTruncated)));
    }

    @Test
    void shouldReadTheHealthPage() throws Exception {
        Counters counters = of(1, 4);
        assertThat(counters.in()).isEqualTo(15);
        assertThat(counters.out()).isEqualTo(7);
        assertThat(counters.dropped("SEND_FAILED")).isOne();
        assertThat(counters.other("returnSockets")).isEqualTo(7);
        assertThat(counters.problems()).containsExactly("draining");
        assertThat(counters.isBalanced()).isTrue();
    }

    @Test
    void shouldSeeOnePacketTooManyOrTooFew() throws Exception {
        assertThat(of(1, 5).isBalanced()).isFalse();
        assertThat(of(0, 4).isBalanced()).isFalse();
    }

    @Test
    void shouldNotTakeAPageWithoutCountersForBalanced() throws Exception {
        assertThat(Counters.of(new ObjectMapper().readTree("{}")).isBalanced()).isFalse();
    }

    @Test
    void shouldTellAProcessThatHasTakenOverFromTheOneBefore() throws Exception {
        Counters before = Counters.of(new ObjectMapper().readTree("{\"uptimeSeconds\": 61.7}"));
        Counters after = Counters.of(new ObjectMapper().readTree("{\"uptimeSeconds\": 0.9, \"adopted\": {\"tunnels\": 2, \"flows\": 201}}"));
        assertThat(after.isOfYoungerProcess(before)).isTrue();
        assertThat(before.isOfYoungerProcess(before)).isFalse();
        assertThat(after.other(Counters.TUNNELS_ADOPTED)).isEqualTo(2);
        assertThat(after.other(Counters.FLOWS_ADOPTED)).isEqualTo(201);
    }

    @Test
    void shouldSeeACounterThatWentBackButNotWhatIsHeld() throws Exception {
        assertThat(of(0, 5).isNotBefore(of(1, 4))).isTrue();
        assertThat(of(2, 3).isNotBefore(of(1, 4))).isFalse();
    }

    @Test
    void shouldAddUpProcessesOneAfterTheOther() throws Exception {
        Counters sum = of(1, 4).plus(of(1, 4));
        assertThat(sum.in()).isEqualTo(30);
        assertThat(sum.drops()).isEqualTo(Map.of("HEADER_TRUNCATED", 8L, "SEND_FAILED", 2L));
        assertThat(sum.isBalanced()).isTrue();
        assertThat(Counters.ZERO.plus(of(1, 4)).problems()).isEqualTo(List.of("draining"));
    }
}
