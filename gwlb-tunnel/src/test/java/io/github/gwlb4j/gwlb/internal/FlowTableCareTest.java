package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowTableCareTest {
    private final FlowTable flows = new FlowTable(FlowTableConfig.defaults(1));
    private final FlowTableCare care = new FlowTableCare(flows);
    private final ReturnPath path = new ReturnPath().header(ByteBuffer.allocateDirect(40), 0, 40).peer(0, 1, 2, 3);
    private long nowNs = 1_000_000_000L;

    private void remember(int flow) {
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1 + flow, 53).build();
        IpPacket inner = new IpPacket();
        inner.wrap(ByteBuffer.wrap(packet), 0, packet.length);
        FlowKey key = new FlowKey();
        key.setByPorts(1, inner);
        flows.remember(key, FlowSignal.DATA, path, nowNs);
    }

    @Test
    void shouldForgetSilentFlowsWithinTenTurns() {
        remember(0);
        nowNs += Duration.ofSeconds(122).toNanos();
        for (int turn = 0; turn < 10; turn++) {
            care.turn(nowNs);
        }
        assertThat(flows.stats().flows()).isZero();
        assertThat(flows.stats().expired()).isOne();
    }

    @Test
    void shouldShowInTheFlightRecorderHowManyFlowsWereRefusedSinceTheLastLook(@TempDir Path folder) throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = new Recording()) {
            recording.start();
            care.turn(nowNs);
            for (int i = 0; i < 1000; i++) {
                remember(i);
            }
            care.turn(nowNs);
            care.turn(nowNs);
            recording.stop();
            Path file = folder.resolve("full.jfr");
            recording.dump(file);
            events = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("io.github.gwlb4j.FlowTableFull")).toList();
        }
        assertThat(events).singleElement().satisfies(event -> assertThat(event.getLong("refusedFlows"))
                .isEqualTo(1000 - flows.stats().flows()).isPositive());
    }
}
