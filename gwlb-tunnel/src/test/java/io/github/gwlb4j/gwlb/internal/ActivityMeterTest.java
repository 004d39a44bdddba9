package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ActivityMeterTest {
    private final long startNs = Long.MAX_VALUE - 50; // the clock wraps around
    private final ActivityMeter meter = new ActivityMeter(startNs);

    @Test
    void shouldBeWhollyBusyWhenTheWorkerNeverWaits() {
        meter.sample(startNs + 100);
        assertThat(meter.busyRatio()).isEqualTo(1);
    }

    @Test
    void shouldCountWaitsThatEndedAndTheOneThatGoesOn() {
        meter.beginWait(startNs + 10);
        meter.endWait(startNs + 40);
        meter.beginWait(startNs + 60);
        meter.sample(startNs + 100);
        assertThat(meter.busyRatio()).isCloseTo(0.3, within(1e-9));
        assertThat(meter.turnNs()).isEqualTo(startNs + 60);

        meter.endWait(startNs + 150);
        meter.sample(startNs + 200);
        assertThat(meter.busyRatio()).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void shouldBeIdleWhenTheWorkerWaitsThroughout() {
        meter.beginWait(startNs);
        meter.sample(startNs + 100);
        meter.sample(startNs + 200);
        assertThat(meter.busyRatio()).isZero();
    }
}
