package io.github.gwlb4j.firewall.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SourceBucketsTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private long nowNs = Long.MAX_VALUE - 5; // monotonic time may overflow

    private static int takeAll(SourceBuckets buckets, long tag, double perSecond, int burst, long nowNs) {
        int taken = 0;
        while (buckets.take(tag, perSecond, burst, nowNs)) {
            taken++;
            assertThat(taken).isLessThan(1_000_000);
        }
        return taken;
    }

    @Test
    void shouldAllowABurstAndThenTheRate() {
        SourceBuckets buckets = new SourceBuckets(64);

        assertThat(takeAll(buckets, 7, 10, 25, nowNs)).isEqualTo(25);
        nowNs += SECOND_NS / 2;
        assertThat(takeAll(buckets, 7, 10, 25, nowNs)).isEqualTo(5);
        nowNs += 10 * SECOND_NS;
        assertThat(takeAll(buckets, 7, 10, 25, nowNs)).as("no more than it holds").isEqualTo(25);
    }

    @Test
    void shouldAllowLessThanOneASecond() {
        SourceBuckets buckets = new SourceBuckets(64);

        assertThat(takeAll(buckets, 7, 0.1, 1, nowNs)).isOne();
        assertThat(buckets.take(7, 0.1, 1, nowNs + 9 * SECOND_NS)).isFalse();
        assertThat(buckets.take(7, 0.1, 1, nowNs + 10 * SECOND_NS)).isTrue();
    }

    @Test
    void shouldCountEachSourceOnItsOwn() {
        SourceBuckets buckets = new SourceBuckets(1024);

        for (long source = 1; source <= 100; source++) {
            assertThat(takeAll(buckets, SourceTag.of(source, 0, 0), 1, 3, nowNs)).isEqualTo(3);
        }
    }

    @Test
    void shouldGiveNoNewTokensToASourceWhenAFloodOfOthersComes() {
        SourceBuckets buckets = new SourceBuckets(1024);
        long exhausted = SourceTag.of(1, 2, 3);
        takeAll(buckets, exhausted, 1, 100, nowNs);
        SplittableRandom random = new SplittableRandom(1);

        for (int i = 0; i < 200_000; i++) {
            buckets.take(random.nextLong() | 1, 1, 100, nowNs);
        }

        assertThat(buckets.take(exhausted, 1, 100, nowNs)).isFalse();
        assertThat(buckets.shared()).isPositive();
    }

    @Test
    void shouldServeNewSourcesAgainOnceTheFloodIsOver() {
        SourceBuckets buckets = new SourceBuckets(64);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            buckets.take(random.nextLong() | 1, 1, 2, nowNs);
        }
        nowNs += 2 * SECOND_NS;
        long shared = buckets.shared();

        assertThat(takeAll(buckets, SourceTag.of(9, 9, 9), 1, 2, nowNs)).isEqualTo(2);
        assertThat(buckets.shared()).isEqualTo(shared);
    }
}
