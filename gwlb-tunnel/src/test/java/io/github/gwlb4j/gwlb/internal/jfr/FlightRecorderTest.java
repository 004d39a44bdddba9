package io.github.gwlb4j.gwlb.internal.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording of an appliance shows. */
class FlightRecorderTest {
    @TempDir
    private Path folder;

    private List<RecordedEvent> dump(Recording recording) throws IOException {
        Path file = folder.resolve("test.jfr");
        recording.stop();
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.github.gwlb4j.")).toList();
    }

    @Test
    void shouldShowTunnelsComeAndGoAndHandlersFailNoOftenerThanTheLogTellsIt() throws Exception {
        CountDownLatch created = new CountDownLatch(1);
        InMemoryTransport network = new InMemoryTransport();
        List<RecordedEvent> events;
        try (Recording recording = new Recording()) {
            recording.start();
            GwlbAppliance appliance = GwlbAppliance.builder().transport(() -> network).handler(worker -> packet -> {
                throw new IllegalStateException("bug");
            }).listener(new TunnelListener() {
                @Override
                public void onCreated(Tunnel tunnel) {
                    created.countDown();
                }
            }).build().start();
            try (appliance) {
                for (int i = 0; i < 100; i++) {
                    network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
                }
                while (appliance.stats().receivedPackets() < 100) {
                    Thread.sleep(1);
                }
                assertThat(created.await(5, TimeUnit.SECONDS)).isTrue();
            }
            events = dump(recording);
        }

        RecordedEvent createdEvent = only(events, "TunnelCreated");
        assertThat(createdEvent.getString("endpoint")).isEqualTo("vpce-00123456789abcdef");
        RecordedEvent destroyed = only(events, "TunnelDestroyed");
        assertThat(destroyed.getString("endpoint")).isEqualTo("vpce-00123456789abcdef");
        assertThat(destroyed.getString("reason")).isEqualTo("CLOSED");
        assertThat(destroyed.getLong("receivedPackets")).isEqualTo(100);
        assertThat(destroyed.getDuration("lifetimeMs")).isBetween(Duration.ZERO, Duration.ofMinutes(1));
        RecordedEvent failure = only(events, "HandlerFailure");
        assertThat(failure.getString("cause")).isEqualTo("java.lang.IllegalStateException: bug");
        assertThat(failure.getLong("failures")).isOne();
    }

    @Test
    void shouldShowReceiveBufferDropsAndAFullFlowTable() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = new Recording()) {
            recording.start();
            ReceiveBufferDropsEvent.emit(17);
            FlowTableFullEvent.emit(1024, 5);
            HandlerFailureEvent.emit(null, 3);
            events = dump(recording);
        }
        assertThat(only(events, "ReceiveBufferDrops").getLong("dropped")).isEqualTo(17);
        assertThat(only(events, "FlowTableFull").getInt("capacity")).isEqualTo(1024);
        assertThat(only(events, "FlowTableFull").getLong("refusedFlows")).isEqualTo(5);
        assertThat(only(events, "HandlerFailure").getString("cause")).isEqualTo("returned null");
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name) {
        List<RecordedEvent> found = events.stream().filter(event -> event.getEventType().getName().equals("io.github.gwlb4j." + name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0);
    }
}
