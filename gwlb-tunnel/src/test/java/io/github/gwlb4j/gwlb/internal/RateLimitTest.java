package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Near the end of the range: nanoTime wraps around within every test. */
    private long nowNs = Long.MAX_VALUE - 5;

    private int granted(RateLimit limit, int attempts) {
        int granted = 0;
        for (int i = 0; i < attempts; i++) {
            granted += limit.tryAcquire(nowNs) ? 1 : 0;
        }
        return granted;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 100, 5000})
    void shouldGrantOneBurstAtOnceAndNoMore(int perSecond) {
        RateLimit limit = new RateLimit(perSecond, nowNs);

        assertThat(granted(limit, 10_000)).isEqualTo(perSecond);
        nowNs += 3600 * SECOND;
        assertThat(granted(limit, 10_000)).as("an hour saves up no more").isEqualTo(perSecond);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 100, 999})
    void shouldGrantExactlyTheRateHoweverOftenItIsAsked(int perSecond) {
        RateLimit limit = new RateLimit(perSecond, nowNs);
        granted(limit, perSecond);
        int granted = 0;
        for (int i = 0; i < 30_000; i++) {
            nowNs += SECOND / 1000;
            granted += granted(limit, 2);
        }

        assertThat(granted).isEqualTo(30 * perSecond);
    }

    @Test
    void shouldGrantTheNextTokenWhenItsTimeHasCome() {
        RateLimit limit = new RateLimit(10, nowNs);
        granted(limit, 10);

        nowNs += SECOND / 10 - 1;
        assertThat(limit.tryAcquire(nowNs)).isFalse();
        nowNs++;
        assertThat(limit.tryAcquire(nowNs)).isTrue();
        assertThat(limit.tryAcquire(nowNs)).isFalse();
    }

    @Test
    void shouldHoldTheHighestRateWithoutOverflow() {
        RateLimit limit = new RateLimit(Integer.MAX_VALUE, nowNs);
        granted(limit, 1000);
        nowNs += Long.MAX_VALUE;

        assertThat(granted(limit, 10_000)).isEqualTo(10_000);
    }

    @Test
    void shouldGrantNothingForAClockThatTrembles() {
        RateLimit limit = new RateLimit(1000, nowNs);
        granted(limit, 1000);

        for (int i = 0; i < 1000; i++) {
            nowNs += i % 2 == 0 ? -SECOND : SECOND;
            assertThat(limit.tryAcquire(nowNs)).isFalse();
        }
    }

    @Test
    void shouldGoOnWhenTheClockWasSetBack() {
        RateLimit limit = new RateLimit(10, nowNs);
        granted(limit, 10);

        nowNs -= 3600 * SECOND;
        assertThat(limit.tryAcquire(nowNs)).isFalse();
        nowNs += SECOND;
        assertThat(granted(limit, 20)).isEqualTo(10);
    }

    @Test
    void shouldRefuseANegativeRate() {
        assertThatThrownBy(() -> new RateLimit(-1, 0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
    }
}
