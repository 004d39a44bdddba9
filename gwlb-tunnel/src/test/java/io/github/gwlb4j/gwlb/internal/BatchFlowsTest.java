package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchFlowsTest {
    private final FlowTable table = new FlowTable(FlowTableConfig.defaults(2000));
    private final BatchFlows flows = new BatchFlows(shared(), 8);

    private SharedState shared() {
        return new SharedState(null, null, null, table, fragments(), null);
    }

    private static FragmentRecords fragments() {
        return new FragmentRecords(64, FragmentRecords.DEFAULT_TIMEOUT_NS);
    }

    private static IpPacket packet(byte[] bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private static IpPacket request(int n) {
        return packet(PacketBuilder.ipv4("10.0.0.1", "10.0." + n / 250 + "." + (n % 250 + 1)).udp(7, 53).payload(10).build());
    }

    private void remember(int from, int to) {
        remember(from, to, 2);
    }

    private void remember(int from, int to, int peerPort) {
        ReturnPath path = new ReturnPath().header(ByteBuffer.allocateDirect(40), 0, 40).peer(0, 1, peerPort, 3);
        for (int n = from; n < to; n++) {
            table.remember(new FlowKey().set(TestPackets.ENDPOINT, request(n)), FlowSignal.DATA, path, 0);
        }
    }

    private void add(int from, int to) {
        for (int n = from; n < to; n++) {
            assertThat(flows.add(TestPackets.ENDPOINT, request(n), 0)).isEqualTo(n - from);
        }
    }

    @Test
    void shouldFetchABatchOnceThereAreManyFlows() {
        remember(0, BatchFlows.FEWEST_FLOWS - 1);
        add(0, 8);
        assertThat(flows.fetch()).isZero();

        remember(BatchFlows.FEWEST_FLOWS - 1, BatchFlows.FEWEST_FLOWS);
        assertThat(flows.fetch()).isEqualTo(8);

        flows.clear();
        add(0, BatchFlows.FEWEST_IN_BATCH - 1);
        assertThat(flows.fetch()).isZero();
    }

    @Test
    void shouldFetchAFlowWhosePacketsComeTogetherOnce() {
        remember(0, BatchFlows.FEWEST_FLOWS);
        for (int i = 0; i < 8; i++) {
            flows.add(TestPackets.ENDPOINT, request(i < 4 ? 1 : i), 0);
        }

        assertThat(flows.fetch()).isEqualTo(5);
        assertThat(flows.size()).isEqualTo(8);
        assertThat(flows.key(3)).isEqualTo(flows.key(0));
    }

    @Test
    void shouldReadWhatTheTableHoldsOfEachFlowOfTheBatch() {
        remember(0, BatchFlows.FEWEST_FLOWS);
        long read = readOfTheFirstEight();
        assertThat(readOfTheFirstEight()).isEqualTo(read);

        remember(8, 9, 77); // changes the version of its slot
        assertThat(readOfTheFirstEight()).isEqualTo(read);
        for (int n = 0; n < 8; n++) {
            remember(n, n + 1, 77);
            assertThat(readOfTheFirstEight()).as("flow %s", n).isNotEqualTo(read);
            read = readOfTheFirstEight();
        }
    }

    private long readOfTheFirstEight() {
        long before = flows.fetched();
        flows.clear();
        add(0, 8);
        flows.fetch();
        return flows.fetched() - before;
    }

    @Test
    void shouldKeepTheKeysThatItHasFetched() {
        remember(0, BatchFlows.FEWEST_FLOWS);
        add(BatchFlows.FEWEST_FLOWS - 4, BatchFlows.FEWEST_FLOWS + 4); // known ones, then others

        assertThat(flows.fetch()).isEqualTo(8);

        for (int i = 0; i < 8; i++) {
            FlowKey key = new FlowKey().set(TestPackets.ENDPOINT, request(BatchFlows.FEWEST_FLOWS - 4 + i));
            assertThat(flows.key(i)).isEqualTo(key);
            assertThat(flows.key(i).hash64()).isEqualTo(key.hash64());
        }
        assertThat(table.count()).isEqualTo(BatchFlows.FEWEST_FLOWS);
    }

    @Test
    void shouldTellEachPacketsFlowAsAClassifierDoesOneByOne() {
        byte[] query = PacketBuilder.ipv6("2001:db8::1", "2001:db8::2").udp(7, 53).payload(900).build();
        List<byte[]> packets = new ArrayList<>(Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(7, 53).payload(900).build(), 500, 1));
        packets.add(query);
        packets.add(PacketBuilder.ipv6("2001:db8::9", "2001:db8::1").icmpError(1, 0, query).build());
        packets.add(PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").tcp(443, 9).flags(TcpHeader.SYN).build());
        packets.add(PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").tcp(443, 9).flags(TcpHeader.RST).build());
        FlowClassifier classifier = new FlowClassifier(fragments());
        add(0, 8);
        flows.clear(); // what was there before means nothing

        packets.forEach(bytes -> flows.add(TestPackets.ENDPOINT, packet(bytes), 0));

        assertThat(flows.size()).isEqualTo(packets.size());
        for (int i = 0; i < packets.size(); i++) {
            classifier.classify(TestPackets.ENDPOINT, packet(packets.get(i)), 0);
            assertThat(flows.key(i)).as("packet %s", i).isEqualTo(classifier.key());
            assertThat(flows.key(i).isForward()).as("packet %s", i).isEqualTo(classifier.key().isForward());
            assertThat(flows.signal(i)).as("packet %s", i).isEqualTo(classifier.signal());
        }
        assertThat(flows.signal(1)).as("a later fragment").isEqualTo(FlowSignal.RELATED);
        flows.clear();
        assertThat(flows.size()).isZero();
    }
}
