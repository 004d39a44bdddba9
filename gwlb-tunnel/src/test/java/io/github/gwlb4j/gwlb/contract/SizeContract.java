package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.MalformedDatagrams;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.contract.Bench.Need;
import io.github.gwlb4j.gwlb.contract.Bench.Reply;
import io.github.gwlb4j.gwlb.contract.Bench.Side;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.PcapReader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that are too large, as small as can be, or otherwise what handlers get wrong; and what a capture says of them. */
abstract class SizeContract extends Contract {
    private static final int MTU = 1400;

    @TempDir
    Path folder;

    private static byte[] large(int version) {
        return Inner.toServer(version).dontFragment(version == 4).udp(1, 2).totalLength(MTU + 1).build();
    }

    /** The reply is an ICMP error about a packet, with the header of the packet's flow. */
    private void expectTooBig(int version, byte[] about) throws Exception {
        Reply reply = bench.reply();
        assertThat(reply.port()).isEqualTo(Bench.PORT);
        byte[] header = Arrays.copyOf(reply.payload(), Gwlb.HEADER_LENGTH);
        assertThat(header).isEqualTo(Arrays.copyOf(TestPackets.geneve(about), Gwlb.HEADER_LENGTH));
        byte[] error = Arrays.copyOfRange(reply.payload(), Gwlb.HEADER_LENGTH, reply.payload().length);
        int icmp = version == 4 ? 20 : 40;
        assertThat(error[icmp] << 8 | error[icmp + 1]).as("type and code").isEqualTo(version == 4 ? 0x304 : 0x200);
        assertThat((error[icmp + 6] & 0xff) << 8 | error[icmp + 7] & 0xff).as("next-hop MTU").isEqualTo(MTU);
        assertThat(Arrays.copyOfRange(error, icmp + 8, icmp + 8 + icmp)).isEqualTo(Arrays.copyOf(about, icmp));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldCountWhatIsTooLargeAndTellTheSenderInline(int version) throws Exception {
        settings.tunnelMtu(MTU);
        start(TunnelMode.INLINE);
        bench.sendInner(large(version));
        expectTooBig(version, large(version));
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, 1);
        bench.await(() -> bench.stats().extras().packetTooBigSent() == 1); // counted when it is sent, behind the drop
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldCountWhatIsTooLargeAndTellTheSenderByTheFlowOfItsPacket(int version) throws Exception {
        needs(Need.TOO_LARGE_FROM_INTERFACE);
        settings.tunnelMtu(MTU);
        start(TunnelMode.TUN);
        bench.sendInner(large(version));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(large(version));
        bench.intoInterface(ENDPOINT, Side.GWO, large(version));
        expectTooBig(version, large(version));
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, 1);
    }

    @Test
    void shouldSayNothingAboutWhatIsTooLargeWhenSwitchedOff() throws Exception {
        settings.tunnelMtu(MTU).packetTooBigPerSecond(0);
        start(TunnelMode.INLINE);
        bench.sendInner(large(4));
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, 1);
        bench.expectNoReply();
    }

    @Test
    void shouldTellSendersOfLargePacketsNoMoreOftenThanTheSettingSays() throws Exception {
        needs(Need.EXACT_CLOCK);
        settings.tunnelMtu(MTU).packetTooBigPerSecond(3);
        start(TunnelMode.INLINE);
        for (int i = 0; i < 20; i++) {
            bench.sendInner(large(4));
        }
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, 20);
        assertThat(bench.stats().extras().packetTooBigSent()).isEqualTo(3);
        bench.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 20; i++) {
            bench.sendInner(large(6));
        }
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, 40);
        assertThat(bench.stats().extras().packetTooBigSent()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource(TunnelMode.class)
    void shouldTakeHugeInnerPacketsWithoutHarm(TunnelMode mode) throws Exception {
        needs(Need.HUGE_INTO_INTERFACE);
        settings.declareTunnel(ENDPOINT).packetTooBigPerSecond(0);
        start(mode);
        awaitActive(ENDPOINT);
        List<byte[]> huge = List.of(Inner.toServer(4).udp(1, 2).totalLength(16_000).build(),
                Inner.toServer(4).udp(1, 2).totalLength(65_000).build(), Inner.toServer(6).udp(1, 2).totalLength(65_000).build());
        for (byte[] inner : huge) {
            bench.sendInner(inner);
            if (!mode.isInline()) {
                assertThat(bench.delivered(ENDPOINT)).isEqualTo(inner);
            }
        }
        bench.expectDrops(DropReason.PACKET_TOO_LARGE, mode.isInline() ? huge.size() : 0);
        expectPasses(mode, Inner.query(4, 100));
    }

    private void expectPasses(TunnelMode mode, byte[] inner) throws Exception {
        bench.sendInner(inner);
        if (mode.isInline()) {
            assertThat(bench.reply().payload()).isEqualTo(TestPackets.geneve(inner));
        } else {
            assertThat(bench.delivered(ENDPOINT)).isEqualTo(inner);
        }
    }

    @Test
    void shouldDropADatagramWithoutOptionsAlsoRightBehindAGoodOne() throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(4, 64));
        byte[] inner = Inner.query(4, 64);
        byte[] bare = new byte[8 + inner.length]; // no options, so nothing of the datagram before may be taken for them
        bare[2] = 8;
        System.arraycopy(inner, 0, bare, 8, inner.length);
        for (int i = 0; i < 3; i++) {
            bench.sendInner(inner);
            bench.send(bare);
        }
        bench.expectDrops(DropReason.OPTION_MISSING, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(bench.delivered(ENDPOINT)).isEqualTo(inner);
        }
        bench.expectNothingDelivered(ENDPOINT);
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"INLINE", "TUN"})
    void shouldPassAnInnerPacketThatIsNothingButAnIpHeader(TunnelMode mode) throws Exception {
        start(mode);
        byte[] header = Inner.toServer(4).protocol(99).payload(0).build();
        assertThat(header).hasSize(20);
        expectPasses(mode, header);
        if (mode == TunnelMode.TUN) {
            expectReturned(Side.GWO, header);
        }
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"INLINE", "TUN"})
    void shouldPassALastFragmentWithFourBytes(TunnelMode mode) throws Exception {
        start(mode);
        List<byte[]> fragments = Fragmenter.split(Inner.query(4, 2 * 1376 + 4 - 8), MTU, 5);
        byte[] last = fragments.get(fragments.size() - 1);
        assertThat(last).hasSize(24);
        for (byte[] fragment : fragments) {
            expectPasses(mode, fragment);
            if (mode == TunnelMode.TUN) {
                expectReturned(Side.GWO, fragment);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"INLINE", "TUN"})
    void shouldCountMalformedDatagramsBetweenGoodOnes(TunnelMode mode) throws Exception {
        start(mode);
        expectPasses(mode, Inner.query(4, 64));
        for (Map.Entry<DropReason, byte[]> malformed : MalformedDatagrams.byReason().entrySet()) {
            bench.send(malformed.getValue());
            expectPasses(mode, Inner.query(6, 64));
            bench.expectDrops(malformed.getKey(), 1);
        }
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"INLINE", "TUN"})
    void shouldCaptureWhatPassesAndNothingElse(TunnelMode mode) throws Exception {
        Path file = folder.resolve("capture.pcapng");
        byte[] query = Inner.query(4, 64);
        byte[] answer = Inner.answer(4, 64);
        try (PacketCapture capture = PacketCapture.builder(file).open()) {
            settings.capture(capture).handler(worker -> packet -> packet.inner().version() == 4
                    ? Verdict.FORWARD : Verdict.DROP);
            start(mode);
            expectPasses(mode, query);
            if (mode == TunnelMode.TUN) {
                expectReturned(Side.GWO, answer);
                bench.intoInterface(ENDPOINT, Side.GWO, Inner.answer(6, 64));
                bench.expectDrops(DropReason.FLOW_UNKNOWN, 1);
            } else {
                bench.sendInner(Inner.query(6, 64));
                expectPasses(mode, answer);
            }
            bench.closeAppliance();
        }
        assertThat(read(file)).containsExactly(query, answer);
    }

    @Test
    void shouldCaptureWhatTheHandlerInjectsBehindThePacketItIsAbout() throws Exception {
        Path file = folder.resolve("capture.pcapng");
        byte[] query = Inner.query(4, 64);
        byte[] answer = Inner.answer(4, 64);
        try (PacketCapture capture = PacketCapture.builder(file).open()) {
            settings.capture(capture).handler(worker -> packet -> {
                packet.inject(ByteBuffer.wrap(answer), 0, answer.length);
                return Verdict.FORWARD;
            });
            start(TunnelMode.INLINE);
            expectPasses(TunnelMode.INLINE, query);
            expectReply(TestPackets.geneve(answer), Bench.Node.A, Bench.PORT);
            bench.closeAppliance();
        }
        assertThat(read(file)).containsExactly(query, answer);
    }

    private static List<byte[]> read(Path capture) throws Exception {
        List<byte[]> packets = new ArrayList<>();
        PcapPacket packet = new PcapPacket();
        try (PcapReader reader = PcapReader.open(capture)) {
            while (reader.next(packet)) {
                packets.add(packet.copyData());
            }
        }
        return packets;
    }
}
