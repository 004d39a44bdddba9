package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkFiguresTest {
    private static final List<String> DEVICES = List.of(
            "Inter-|   Receive                                                |  Transmit",
            " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
            "    lo:       0       0    0    1    0     0          0         0        0       0    0    0    0     0       0          0",
            "   lb0:120591539   93043    0  271    0     0          0         0 119468585   72415    0    7    0     0       0          0");
    private static final List<String> COUNTERS = List.of("Ip: Forwarding DefaultTTL FragOKs FragFails FragCreates", "Ip: 1 64 3 2 9",
            "Udp: InDatagrams", "Udp: 5");

    @Test
    void shouldReadWhatADeviceRefused() throws Exception {
        assertThat(NetworkFigures.refused(DEVICES, "lb0")).isEqualTo(271);
        assertThat(NetworkFigures.refused(DEVICES, "lo")).isOne();
        assertThatThrownBy(() -> NetworkFigures.refused(DEVICES, "lb")).isInstanceOf(IOException.class).hasMessageContaining("lb");
    }

    @Test
    void shouldReadHowManyFragmentsWereMade() throws Exception {
        assertThat(NetworkFigures.ipCounter(COUNTERS, "FragCreates")).isEqualTo(9);
        assertThatThrownBy(() -> NetworkFigures.ipCounter(COUNTERS, "Frag")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> NetworkFigures.ipCounter(List.of(), "FragCreates")).isInstanceOf(IOException.class);
    }
}
