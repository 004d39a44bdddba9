package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HalfStartedApplianceTest {
    @TempDir
    private Path directory;

    @Test
    void shouldCloseTheHandlerOfAWorkerThatCannotBeMade() throws Exception {
        PacketCapture closed = PacketCapture.builder(directory.resolve("capture.pcapng")).open();
        closed.close();
        AtomicInteger closes = new AtomicInteger();
        PacketHandler handler = new PacketHandler() {
            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.FORWARD;
            }

            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        GwlbAppliance appliance = GwlbAppliance.builder().transport(InMemoryTransport::new).handler(worker -> handler).capture(closed)
                .jmx(false).build();

        assertThatThrownBy(appliance::start).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
        assertThat(closes).hasValue(1);
    }
}
