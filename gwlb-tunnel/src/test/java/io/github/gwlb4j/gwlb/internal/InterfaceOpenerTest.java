package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class InterfaceOpenerTest {
    @Test
    void shouldRefuseADeviceThatHasNoQueueForEachWorker() {
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            InterfaceOpener opener = new InterfaceOpener(TunSettings.builder().deviceOpener(config -> interfaces.left()).build(), 8500, 2);

            assertThatThrownBy(() -> opener.open(7, TunnelMode.TUN_ONE_WAY)).isInstanceOf(IOException.class)
                    .hasMessage("interface gwi-7 has 1 queue(s), each of 2 worker(s) needs one: let the deviceOpener open as many as the "
                            + "TunConfig says, or lower workers");
        }
    }
}
