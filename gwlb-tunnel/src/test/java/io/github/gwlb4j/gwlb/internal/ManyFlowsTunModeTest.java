package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
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
import io.github.gwlb4j.tun.offload.SegmentCoalescer;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TUN mode with so many flows that those of a batch are fetched before the first is asked for. */
class ManyFlowsTunModeTest {
    private static final int MANY = 3000;
    private static final int NODE = 0x0a63_0001;

    private final ManualClock clock = new ManualClock();
    private final InMemoryTransport network = new InMemoryTransport();
    private final Random random = new Random(5);
    private MemoryTunPair ingress;
    private MemoryTunPair egress;
    private TunOffload offload;
    private FlowTable table;
    private Worker worker;

    private void start(boolean hasOffload, int maxFlows) throws InterruptedException {
        offload = hasOffload ? TunOffload.ALL : TunOffload.NONE;
        ingress = new MemoryTunPair(1, 500, offload);
        egress = new MemoryTunPair(1, 500, offload);
        table = new FlowTable(FlowTableConfig.defaults(maxFlows));
        ReadableTunnels readable = new ReadableTunnels(1);
        Admission everyone = new Admission(List.of(), List.of());
        TunnelRules rules = new TunnelRules(everyone, new EndpointModes(TunnelMode.TUN, Map.of()), 4, 0, 1_000_000_000L, 1_000_000_000L,
                Set.of(), 4, 1_000_000_000L);
        TunnelManager tunnels = new TunnelManager(rules, 1, List.of(), (endpointId, mode) -> new TunnelInterfaces(ingress.left(), egress.left()),
                readable, Runnable::run, clock, () -> { }, () -> { });
        SharedState shared = new SharedState(everyone, tunnels, readable, table, new FragmentRecords(64, 1_000_000_000L), null);
        worker = new Worker(0, network.open(0, 1), new PacketRules(0x108, false, true, 8500, false, 0, 8, 1 << 20, null, 256, 0), shared,
                packet -> Verdict.DROP, clock);
        tunnels.tunnelOf(TestPackets.ENDPOINT);
        tunnels.doWork();
        tunnels.doWork();
    }

    private static byte[] request(int flow, int sequence) {
        return PacketBuilder.ipv4("10.0." + flow / 250 + "." + (1 + flow % 250), "192.0.2.1").identification(sequence).udp(2000, 53).payload(20).build();
    }

    private static byte[] answer(int flow, int sequence) {
        return PacketBuilder.ipv4("192.0.2.1", "10.0." + flow / 250 + "." + (1 + flow % 250)).identification(sequence).udp(53, 2000).payload(30).build();
    }

    /** Each flow has a cookie and an outer port of its own. */
    private static Datagram datagram(int flow, byte[] inner) {
        return new Datagram(NODE, 10_000 + flow, TestPackets.geneve(TestPackets.ENDPOINT, flow, inner));
    }

    private void write(byte[] packet) {
        PacketBatch frame = new PacketBatch(1, 1 << 16);
        frame.buffer().put(offload.headerBytes(), packet);
        frame.add(0, offload.headerBytes() + packet.length);
        assertThat(egress.right().queue(0).write(frame, 0, 1)).isOne();
    }

    private List<byte[]> delivered() {
        PacketBatch batch = new PacketBatch(256, 1 << 20);
        ingress.right().queue(0).read(batch);
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            byte[] packet = new byte[batch.length(i) - offload.headerBytes()];
            batch.buffer().get(batch.offset(i) + offload.headerBytes(), packet);
            packets.add(packet);
        }
        return packets;
    }

    private void expectReply(Datagram expected) throws InterruptedException {
        Datagram reply = network.takeReply(0);
        assertThat(reply).isNotNull();
        assertThat(reply.port()).isEqualTo(expected.port());
        assertThat(reply.payload()).isEqualTo(expected.payload());
    }

    private Map<DropReason, Long> drops() {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        worker.counters().snapshot().addDropsTo(drops);
        drops.values().removeIf(count -> count == 0);
        return drops;
    }

    private void expectBalance() {
        WorkerCounters.Snapshot counts = worker.counters().snapshot();
        assertThat(counts.receivedPackets() + counts.readPackets())
                .isEqualTo(counts.deliveredPackets() + counts.forwardedPackets() + drops().values().stream().mapToLong(Long::longValue).sum());
    }

    /** A packet of each flow. */
    private void begin() throws InterruptedException {
        for (int flow = 0; flow < MANY; flow++) {
            network.inject(datagram(flow, request(flow, 0)));
            if (flow % 100 == 99) {
                assertThat(worker.doWork()).isPositive();
                assertThat(delivered()).hasSize(100);
            }
        }
        assertThat(table.count()).isEqualTo(MANY);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeliverThePacketsOfThousandsOfFlowsWithBadOnesInBetween(boolean hasOffload) throws InterruptedException {
        start(hasOffload, MANY);
        begin();
        byte[] bad = TestPackets.geneve(request(1, 0));
        bad[40] = 0;
        int bads = 0;
        for (int round = 0; round < 30; round++) {
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; sent.size() < 60; i++) {
                int flow = random.nextInt(MANY);
                for (int run = random.nextInt(4); run >= 0; run--) {
                    sent.add(request(flow, 7 * sent.size())); // with identifications by which the kernel would not cut them, so that none are merged
                    network.inject(datagram(flow, sent.get(sent.size() - 1)));
                }
                if (i % 5 == 0) {
                    network.inject(new Datagram(NODE, 9, bad));
                    bads++;
                }
            }
            worker.doWork();
            assertThat(delivered()).usingRecursiveComparison().isEqualTo(sent);
        }

        assertThat(drops()).isEqualTo(Map.of(DropReason.PROTOCOL_MISMATCH, (long) bads));
        assertThat(table.count()).isEqualTo(MANY);
        for (int flow = 0; flow < MANY; flow += 7) {
            write(answer(flow, 1));
            worker.doWork();
            expectReply(datagram(flow, answer(flow, 1)));
        }
        expectBalance();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldPutEachFlowsOwnHeaderInFrontWithUnknownOnesAndBadOnesInBetween(boolean hasOffload) throws InterruptedException {
        start(hasOffload, MANY);
        begin();
        byte[] bad = answer(1, 1);
        bad[0] = 0x41; // a header of 4 bytes
        for (int round = 0; round < 30; round++) {
            List<Datagram> expected = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int flow = random.nextInt(MANY);
                for (int run = i % 9 == 0 ? 3 : 1; run > 0; run--) {
                    write(answer(flow, i));
                    expected.add(datagram(flow, answer(flow, i)));
                }
                if (i % 10 == 3) {
                    write(i % 20 == 3 ? bad : answer(MANY + i, i));
                }
            }
            worker.doWork();
            for (Datagram datagram : expected) {
                expectReply(datagram);
            }
            assertThat(network.takeReply(0)).isNull();
        }

        assertThat(drops()).isEqualTo(Map.of(DropReason.INTERFACE_PACKET_MALFORMED, 90L, DropReason.FLOW_UNKNOWN, 90L));
        expectBalance();
    }

    @Test
    void shouldFetchABatchsFlowsInBothDirections() throws Exception {
        start(false, MANY);
        begin();
        long in = fetchedBy("writer");
        long out = fetchedBy("reader");
        for (int flow = 0; flow < 10; flow++) {
            network.inject(datagram(flow, request(flow, 1)));
        }
        worker.doWork();
        assertThat(fetchedBy("writer")).isNotEqualTo(in);
        assertThat(fetchedBy("reader")).isEqualTo(out);

        in = fetchedBy("writer");
        for (int flow = 0; flow < 10; flow++) {
            write(answer(flow, 1));
        }
        worker.doWork();
        assertThat(fetchedBy("writer")).isEqualTo(in);
        assertThat(fetchedBy("reader")).isNotEqualTo(out);
    }

    private long fetchedBy(String part) throws ReflectiveOperationException {
        return ((BatchFlows) field(field(worker, part), "batchFlows")).fetched();
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    @Test
    void shouldKeepTheOrderOfPacketsAroundASuperPacket() throws InterruptedException {
        start(true, MANY);
        begin();
        network.inject(datagram(7, PacketBuilder.ipv4("10.0.0.8", "192.0.2.1").tcp(40_000, 443).flags(TcpHeader.SYN).build()));
        worker.doWork();
        List<Datagram> expected = new ArrayList<>();
        PacketBatch segments = new PacketBatch(8, 1 << 16);
        for (int i = 0; i < 5; i++) {
            write(answer(i, i));
            expected.add(datagram(i, answer(i, i)));
        }
        for (int i = 0; i < 4; i++) {
            byte[] segment = PacketBuilder.ipv4("192.0.2.1", "10.0.0.8").identification(1 + i).dontFragment(true).tcp(443, 40_000)
                    .sequence(i * 1000, 9).flags(TcpHeader.ACK).payload(1000).build();
            int offset = segments.reserve(segment.length, 0);
            segments.buffer().put(offset, segment);
            segments.add(offset, segment.length);
            expected.add(datagram(7, segment));
        }
        assertThat(egress.right().queue(0).write(new SegmentCoalescer(8, TunOffload.ALL).coalesce(segments, 0, 4), 0, 1)).isOne();
        for (int i = 5; i < 10; i++) {
            write(answer(i, i));
            expected.add(datagram(i, answer(i, i)));
        }

        worker.doWork();

        for (Datagram datagram : expected) {
            expectReply(datagram);
        }
        assertThat(network.takeReply(0)).isNull();
        assertThat(drops()).isEmpty();
        expectBalance();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeliverOnlyThosePacketsOfABatchWhoseFlowsFitIntoTheTable(boolean hasOffload) throws InterruptedException {
        start(hasOffload, MANY / 3);
        List<byte[]> delivered = new ArrayList<>();
        for (int flow = 0; flow < MANY; flow++) {
            network.inject(datagram(flow, request(flow, 0)));
            if (flow % 100 == 99) {
                worker.doWork();
                delivered.addAll(delivered());
            }
        }

        long full = drops().get(DropReason.FLOW_TABLE_FULL);
        assertThat(delivered).hasSize((int) table.count());
        assertThat(full).isEqualTo(MANY - table.count()).isBetween(1000L, 2000L);
        for (byte[] packet : delivered) {
            int flow = (packet[14] & 0xff) * 250 + (packet[15] & 0xff) - 1;
            assertThat(packet).isEqualTo(request(flow, 0));
            write(answer(flow, 1));
            worker.doWork();
            expectReply(datagram(flow, answer(flow, 1)));
        }
        assertThat(drops()).isEqualTo(Map.of(DropReason.FLOW_TABLE_FULL, full));
        expectBalance();
    }
}
