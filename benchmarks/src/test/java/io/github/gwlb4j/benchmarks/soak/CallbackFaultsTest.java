package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Kind;
import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Place;
import org.junit.jupiter.api.Test;

class CallbackFaultsTest {
    private final CallbackFaults faults = new CallbackFaults();

    @Test
    void shouldMisbehaveAsOftenAsOrderedAndOnlyThere() {
        faults.strike(Place.HANDLER);
        faults.order(Place.HANDLER, Kind.EXCEPTION, 2);
        faults.strike(Place.TIMER);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> faults.strike(Place.HANDLER)).hasMessageContaining("HANDLER");
        }
        faults.strike(Place.HANDLER);
        assertThat(faults.struck()).isEqualTo(2);
    }

    @Test
    void shouldRunOutOfMemoryForReal() {
        faults.order(Place.LISTENER, Kind.OUT_OF_MEMORY, 1);
        assertThatThrownBy(() -> faults.strike(Place.LISTENER)).isInstanceOf(OutOfMemoryError.class);
        assertThat(faults.struck()).isOne();
    }
}
