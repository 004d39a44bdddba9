package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkBudgetTest {
    private static final long MS = 1_000_000;
    private static final long START = 5_000 * MS;
    private final WorkBudget budget = new WorkBudget(4, 250 * MS, START, 70 * MS);

    @Test
    void shouldLetABurstThrough() {
        assertThat(budget.pauseNs(START, 320 * MS)).isZero();
        assertThat(budget.pauseNs(START, 321 * MS)).isEqualTo(4 * MS);
    }

    @Test
    void shouldNotSaveMoreThanTheBurst() {
        assertThat(budget.pauseNs(START + 3_600_000 * MS, 70 * MS)).isZero();
        assertThat(budget.pauseNs(START + 3_600_000 * MS, 330 * MS)).isEqualTo(40 * MS);
    }

    @Test
    void shouldKeepAThreadThatIsAlwaysBusyAtItsShare() {
        long nowMs = 0;
        long usedMs = 70;
        while (nowMs < 100_000) {
            nowMs += 7;
            usedMs += 7;
            nowMs += budget.pauseNs(START + nowMs * MS, usedMs * MS) / MS;
        }
        assertThat(usedMs - 70).isBetween(25_000L, 25_400L);
    }

    @Test
    void shouldNotPauseForLongerThanAHealthCheckWaits() {
        assertThat(budget.pauseNs(START, 60_000 * MS)).isEqualTo(1_000 * MS);
        assertThat(budget.pauseNs(START + 1_000 * MS, 60_000 * MS)).as("the rest is still to be paid").isEqualTo(1_000 * MS);
    }

    @Test
    @Timeout(10)
    void shouldReadTheTimeThatThisThreadUses() throws InterruptedException {
        long startNs = WorkBudget.usedByThisThreadNs();
        Thread.sleep(50);
        assertThat(WorkBudget.usedByThisThreadNs() - startNs).as("asleep").isLessThan(40 * MS);
        while (WorkBudget.usedByThisThreadNs() - startNs < 40 * MS) {
            Thread.onSpinWait();
        }
    }
}
