package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CalmFiguresTest {
    private static final CalmFigures BEGIN = new CalmFigures(5_000, 40, 300, 7, true, 10, 12, 1_000, 3);

    /** What came since then. */
    private static CalmFigures after(long probes, long inARow, long connections, long failed, long cleanRuns, long runs, long bytes, long unanswered) {
        return new CalmFigures(5_000 + probes, inARow, 300 + connections, 7 + failed, true, 10 + cleanRuns, 12 + runs, 1_000 + bytes, 3 + unanswered);
    }

    private static boolean isEnough(CalmFigures now) {
        return now.isCalmSince(BEGIN) && now.hasShownEnoughSince(BEGIN);
    }

    @Test
    void shouldBeCalmWhenAllCameBack() {
        assertThat(isEnough(after(1_000, 1_000, 30, 0, 2, 2, 1, 0))).isTrue();
    }

    @Test
    void shouldNotBeCalmWhenOneProbeOfAThousandIsMissing() {
        assertThat(isEnough(after(1_000, 999, 30, 0, 2, 2, 1, 0))).isFalse();
    }

    @Test
    void shouldNotTakeAStandstillForCalm() {
        assertThat(isEnough(new CalmFigures(5_000, 9_000, 330, 7, true, 12, 14, 1_001, 3))).as("no probe came").isFalse();
        assertThat(isEnough(after(1_000, 1_000, 29, 0, 2, 2, 1, 0))).as("too few connections").isFalse();
        assertThat(isEnough(after(1_000, 1_000, 30, 0, 1, 1, 1, 0))).as("too few runs").isFalse();
        assertThat(isEnough(after(1_000, 1_000, 30, 0, 2, 2, 0, 0))).as("the transfer stands still").isFalse();
    }

    @Test
    void shouldNotBeCalmWhenAnythingFailed() {
        assertThat(after(1_000, 1_000, 30, 1, 2, 2, 1, 0).isCalmSince(BEGIN)).as("a connection").isFalse();
        assertThat(after(1_000, 1_000, 30, 0, 2, 3, 1, 0).isCalmSince(BEGIN)).as("a run of the simulator").isFalse();
        assertThat(after(1_000, 1_000, 30, 0, 2, 2, 1, 1).isCalmSince(BEGIN)).as("a health check").isFalse();
    }

    @Test
    void shouldNotAskForTrafficThatThereIsNot() {
        CalmFigures begin = new CalmFigures(0, 0, 0, 0, false, 0, 0, 0, 0);
        assertThat(new CalmFigures(1_000, 1_000, 30, 0, false, 0, 0, 0, 0).hasShownEnoughSince(begin)).isTrue();
    }
}
