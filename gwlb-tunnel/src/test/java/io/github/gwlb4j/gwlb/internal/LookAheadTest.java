package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.Allocation;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.internal.track.FlowOwner;
import io.github.gwlb4j.gwlb.internal.track.FlowTracker;
import io.github.gwlb4j.gwlb.internal.track.TrackedFlow;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LookAheadTest implements FlowOwner {
    private static final int MANY = 2 * LookAhead.FEWEST_FLOWS;

    private final FragmentRecords fragments = new FragmentRecords(64, FragmentRecords.DEFAULT_TIMEOUT_NS);
    private final FlowTracker tracker = new FlowTracker(FlowTracking.ofMaxFlows(MANY), fragments, true, this, 0);
    private final Tunnel tunnel = new InlineRig(FlowTracking.ofMaxFlows(1)).tunnels.tunnelOf(TestPackets.ENDPOINT);
    private final LookAhead lookAhead = new LookAhead(tracker, Gwlb.OPTION_CLASS, 64);
    private final DatagramBatch batch = new DatagramBatch(64, 2048);
    private int port = InlineRig.PORT;

    @Override
    public void onFlowBegin() {
        // nobody counts here
    }

    @Override
    public void onFlowEnd(TrackedFlow ended, FlowEnd end) {
        // nobody is told here
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath way) {
        throw new AssertionError("nobody injects here");
    }

    @Override
    public void onInjectFailure() {
        throw new AssertionError("nobody injects here");
    }

    private static byte[] request(int n) {
        return PacketBuilder.ipv4("10.0.0.1", "10.0." + n / 250 + "." + (n % 250 + 1)).udp(7, 53).payload(10).build();
    }

    private void receive(byte[] datagram) {
        int at = batch.nextSlot();
        batch.buffer().put(at, datagram, 0, datagram.length);
        batch.add(datagram.length, 0, 0, InlineRig.NODE, port++);
    }

    private void track(int count) {
        ReturnPath path = new ReturnPath().header(ByteBuffer.allocateDirect(40), 0, 40).peer(0, 1, 2, 3);
        for (int n = 0; n < count; n++) {
            IpPacket packet = new IpPacket();
            packet.wrap(ByteBuffer.wrap(request(n)), 0, request(n).length);
            assertThat(tracker.track(tunnel, packet, path, 0)).isTrue();
        }
    }

    @Test
    void shouldFetchTheFlowsOfABatchKnownOrNot() {
        track(LookAhead.FEWEST_FLOWS);
        for (int n = 0; n < 10; n++) {
            receive(TestPackets.geneve(request(LookAhead.FEWEST_FLOWS - 5 + n)));
        }

        assertThat(lookAhead.fetch(batch)).isEqualTo(10);
        assertThat(tracker.flows()).isEqualTo(LookAhead.FEWEST_FLOWS);
    }

    @Test
    void shouldTakeTheHashesByWhichFlowsAreFound() {
        track(LookAhead.FEWEST_FLOWS);
        List<byte[]> packets = new ArrayList<>(Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(7, 53).payload(900).build(), 500, 1).subList(0, 1));
        packets.addAll(List.of(request(3), PacketBuilder.ipv6("2001:db8::1", "2001:db8::2").tcp(7, 53).payload(9).build(), request(5)));
        packets.forEach(packet -> receive(TestPackets.geneve(packet)));

        assertThat(lookAhead.fetch(batch)).isEqualTo(packets.size());
        FlowClassifier classifier = new FlowClassifier(fragments);
        for (int i = 0; i < packets.size(); i++) {
            IpPacket packet = new IpPacket();
            packet.wrap(ByteBuffer.wrap(packets.get(i)), 0, packets.get(i).length);
            classifier.classify(TestPackets.ENDPOINT, packet, 0);
            assertThat(lookAhead.hash(i)).isEqualTo(classifier.key().hash64());
        }
    }

    @Test
    void shouldLookAtARunOfOneSenderAndPortOnce() {
        track(LookAhead.FEWEST_FLOWS);
        for (int n = 0; n < 20; n++) {
            port = InlineRig.PORT + n / 10;
            receive(TestPackets.geneve(request(n / 10)));
        }

        assertThat(lookAhead.fetch(batch)).isEqualTo(2);
    }

    @Test
    void shouldAllocateNothing() {
        track(LookAhead.FEWEST_FLOWS);
        for (int n = 0; n < 32; n++) {
            receive(TestPackets.geneve(request(n)));
        }

        assertThat(Allocation.leastOfThree(() -> fetch(2_000))).isLessThan(2_000);
    }

    private void fetch(int times) {
        for (int i = 0; i < times; i++) {
            if (lookAhead.fetch(batch) != 32) {
                throw new AssertionError("round " + i);
            }
        }
    }

    @Test
    void shouldPassOverWhatIsNoPacket() {
        track(LookAhead.FEWEST_FLOWS);
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
        track(LookAhead.FEWEST_FLOWS - 1);
        for (int n = 0; n < 10; n++) {
            receive(TestPackets.geneve(request(n)));
        }
        assertThat(lookAhead.fetch(batch)).isZero();

        track(LookAhead.FEWEST_FLOWS);
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
