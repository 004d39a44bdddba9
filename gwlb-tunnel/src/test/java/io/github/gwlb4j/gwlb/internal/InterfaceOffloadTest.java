package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.offload.SegmentCoalescer;
import io.github.gwlb4j.tun.offload.SegmentSplitter;
import io.github.gwlb4j.tun.offload.SplitStatus;
import io.github.gwlb4j.tun.offload.VnetHeader;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TUN mode with devices that take and give super-packets, in memory. */
class InterfaceOffloadTest {
    private static final int NODE = 0x0a63_0001;
    private static final int PORT = 60_123;
    private static final int SEGMENT = 1000;

    private final ManualClock clock = new ManualClock();
    private final InMemoryTransport network = new InMemoryTransport();
    private final MemoryTunPair ingress = new MemoryTunPair(1, 500, TunOffload.ALL);
    private final MemoryTunPair egress = new MemoryTunPair(1, 500, TunOffload.ALL);
    private final ReadableTunnels readable = new ReadableTunnels(1);
    private final PacketHandler notAsked = packet -> Verdict.DROP;
    private TunnelManager tunnels;
    private Worker worker;

    @BeforeEach
    void start() throws InterruptedException {
        Admission everyone = new Admission(List.of(), List.of());
        TunnelRules rules = new TunnelRules(everyone, new EndpointModes(TunnelMode.TUN, Map.of()), 4, 0, 1_000_000_000L, 1_000_000_000L,
                Set.of(), 4, 1_000_000_000L);
        tunnels = new TunnelManager(rules, 1, List.of(), (endpointId, mode) ->
                new TunnelInterfaces(ingress.left(), egress.left()), readable, Runnable::run, clock, () -> { }, () -> { });
        SharedState shared = new SharedState(everyone, tunnels, readable, new FlowTable(FlowTableConfig.defaults(100)),
                new FragmentRecords(64, 1_000_000_000L), null);
        worker = new Worker(0, network.open(0, 1), new PacketRules(0x108, false, true, 8500, false, 0, 8, 1 << 20, null, 256, 0), shared, notAsked, clock);
        network.inject(new Datagram(NODE, PORT, TestPackets.geneve(segment(0, 10))));
        worker.doWork();
        tunnels.doWork();
        tunnels.doWork();
        worker.doWork();
        assertThat(delivered()).hasSize(1);
    }

    /** Client to server. */
    private static byte[] segment(int sequence, int payloadBytes) {
        return PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").identification(1 + sequence / SEGMENT).dontFragment(true).tcp(40_000, 443)
                .sequence(sequence, 7).flags(TcpHeader.ACK).payload(payloadBytes).build();
    }

    /** Frames as the kernel gets them. */
    private List<byte[]> delivered() {
        return read(ingress.right().queue(0));
    }

    private static List<byte[]> read(TunQueue queue) {
        PacketBatch batch = new PacketBatch(64, 1 << 20);
        queue.read(batch);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            byte[] frame = new byte[batch.length(i)];
            batch.buffer().get(batch.offset(i), frame);
            frames.add(frame);
        }
        return frames;
    }

    private static List<byte[]> split(byte[] frame) {
        PacketBatch frames = new PacketBatch(1, 1 << 17);
        frames.buffer().put(0, frame);
        frames.add(0, frame.length);
        SegmentSplitter splitter = new SegmentSplitter();
        assertThat(splitter.begin(frames, 0)).isEqualTo(SplitStatus.OK);
        PacketBatch packets = new PacketBatch(64, 1 << 18);
        splitter.copyTo(packets);
        List<byte[]> found = new ArrayList<>();
        for (int i = 0; i < packets.count(); i++) {
            byte[] packet = new byte[packets.length(i)];
            packets.buffer().get(packets.offset(i), packet);
            found.add(packet);
        }
        return found;
    }

    private void expectBalance(long received, long delivered, long read, long forwarded) {
        WorkerCounters.Snapshot counts = worker.counters().snapshot();
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        counts.addDropsTo(drops);
        long dropped = drops.values().stream().mapToLong(Long::longValue).sum();
        assertThat(counts.receivedPackets()).isEqualTo(received);
        assertThat(counts.deliveredPackets()).isEqualTo(delivered);
        assertThat(counts.readPackets()).isEqualTo(read);
        assertThat(counts.forwardedPackets()).isEqualTo(forwarded);
        assertThat(received + read).isEqualTo(delivered + forwarded + counts.heldPackets() + dropped);
    }

    @Test
    void shouldGiveTheKernelOneSuperPacketForSegmentsOfAConnectionThatComeTogether() throws InterruptedException {
        List<byte[]> sent = new ArrayList<>();
        byte[] ping = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").icmpEchoRequest(1, 2).payload(56).build();
        for (int i = 0; i < 5; i++) {
            sent.add(segment(1000 + i * SEGMENT, SEGMENT));
            network.inject(new Datagram(NODE, PORT, TestPackets.geneve(sent.get(i))));
            network.inject(new Datagram(NODE, PORT + 1, TestPackets.geneve(ping)));
        }

        worker.doWork();

        List<byte[]> frames = delivered();
        assertThat(frames).hasSize(6); // the segments in one, and each ping alone
        byte[] large = frames.stream().max((a, b) -> a.length - b.length).orElseThrow();
        assertThat(split(large)).usingRecursiveComparison().isEqualTo(sent);
        assertThat(frames).filteredOn(frame -> frame != large).allSatisfy(frame -> assertThat(split(frame).get(0)).isEqualTo(ping));
        expectBalance(11, 11, 0, 0);
    }

    @Test
    void shouldGiveTheKernelEachPacketAsItIsIfNoFlowHasTwo() throws InterruptedException {
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(2000 + i, 443).payload(100 + i).build());
            network.inject(new Datagram(NODE, PORT, TestPackets.geneve(sent.get(i))));
        }

        worker.doWork();

        List<byte[]> frames = delivered();
        assertThat(frames).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(Arrays.copyOf(frames.get(i), VnetHeader.LENGTH)).as("virtio_net header").containsOnly(0);
            assertThat(Arrays.copyOfRange(frames.get(i), VnetHeader.LENGTH, frames.get(i).length)).isEqualTo(sent.get(i));
        }
        expectBalance(21, 21, 0, 0);
    }

    @Test
    void shouldCountEachPacketThatTheKernelDoesNotTakeThoughNoFlowHasTwo() throws InterruptedException {
        ingress.left().close();
        for (int i = 0; i < 5; i++) {
            network.inject(new Datagram(NODE, PORT, TestPackets.geneve(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(2000 + i, 443).payload(9).build())));
        }

        worker.doWork();

        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        worker.counters().snapshot().addDropsTo(drops);
        assertThat(drops).containsEntry(DropReason.INTERFACE_WRITE_FAILED, 5L);
        expectBalance(6, 1, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"60, 1000", "200, 300"}) // the second takes the reader four rounds
    void shouldSendBackEachSegmentOfAKernelsSuperPacketInOrderWithTheFlowsHeader(int count, int payload) throws InterruptedException {
        List<byte[]> segments = new ArrayList<>();
        PacketBatch packets = new PacketBatch(256, 1 << 18);
        for (int i = 0; i < count; i++) {
            byte[] answer = PacketBuilder.ipv4("192.0.2.1", "10.0.0.1").identification(1 + i).dontFragment(true).tcp(443, 40_000)
                    .sequence(i * payload, 9).flags(TcpHeader.ACK).payload(i < count - 1 ? payload : 17).build();
            segments.add(answer);
            int offset = packets.reserve(answer.length, 0);
            packets.buffer().put(offset, answer);
            packets.add(offset, answer.length);
        }
        SegmentCoalescer coalescer = new SegmentCoalescer(256, TunOffload.ALL);
        assertThat(egress.right().queue(0).write(coalescer.coalesce(packets, 0, count), 0, 1)).isOne();

        worker.doWork();

        for (byte[] segment : segments) {
            Datagram reply = network.takeReply(0);
            assertThat(reply).isNotNull();
            assertThat(reply.port()).isEqualTo(PORT);
            assertThat(reply.payload()).isEqualTo(TestPackets.geneve(segment));
        }
        assertThat(network.takeReply(0)).isNull();
        expectBalance(1, 1, count, count);
    }

    @Test
    void shouldCountEverySegmentWhenTheirFlowIsUnknownAndAFrameThatCannotBeTakenApart() {
        PacketBatch packets = new PacketBatch(8, 1 << 16);
        for (int i = 0; i < 3; i++) {
            byte[] stray = PacketBuilder.ipv4("192.0.2.9", "10.0.0.9").identification(1 + i).dontFragment(true).tcp(443, 40_000)
                    .sequence(i * SEGMENT, 9).flags(TcpHeader.ACK).payload(SEGMENT).build();
            int offset = packets.reserve(stray.length, 0);
            packets.buffer().put(offset, stray);
            packets.add(offset, stray.length);
        }
        SegmentCoalescer coalescer = new SegmentCoalescer(8, TunOffload.ALL);
        egress.right().queue(0).write(coalescer.coalesce(packets, 0, 3), 0, 1);
        PacketBatch broken = new PacketBatch(1, 64);
        broken.buffer().put(1, (byte) 77); // no such segmentation
        broken.buffer().put(10, (byte) 0x45);
        broken.add(0, 40);
        egress.right().queue(0).write(broken, 0, 1);

        worker.doWork();

        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        worker.counters().snapshot().addDropsTo(drops);
        assertThat(drops).containsEntry(DropReason.FLOW_UNKNOWN, 3L).containsEntry(DropReason.INTERFACE_PACKET_MALFORMED, 1L);
        expectBalance(1, 1, 4, 0);
    }
}
