package io.github.gwlb4j.gwlb.internal.track;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrackedFlowTest implements FlowOwner {
    private static final byte[] IPV4 = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(7, 53).payload(10).build();
    private static final byte[] IPV4_BACK = PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").udp(53, 7).payload(10).build();
    private static final byte[] IPV6 = PacketBuilder.ipv6("2001:db8::1", "2001:db8:1::2").udp(7, 53).payload(10).build();
    private static final byte[] IPV6_BACK = PacketBuilder.ipv6("2001:db8:1::2", "2001:db8::1").udp(53, 7).payload(10).build();

    private final FlowTracker tracker = new FlowTracker(FlowTracking.ofMaxFlows(4),
            new FragmentRecords(64, FragmentRecords.DEFAULT_TIMEOUT_NS), true, this, 0);
    private final TrackedFlow flow = new TrackedFlow(tracker);
    private final ByteBuffer header = ByteBuffer.allocateDirect(300);
    private final ReturnPath way = new ReturnPath();
    private List<Object> injectedBy;

    @Override
    public void onFlowBegin() {
        // nobody counts here
    }

    @Override
    public void onFlowEnd(TrackedFlow ended, FlowEnd end) {
        // nobody is told here
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath by) {
        injectedBy = parts(by);
        return InjectStatus.QUEUED;
    }

    @Override
    public void onInjectFailure() {
        throw new AssertionError("the flow lives");
    }

    private static List<Object> parts(ReturnPath by) {
        byte[] bytes = new byte[by.headerLength()];
        by.header().get(by.headerOffset(), bytes);
        return List.of(Arrays.toString(bytes), by.peerHigh(), by.peerLow(), by.peerPort(), by.origin());
    }

    private static FlowKey keyOf(byte[] packet) {
        IpPacket inner = new IpPacket();
        assertThat(inner.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return new FlowKey().set(1, inner);
    }

    private void keepAndExpectBack() {
        flow.keep(way);
        flow.inject(ByteBuffer.allocate(1), 0, 1);
        assertThat(injectedBy).isEqualTo(parts(way));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 36, 40, 44, 260})
    void shouldNoticeEachBitOfAWayThatChanges(int headerLength) {
        flow.begin(keyOf(IPV4), null, 0);
        way.header(header, 3, headerLength).peer(0, 0x0a63_0001, 60_000, 1);
        keepAndExpectBack();
        for (int bit = 0; bit < headerLength * Byte.SIZE; bit++) {
            int at = 3 + bit / Byte.SIZE;
            header.put(at, (byte) (header.get(at) ^ 1 << bit % Byte.SIZE));
            keepAndExpectBack();
        }
        for (int bit = 0; bit < Long.SIZE; bit++) {
            keepAndExpectBack();
            way.peer(way.peerHigh() ^ 1L << bit, way.peerLow(), way.peerPort(), way.origin());
            keepAndExpectBack();
            way.peer(way.peerHigh(), way.peerLow() ^ 1L << bit, way.peerPort(), way.origin());
            keepAndExpectBack();
            way.peer(way.peerHigh(), way.peerLow(), way.peerPort() ^ 1 << bit % 16, way.origin());
            keepAndExpectBack();
            way.peer(way.peerHigh(), way.peerLow(), way.peerPort(), way.origin() ^ 1 << bit % 32);
            keepAndExpectBack();
        }
    }

    @Test
    void shouldNoticeAHeaderOfAnotherLengthAndTheUsualOneAfterIt() {
        flow.begin(keyOf(IPV4), null, 0);
        for (int length : new int[] {40, 44, 40, 8, 40}) {
            way.header(header, 0, length).peer(0, 1, 2, 3);
            keepAndExpectBack();
        }
    }

    @Test
    void shouldTellKeyAndDirectionOfItsFirstPacketAlsoWhenTheObjectIsUsedAgain() {
        for (byte[] packet : List.of(IPV4, IPV4_BACK, IPV6, IPV6_BACK, IPV4)) {
            FlowKey key = keyOf(packet);
            flow.begin(key, null, 0);

            assertThat(flow.key()).isEqualTo(key).hasSameHashCodeAs(key).hasToString(key.toString());
            assertThat(flow.key().isForward()).isEqualTo(key.isForward());
            assertThat(flow.key().packetPorts()).isEqualTo(key.packetPorts());
            assertThat(flow.isOf(key)).isTrue();
            assertThat(flow.isOf(key.reverse())).as("direction is not part of it").isTrue();
            flow.end();
        }
    }

    @Test
    void shouldTellFlowsApart() {
        List<byte[]> packets = List.of(IPV4, IPV6, PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").tcp(7, 53).payload(10).build(),
                PacketBuilder.ipv4("10.0.0.1", "10.0.0.3").udp(7, 53).payload(10).build());
        for (byte[] one : packets) {
            flow.begin(keyOf(one), null, 0);
            for (byte[] other : packets) {
                assertThat(flow.isOf(keyOf(other))).isEqualTo(one == other);
            }
        }
    }
}
