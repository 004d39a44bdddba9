package io.github.gwlb4j.gwlb.internal;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that a test moves. */
public final class ManualClock implements LongSupplier {
    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 5); // so that the tests see it wrap around

    @Override
    public long getAsLong() {
        return nowNs.get();
    }

    public void advance(Duration by) {
        nowNs.addAndGet(by.toNanos());
    }
}
