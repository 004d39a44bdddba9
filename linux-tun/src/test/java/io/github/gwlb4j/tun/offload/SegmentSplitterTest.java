package io.github.gwlb4j.tun.offload;

import static io.github.gwlb4j.tun.offload.Packets.ACK;
import static io.github.gwlb4j.tun.offload.Packets.CWR;
import static io.github.gwlb4j.tun.offload.Packets.FIN;
import static io.github.gwlb4j.tun.offload.Packets.PSH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.gwlb4j.tun.PacketBatch;

class SegmentSplitterTest {

    private final SegmentSplitter splitter = new SegmentSplitter();
    private final PacketBatch out = new PacketBatch(4096, 1024 * 1024);

    private List<byte[]> split(byte[] frame) {
        out.clear();
        assertThat(splitter.begin(Packets.batch(frame), 0)).isEqualTo(SplitStatus.OK);
        int announced = splitter.segmentCount();
        assertThat(splitter.copyTo(out)).isEqualTo(announced);
        assertThat(splitter.hasNext()).isFalse();
        List<byte[]> segments = new ArrayList<>();
        for (int i = 0; i < out.count(); i++) {
            segments.add(Packets.bytes(out, i));
        }
        return segments;
    }

    static Stream<Arguments> superPackets() {
        byte[] timestamps = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
        return Stream.of(
                arguments("TCP over IPv4, last segment short", Packets.tcp4().payload(5000).build(), 1460, 4),
                arguments("TCP over IPv4, all segments full", Packets.tcp4().payload(4380).build(), 1460, 3),
                arguments("TCP over IPv4, one segment", Packets.tcp4().payload(100).build(), 1460, 1),
                arguments("TCP over IPv4, no payload", Packets.tcp4().payload(0).build(), 1460, 1),
                arguments("TCP over IPv4 with options", Packets.tcp4().options(timestamps).payload(5001).build(), 1448, 4),
                arguments("TCP over IPv4, largest", Packets.tcp4().payload(65_495).build(), 1460, 45),
                arguments("TCP over IPv4, segments of one byte", Packets.tcp4().payload(300).build(), 1, 300),
                arguments("TCP, sequence number wraps", Packets.tcp4().sequence(-2000).payload(5000).build(), 1000, 5),
                arguments("TCP, identification wraps", Packets.tcp4().id(65_534).payload(5000).build(), 1000, 5),
                arguments("TCP, PSH and FIN on the last only", Packets.tcp4().flags(ACK | PSH | FIN).payload(5000).build(), 1000, 5),
                arguments("TCP, CWR on the first only", Packets.tcp4().flags(ACK | CWR).payload(5000).build(), 1000, 5),
                arguments("TCP over IPv6", Packets.tcp6().payload(5000).build(), 1440, 4),
                arguments("TCP over IPv6 with options", Packets.tcp6().options(timestamps).flags(ACK | PSH).payload(9999).build(), 1428, 8),
                arguments("TCP over IPv6, largest", Packets.tcp6().payload(65_515).build(), 8440, 8),
                arguments("UDP over IPv4", Packets.udp4().payload(5000).build(), 1400, 4),
                arguments("UDP over IPv6", Packets.udp6().payload(4200).build(), 1400, 3),
                arguments("UDP over IPv4, odd sizes", Packets.udp4().payload(3333).build(), 1111, 3));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("superPackets")
    void shouldSplitLikeTheReference(String name, byte[] packet, int gsoSize, int segments) {
        byte[] frame = ReferenceSplitter.superPacket(packet, gsoSize);
        List<byte[]> expected = ReferenceSplitter.split(frame);
        assertThat(split(frame)).hasSize(segments).usingElementComparator(Arrays::compare).containsExactlyElementsOf(expected);
    }

    @Test
    void shouldSplitRandomSuperPacketsLikeTheReference() {
        Random random = new Random(6081);
        for (int round = 0; round < 5_000; round++) {
            Packets.Builder builder = Packets.of(random.nextBoolean() ? 4 : 6, random.nextBoolean() ? 6 : 17);
            byte[] payload = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 65_000 : 3000)];
            random.nextBytes(payload);
            byte[] packet = builder.sequence(random.nextInt()).id(random.nextInt(65_536)).flags(random.nextInt(256))
                    .options(new byte[4 * random.nextInt(11)]).ttl(1 + random.nextInt(255)).payload(payload).build();
            byte[] frame = ReferenceSplitter.superPacket(packet, Math.max(1 + random.nextInt(1500), payload.length / 1000));
            assertThat(split(frame)).as("round %d", round).usingElementComparator(Arrays::compare)
                    .containsExactlyElementsOf(ReferenceSplitter.split(frame));
        }
    }

    @Test
    void shouldGiveAUdpChecksumOfZeroAsAllOnes() {
        byte[] payload = new byte[20];
        byte[] packet = Packets.udp4().payload(payload).build();
        // What the first segment of 10 bytes would have as its sum, put into its payload, makes its checksum 0.
        byte[] first = ReferenceSplitter.split(ReferenceSplitter.superPacket(packet, 10)).get(0);
        Packets.put16(packet, 28, Packets.get16(first, 26));
        List<byte[]> segments = split(ReferenceSplitter.superPacket(packet, 10));
        assertThat(Packets.get16(segments.get(0), 26)).isEqualTo(0xffff);
    }

    @Test
    void shouldPassAPlainPacketUntouched() {
        byte[] packet = Packets.tcp4().payload(77).build();
        packet[25] ^= 1;
        assertThat(split(ReferenceSplitter.frame(0, 0, 0, 0, 0, packet))).hasSize(1).first().isEqualTo(packet);
    }

    @ParameterizedTest(name = "IPv{0} protocol {1}")
    @MethodSource("protocols")
    void shouldFinishAPartialChecksum(int version, int protocol) {
        byte[] packet = Packets.of(version, protocol).payload(1001).build();
        int l4 = version == 4 ? 20 : 40;
        byte[] frame = ReferenceSplitter.superPacket(packet, 0);
        frame[1] = 0;
        assertThat(split(frame)).hasSize(1).first().isEqualTo(packet);
        assertThat(splitter.headerLength()).as("nothing copied for a packet of L4 at %d", l4).isZero();
    }

    static Stream<Arguments> protocols() {
        return Stream.of(arguments(4, 6), arguments(6, 6), arguments(4, 17), arguments(6, 17));
    }

    @Test
    void shouldNotTrustTheHeaderLengthOfTheVirtioHeader() {
        byte[] frame = ReferenceSplitter.superPacket(Packets.tcp4().payload(3000).build(), 1000);
        frame[2] = 99;
        frame[3] = 99;
        assertThat(split(frame)).hasSize(3);
    }

    @Test
    void shouldKnowAllTcpTypesWithTheEcnBit() {
        byte[] frame = ReferenceSplitter.superPacket(Packets.tcp4().flags(ACK | CWR).payload(3000).build(), 1000);
        frame[1] |= (byte) 0x80;
        List<byte[]> segments = split(frame);
        assertThat(segments).extracting(segment -> segment[33] & CWR).containsExactly(CWR, 0, 0);
    }

    @Test
    void shouldGoOnLaterWhenTheBatchIsFull() {
        byte[] frame = ReferenceSplitter.superPacket(Packets.tcp4().payload(5000).build(), 1000);
        List<byte[]> expected = ReferenceSplitter.split(frame);
        PacketBatch small = new PacketBatch(2, 10_000);
        PacketBatch frames = Packets.batch(frame);
        assertThat(splitter.begin(frames, 0)).isEqualTo(SplitStatus.OK);
        List<byte[]> segments = new ArrayList<>();
        while (splitter.hasNext()) {
            small.clear();
            splitter.copyTo(small);
            for (int i = 0; i < small.count(); i++) {
                segments.add(Packets.bytes(small, i));
            }
        }
        assertThat(segments).usingElementComparator(Arrays::compare).containsExactlyElementsOf(expected);
    }

    static Stream<Arguments> unusableFrames() {
        return Stream.of(
                arguments(SplitStatus.TRUNCATED, named("no packet", (Consumer<byte[]>) f -> { }), new byte[10]),
                broken(SplitStatus.UNKNOWN_GSO_TYPE, "UFO", f -> f[1] = 3),
                broken(SplitStatus.UNKNOWN_GSO_TYPE, "number of the future", f -> f[1] = 9),
                broken(SplitStatus.NO_SEGMENT_SIZE, "gso_size 0", f -> f[4] = f[5] = 0),
                broken(SplitStatus.BAD_IP_HEADER, "version 5", f -> f[10] = 0x55),
                broken(SplitStatus.BAD_IP_HEADER, "IPv6 in a TCPV4 frame", f -> f[10] = 0x65),
                broken(SplitStatus.BAD_IP_HEADER, "IPv4 in a TCPV6 frame", f -> f[1] = 4),
                broken(SplitStatus.BAD_IP_HEADER, "options before csum_start missing", f -> f[10] = 0x46),
                broken(SplitStatus.BAD_IP_HEADER, "header length below 20", f -> f[10] = 0x44),
                broken(SplitStatus.BAD_CHECKSUM_PLACE, "no checksum left to us", f -> f[0] = 0),
                broken(SplitStatus.BAD_CHECKSUM_PLACE, "UDP's checksum place in TCP", f -> f[8] = 6),
                broken(SplitStatus.BAD_TCP_HEADER, "data offset below 20", f -> f[42] = 0x40),
                broken(SplitStatus.TRUNCATED, "csum_start behind the end", f -> f[7] = 0x7f),
                broken(SplitStatus.BAD_CHECKSUM_PLACE, "partial checksum behind the end", f -> {
                    f[1] = 0;
                    f[7] = 0x7f;
                }));
    }

    private static Arguments broken(SplitStatus status, String name, Consumer<byte[]> damage) {
        return arguments(status, named(name, damage), ReferenceSplitter.superPacket(Packets.tcp4().payload(2000).build(), 1000));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("unusableFrames")
    void shouldTellWhyAFrameCannotBeSplit(SplitStatus status, Consumer<byte[]> damage, byte[] frame) {
        damage.accept(frame);
        assertThat(splitter.begin(Packets.batch(frame), 0)).isEqualTo(status);
        assertThat(splitter.hasNext()).isFalse();
    }

    @Test
    void shouldSurviveAnyBytes() {
        Random random = new Random(1);
        byte[] good = ReferenceSplitter.superPacket(Packets.tcp4().payload(500).build(), 100);
        int usable = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] frame = Arrays.copyOf(good, 10 + random.nextInt(good.length - 10));
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                frame[random.nextInt(Math.min(frame.length, 50))] = (byte) random.nextInt();
            }
            if (splitter.begin(ByteBuffer.wrap(frame), 0, frame.length) == SplitStatus.OK) {
                usable++;
                out.clear();
                splitter.copyTo(out);
                assertThat(out.count()).isEqualTo(splitter.segmentCount());
            }
        }
        assertThat(usable).isBetween(1_000, 199_000);
    }
}
