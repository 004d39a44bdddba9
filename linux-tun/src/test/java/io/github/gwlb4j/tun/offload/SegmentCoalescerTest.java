package io.github.gwlb4j.tun.offload;

import static io.github.gwlb4j.tun.offload.CoalesceOutcome.BAD_CHECKSUM;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.CHECKSUM_FORM;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.FRAGMENT_OR_OPTIONS;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.MERGED;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.NOT_OFFLOADED;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.NOT_TCP_OR_UDP;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.NO_PAYLOAD;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.STARTED;
import static io.github.gwlb4j.tun.offload.CoalesceOutcome.TCP_FLAGS;
import static io.github.gwlb4j.tun.offload.Packets.ACK;
import static io.github.gwlb4j.tun.offload.Packets.PSH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;

class SegmentCoalescerTest {

    /** A row of the table: packets, what becomes of each, how many packets each frame carries. */
    record Row(String name, List<byte[]> packets, List<CoalesceOutcome> outcomes, List<Integer> frames) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Row row(String name, List<byte[]> packets, List<CoalesceOutcome> outcomes, Integer... frames) {
        return new Row(name, packets, outcomes, List.of(frames));
    }

    /** Packet {@code i} of a flow with 100 bytes each. */
    private static Packets.Builder tcp(int i) {
        return Packets.tcp4().sequence(i * 100).id(1 + i).payload(100);
    }

    private static byte[] damaged(byte[] packet, int offset) {
        packet[offset] ^= 1;
        return packet;
    }

    /** Two packets that would merge, the second changed. */
    private static Row apart(String name, UnaryOperator<Packets.Builder> change) {
        return row(name, List.of(tcp(0).build(), change.apply(tcp(1)).build()), List.of(STARTED, STARTED), 1, 1);
    }

    private static byte[] withIpv4Options(byte[] packet) {
        byte[] longer = new byte[packet.length + 4];
        System.arraycopy(packet, 0, longer, 0, 20);
        Arrays.fill(longer, 20, 24, (byte) 1);
        System.arraycopy(packet, 20, longer, 24, packet.length - 20);
        longer[0] = 0x46;
        Packets.put16(longer, 2, longer.length);
        return Packets.fixIpv4Checksum(longer);
    }

    private static byte[] withHopByHop(byte[] packet) {
        byte[] longer = new byte[packet.length + 8];
        System.arraycopy(packet, 0, longer, 0, 40);
        longer[40] = packet[6];
        longer[42] = 1;
        longer[43] = 4;
        System.arraycopy(packet, 40, longer, 48, packet.length - 40);
        longer[6] = 0;
        Packets.put16(longer, 4, longer.length - 40);
        return longer;
    }

    private static byte[] withChecksum(byte[] packet, int offset, int value) {
        Packets.put16(packet, offset, value);
        return packet;
    }

    static Stream<Row> table() {
        return Stream.of(
                row("consecutive segments merge", List.of(tcp(0).build(), tcp(1).build(), tcp(2).build()),
                        List.of(STARTED, MERGED, MERGED), 3),
                row("a shorter segment ends the super-packet",
                        List.of(tcp(0).build(), tcp(1).payload(99).build(), tcp(2).sequence(199).build()),
                        List.of(STARTED, MERGED, STARTED), 2, 1),
                row("a longer segment does not join", List.of(tcp(0).build(), tcp(1).payload(101).build()), List.of(STARTED, STARTED), 1, 1),
                row("nothing joins after a PSH",
                        List.of(tcp(0).build(), tcp(1).flags(ACK | PSH).build(), tcp(2).build(), tcp(3).build()),
                        List.of(STARTED, MERGED, STARTED, MERGED), 2, 2),
                row("a first packet with PSH stays alone", List.of(tcp(0).flags(ACK | PSH).build(), tcp(1).build()),
                        List.of(STARTED, STARTED), 1, 1),
                row("sequence numbers may wrap",
                        List.of(Packets.tcp4().sequence(-100).id(1).payload(100).build(), tcp(0).id(2).build()), List.of(STARTED, MERGED), 2),
                row("identification may wrap",
                        List.of(tcp(0).id(65_535).build(), tcp(1).id(0).build()), List.of(STARTED, MERGED), 2),
                row("identifications may all be 0",
                        List.of(tcp(0).id(0).build(), tcp(1).id(0).build(), tcp(2).id(0).build()), List.of(STARTED, MERGED, MERGED), 3),
                row("identifications that count up from 0 would be cut into zeros",
                        List.of(tcp(0).id(0).build(), tcp(1).id(1).build(), tcp(2).id(2).build()), List.of(STARTED, STARTED, MERGED), 1, 2),
                row("a gap keeps packets apart", List.of(tcp(0).build(), tcp(2).id(2).build()), List.of(STARTED, STARTED), 1, 1),
                row("a repetition keeps packets apart", List.of(tcp(0).build(), tcp(0).id(2).build()), List.of(STARTED, STARTED), 1, 1),
                row("reordered packets stay in their order", List.of(tcp(1).build(), tcp(0).build()), List.of(STARTED, STARTED), 1, 1),
                apart("identifications that do not count up", p -> p.id(7)),
                apart("a repeated identification", p -> p.id(1)),
                apart("another acknowledgement number", p -> p.ackNumber(78)),
                apart("another window", p -> p.window(513)),
                apart("another type of service", p -> p.tos(4)),
                apart("another time to live", p -> p.ttl(63)),
                apart("another DF bit", p -> p.fragment(0)),
                apart("other TCP options", p -> p.options((byte) 1, (byte) 1, (byte) 1, (byte) 1)),
                apart("another source port", p -> p.port(1001)),
                apart("another source address", p -> p.source(2)),
                row("options of equal length but other bytes",
                        List.of(tcp(0).options(new byte[] {8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}).build(),
                                tcp(1).options(new byte[] {8, 10, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0}).build()),
                        List.of(STARTED, STARTED), 1, 1),
                row("flows merge side by side in the order of their first packets",
                        List.of(tcp(0).build(), tcp(0).port(9).build(), tcp(1).build(), tcp(1).port(9).build()),
                        List.of(STARTED, STARTED, MERGED, MERGED), 2, 2),
                row("an acknowledgement without payload ends its flow's super-packet",
                        List.of(tcp(0).build(), tcp(1).payload(0).build(), tcp(1).id(3).build()),
                        List.of(STARTED, NO_PAYLOAD, STARTED), 1, 1, 1),
                row("a FIN ends its flow's super-packet and stays alone",
                        List.of(tcp(0).build(), tcp(1).build(), tcp(2).flags(ACK | Packets.FIN).build(), tcp(3).build()),
                        List.of(STARTED, MERGED, TCP_FLAGS, STARTED), 2, 1, 1),
                row("SYN, RST, URG, ECE and CWR stay alone",
                        List.of(tcp(0).flags(Packets.SYN).build(), tcp(0).flags(Packets.RST | ACK).build(),
                                tcp(0).flags(Packets.URG | ACK).build(), tcp(0).flags(Packets.ECE | ACK).build(),
                                tcp(0).flags(Packets.CWR | ACK).build()),
                        List.of(TCP_FLAGS, TCP_FLAGS, TCP_FLAGS, TCP_FLAGS, TCP_FLAGS), 1, 1, 1, 1, 1),
                row("a wrong TCP checksum is not laundered and ends the super-packet",
                        List.of(tcp(0).build(), tcp(1).build(), damaged(tcp(2).build(), 60), tcp(3).build(), tcp(4).build()),
                        List.of(STARTED, MERGED, BAD_CHECKSUM, STARTED, MERGED), 2, 1, 2),
                row("a wrong TCP checksum of the first packet is found when the second comes",
                        List.of(damaged(tcp(0).build(), 60), tcp(1).build(), tcp(2).build()), List.of(BAD_CHECKSUM, STARTED, MERGED), 1, 2),
                row("a wrong IPv4 checksum is not laundered", List.of(tcp(0).build(), damaged(tcp(1).build(), 10)),
                        List.of(STARTED, BAD_CHECKSUM), 1, 1),
                row("a TCP checksum of the second form of zero stays alone",
                        List.of(tcp(0).build(), withChecksum(tcp(1).build(), 36, 0xffff)), List.of(STARTED, CHECKSUM_FORM), 1, 1),
                row("fragments end all super-packets",
                        List.of(tcp(0).build(), tcp(0).port(9).build(), tcp(5).fragment(0x2000).build(), tcp(1).build(), tcp(1).port(9).build()),
                        List.of(STARTED, STARTED, FRAGMENT_OR_OPTIONS, STARTED, STARTED), 1, 1, 1, 1, 1),
                row("IPv4 options end all super-packets",
                        List.of(tcp(0).build(), withIpv4Options(tcp(1).build()), tcp(1).build()),
                        List.of(STARTED, FRAGMENT_OR_OPTIONS, STARTED), 1, 1, 1),
                row("other protocols disturb nobody", List.of(tcp(0).build(), Packets.of(4, 1).payload(8).build(), tcp(1).build()),
                        List.of(STARTED, NOT_TCP_OR_UDP, MERGED), 2, 1),
                row("bytes that are no IP packet pass as they are", List.of(new byte[] {1, 2, 3}, new byte[64]),
                        List.of(NOT_TCP_OR_UDP, NOT_TCP_OR_UDP), 1, 1),
                row("padding behind the packet stays", List.of(tcp(0).build(), Arrays.copyOf(tcp(1).build(), 141)),
                        List.of(STARTED, NOT_TCP_OR_UDP), 1, 1),
                row("TCP over IPv6 merges", List.of(Packets.tcp6().sequence(0).payload(100).build(), Packets.tcp6().sequence(100).payload(50).build()),
                        List.of(STARTED, MERGED), 2),
                row("another flow label keeps packets apart",
                        List.of(Packets.tcp6().sequence(0).payload(100).build(), Packets.tcp6().sequence(100).flowLabel(1).payload(50).build()),
                        List.of(STARTED, STARTED), 1, 1),
                row("another hop limit keeps packets apart",
                        List.of(Packets.tcp6().sequence(0).payload(100).build(), Packets.tcp6().sequence(100).ttl(9).payload(50).build()),
                        List.of(STARTED, STARTED), 1, 1),
                row("IPv6 extension headers end all super-packets",
                        List.of(Packets.tcp6().sequence(0).payload(100).build(), withHopByHop(Packets.tcp6().sequence(100).payload(100).build()),
                                Packets.tcp6().sequence(100).payload(100).build()),
                        List.of(STARTED, FRAGMENT_OR_OPTIONS, STARTED), 1, 1, 1),
                row("ICMPv6 disturbs nobody",
                        List.of(Packets.tcp6().sequence(0).payload(100).build(), Packets.of(6, 58).payload(8).build(),
                                Packets.tcp6().sequence(100).payload(100).build()),
                        List.of(STARTED, NOT_TCP_OR_UDP, MERGED), 2, 1),
                row("UDP datagrams of equal size merge, the last may be short",
                        List.of(Packets.udp4().id(1).payload(100).build(), Packets.udp4().id(2).payload(100).build(),
                                Packets.udp4().id(3).payload(1).build(), Packets.udp4().id(4).payload(1).build()),
                        List.of(STARTED, MERGED, MERGED, STARTED), 3, 1),
                row("UDP over IPv6 merges", List.of(Packets.udp6().payload(100).build(), Packets.udp6().payload(100).build()),
                        List.of(STARTED, MERGED), 2),
                row("UDP without a checksum stays alone",
                        List.of(Packets.udp4().id(1).payload(100).build(), withChecksum(Packets.udp4().id(2).payload(100).build(), 26, 0)),
                        List.of(STARTED, CHECKSUM_FORM), 1, 1),
                row("a wrong UDP checksum is not laundered",
                        List.of(Packets.udp4().id(1).payload(100).build(), damaged(Packets.udp4().id(2).payload(100).build(), 40)),
                        List.of(STARTED, BAD_CHECKSUM), 1, 1),
                row("an empty datagram stays alone", List.of(Packets.udp4().id(1).payload(0).build()), List.of(NO_PAYLOAD), 1),
                row("a datagram whose length field lies stays alone",
                        List.of(withChecksum(Packets.udp4().id(1).payload(100).build(), 24, 50)), List.of(NOT_TCP_OR_UDP), 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void shouldDecideByTheTable(Row row) {
        SegmentCoalescer coalescer = new SegmentCoalescer(16, TunOffload.ALL);
        GatherBatch plan = coalescer.coalesce(Packets.batch(row.packets().toArray(new byte[0][])), 0, row.packets().size());
        assertThat(IntStream.range(0, row.packets().size()).mapToObj(coalescer::outcome)).containsExactlyElementsOf(row.outcomes());
        assertThat(IntStream.range(0, plan.count()).mapToObj(coalescer::packetsIn)).containsExactlyElementsOf(row.frames());
    }

    @Test
    void shouldStopAtTheLongestPossiblePacket() {
        for (int version : new int[] {4, 6}) {
            byte[][] packets = IntStream.range(0, 50)
                    .mapToObj(i -> Packets.of(version, 6).sequence(i * 1460).id(1 + i).payload(1460).build()).toArray(byte[][]::new);
            SegmentCoalescer coalescer = new SegmentCoalescer(64, TunOffload.ALL);
            GatherBatch plan = coalescer.coalesce(Packets.batch(packets), 0, packets.length);
            assertThat(plan.count()).isEqualTo(2);
            assertThat(coalescer.packetsIn(0)).isEqualTo(version == 4 ? (65_535 - 40) / 1460 : (65_535 - 20) / 1460);
        }
    }

    @Test
    void shouldMergeOnlyWhatTheDeviceTakes() {
        TunOffload tcp4Only = new TunOffload(true, true, true, false, false, false);
        SegmentCoalescer coalescer = new SegmentCoalescer(16, tcp4Only);
        coalescer.coalesce(Packets.batch(tcp(0).build(), tcp(1).build(), Packets.tcp6().payload(9).build(),
                Packets.udp4().payload(9).build(), Packets.udp6().payload(9).build()), 0, 5);
        assertThat(IntStream.range(0, 5).mapToObj(coalescer::outcome))
                .containsExactly(STARTED, MERGED, NOT_OFFLOADED, NOT_OFFLOADED, NOT_OFFLOADED);
    }

    @Test
    void shouldMakeOnePieceOfALonePacketOnlyIfItsFrontIsFree() {
        SegmentCoalescer coalescer = new SegmentCoalescer(16, TunOffload.ALL);
        PacketBatch batch = Packets.batch(tcp(0).build());
        int front = batch.offset(0) - VnetHeader.LENGTH;
        batch.buffer().putLong(front, -1).putShort(front + 8, (short) -1);
        assertThat(coalescer.coalesce(batch, 0, 1).firstPiece(1)).isEqualTo(2);
        assertThat(batch.buffer().getLong(front)).isEqualTo(-1);
        assertThat(coalescer.coalesce(batch, 0, 1, true).firstPiece(1)).isOne();
        assertThat(batch.buffer().getLong(front)).isZero();
        assertThat(batch.buffer().getShort(front + 8)).isZero();
    }

    @Test
    void shouldRefuseADeviceWithoutAVirtioHeader() {
        assertThatThrownBy(() -> new SegmentCoalescer(16, TunOffload.NONE)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("virtio_net header");
    }

    @Test
    void shouldKeepNothingFromTheBatchBefore() {
        SegmentCoalescer coalescer = new SegmentCoalescer(16, TunOffload.ALL);
        coalescer.coalesce(Packets.batch(tcp(0).build()), 0, 1);
        GatherBatch plan = coalescer.coalesce(Packets.batch(tcp(1).build()), 0, 1);
        assertThat(plan.count()).isEqualTo(1);
        assertThat(coalescer.outcome(0)).isEqualTo(STARTED);
    }
}
