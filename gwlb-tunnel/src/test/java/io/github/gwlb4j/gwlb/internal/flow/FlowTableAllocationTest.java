package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.Allocation;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowTableAllocationTest {
    private static final int ROUNDS = 200_000;

    @Test
    void shouldAllocateNothingForHitsMissesChangesInsertionsRefusalsAndExpiry() {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(200));
        TestFlows flows = new TestFlows();
        ReturnPath found = new ReturnPath();
        long[] nowNs = {0};

        long allocated = Allocation.leastOfThree(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                nowNs[0] += seconds(1) / 2;
                table.remember(flows.udp(i % 400, i % 3 == 0), FlowSignal.DATA, flows.path(i % 7, i % 5 == 0 ? 100 : 40), nowNs[0]);
                table.find(flows.udp(i % 777, true), found, nowNs[0]);
                table.expire(nowNs[0], 56);
            }
        });

        assertThat(table.stats().full()).isPositive();
        assertThat(table.stats().expired()).isPositive();
        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
    }

    @Test
    void shouldAllocateNothingForFragmentsAndErrors() {
        FlowClassifier classifier = new FlowClassifier(new FragmentRecords(16, FragmentRecords.DEFAULT_TIMEOUT_NS));
        byte[] whole = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(3000).build();
        List<byte[]> bytes = Fragmenter.split(whole, 1280, 7);
        byte[][] all = {bytes.get(0), bytes.get(1), whole,
            PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").icmpError(11, 0, bytes.get(1)).build()};
        IpPacket[] packets = new IpPacket[all.length];
        for (int i = 0; i < all.length; i++) {
            packets[i] = new IpPacket();
            packets[i].wrap(ByteBuffer.wrap(all[i]), 0, all[i].length);
        }

        long allocated = Allocation.leastOfThree(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                classifier.classify(1, packets[i % packets.length], i * 1000L);
            }
        });

        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
    }
}
