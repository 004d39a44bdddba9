package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LookAheadTest {
    private static final int MANY = 2 * LookAhead.FEWEST_FLOWS;

    private final FlowTable flows = new FlowTable(FlowTableConfig.defaults(MANY));
    private final LookAhead lookAhead = new LookAhead(null, flows, Gwlb.OPTION_CLASS, 64);
    private final DatagramBatch batch = new DatagramBatch(64, 2048);

    private static byte[] request(int n) {
        return PacketBuilder.ipv4("10.0.0.1", "10.0." + n / 250 + "." + (n % 250 + 1)).udp(7, 53).payload(10).build();
    }

    private void receive(byte[] datagram) {
        int at = batch.nextSlot();
        batch.buffer().put(at, datagram, 0, datagram.length);
        batch.add(datagram.length, 0, 0, InlineRig.NODE, InlineRig.PORT);
    }

    private void remember(int count) {
        ReturnPath path = new ReturnPath().header(ByteBuffer.allocateDirect(40), 0, 40).peer(0, 1, 2, 3);
        for (int n = 0; n < count; n++) {
            IpPacket packet = new IpPacket();
            packet.wrap(ByteBuffer.wrap(request(n)), 0, request(n).length);
            flows.remember(new FlowKey().set(TestPackets.ENDPOINT, packet), FlowSignal.DATA, path, 0);
        }
    }

    @Test
    void shouldFetchTheFlowsOfABatchKnownOrNot() {
        remember(LookAhead.FEWEST_FLOWS);
        for (int n = 0; n < 10; n++) {
            receive(TestPackets.geneve(request(LookAhead.FEWEST_FLOWS - 5 + n)));
        }

        assertThat(lookAhead.fetch(batch)).isEqualTo(10);
        assertThat(flows.count()).isEqualTo(LookAhead.FEWEST_FLOWS);
    }

    @Test
    void shouldPassOverWhatIsNoPacket() {
        remember(LookAhead.FEWEST_FLOWS);
        byte[] good = TestPackets.geneve(request(1));
        byte[] badInner = good.clone();
        badInner[40] = 0;
        receive(new byte[0]);
        receive(new byte[300]);
        receive(good);
        receive(badInner);
        receive(Arrays.copyOf(good, 30));

        assertThat(lookAhead.fetch(batch)).isEqualTo(1);
    }

    @Test
    void shouldDoNothingWhileAllFlowsAreNearOrThereAreFewPackets() {
        remember(LookAhead.FEWEST_FLOWS - 1);
        for (int n = 0; n < 10; n++) {
            receive(TestPackets.geneve(request(n)));
        }
        assertThat(lookAhead.fetch(batch)).isZero();

        remember(LookAhead.FEWEST_FLOWS);
        assertThat(lookAhead.fetch(batch)).isEqualTo(10);
        batch.clear();
        for (int n = 0; n < 3; n++) {
            receive(TestPackets.geneve(request(n)));
        }
        assertThat(lookAhead.fetch(batch)).isZero();
    }

    @Test
    void shouldShowEachPacketItsOwnFlowAmongThousands() {
        InlineRig rig = new InlineRig(FlowTracking.ofMaxFlows(MANY));
        Map<Object, Flow> flowOf = new HashMap<>();
        rig.onPacket = packet -> {
            Flow flow = packet.flow();
            if (flow.attachment() == null) {
                flow.attach(packet.flowKey().copy());
            }
            assertThat(flow.attachment()).isEqualTo(packet.flowKey());
            assertThat(flowOf.merge(flow.attachment(), flow, (before, now) -> before)).isSameAs(flow);
            return Verdict.FORWARD;
        };
        for (int round = 0; round < 2; round++) {
            for (int n = 0; n < MANY; n++) {
                rig.network.inject(new Datagram(InlineRig.NODE, InlineRig.PORT, TestPackets.geneve(request(n))));
                if (n % 32 == 31) {
                    rig.worker.doWork();
                }
            }
        }
        while (rig.worker.doWork() > 0) {
            assertThat(rig.drops()).isEmpty();
        }

        assertThat(rig.counts().forwardedPackets()).isEqualTo(2L * MANY);
        assertThat(rig.counts().flows()).isEqualTo(MANY);
        assertThat(flowOf).hasSize(MANY);
        rig.assertBalanced();
    }
}
