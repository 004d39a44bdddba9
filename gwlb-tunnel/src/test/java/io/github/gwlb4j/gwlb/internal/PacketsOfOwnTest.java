package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that a handler injects, and packets that it replaces. */
class PacketsOfOwnTest {
    private static final int MTU = 8500;
    private static final int REWRITE_BYTES = 4096;
    private static final byte[] QUERY = TestPackets.dnsQuery();
    private static final byte[] OF_IPV6 = PacketBuilder.ipv6("fd00::2", "fd00::1").udp(53, 40_000).build();

    private final InlineRig rig = new InlineRig(WorkerParts.trackingRules(null, true, MTU, 16, REWRITE_BYTES));

    @AfterEach
    void everyDatagramIsCountedOnce() {
        rig.assertBalanced();
    }

    private static byte[] packet(int length) {
        return PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").udp(53, 40_000).totalLength(length).build();
    }

    private static InjectStatus inject(GwlbPacket packet, byte[] bytes) {
        return packet.inject(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    // ---- injecting

    @Test
    void shouldSendAnInjectedPacketWithThePacketsOwnHeaderAfterThePacket() {
        rig.onPacket = packet -> {
            assertThat(inject(packet, packet(100))).isEqualTo(InjectStatus.QUEUED);
            return Verdict.FORWARD;
        };
        rig.receive(QUERY);

        List<Datagram> sent = rig.sent();
        assertThat(sent).extracting(Datagram::payload).containsExactly(TestPackets.geneve(QUERY), TestPackets.geneve(packet(100)));
        assertThat(sent.get(1).peer()).isEqualTo(InlineRig.NODE);
        assertThat(sent.get(1).port()).isEqualTo(InlineRig.PORT);
        assertThat(rig.counts().injectedPackets()).isOne();
        assertThat(rig.counts().forwardedPackets()).isOne();
    }

    @Test
    void shouldSendWhatIsInjectedForAPacketThatIsDropped() {
        rig.onPacket = packet -> {
            inject(packet, packet(40));
            return Verdict.DROP;
        };
        rig.receive(QUERY);

        assertThat(rig.sentInner()).containsExactly(packet(40));
    }

    @Test
    void shouldCutWhatStandsBehindAnInjectedPacket() {
        byte[] padded = Arrays.copyOf(packet(40), 64);
        rig.onPacket = packet -> {
            inject(packet, padded);
            return Verdict.DROP;
        };
        rig.receive(QUERY);

        assertThat(rig.sentInner()).containsExactly(packet(40));
    }

    @Test
    void shouldRefuseAndCountWhatCannotBeInjected() {
        List<InjectStatus> statuses = new ArrayList<>();
        rig.onPacket = packet -> {
            ByteBuffer one = ByteBuffer.wrap(packet(40));
            statuses.add(packet.inject(one, 0, 41));
            statuses.add(packet.inject(one, -1, 40));
            statuses.add(packet.inject(one, 0, -1));
            statuses.add(packet.inject(one, 40, 0));
            statuses.add(packet.inject(one, Integer.MAX_VALUE, 1));
            statuses.add(packet.inject(one, 0, 39));
            statuses.add(inject(packet, OF_IPV6));
            statuses.add(inject(packet, packet(MTU + 1)));
            statuses.add(inject(packet, packet(MTU)));
            return Verdict.DROP;
        };
        rig.receive(QUERY);

        assertThat(statuses.subList(0, 7)).containsOnly(InjectStatus.MALFORMED);
        assertThat(statuses.subList(7, 9)).containsExactly(InjectStatus.TOO_LARGE, InjectStatus.QUEUED);
        assertThat(rig.sentInner()).containsExactly(packet(MTU));
        assertThat(rig.counts().injectFailures()).isEqualTo(8);
        assertThat(rig.counts().injectedPackets()).isOne();
    }

    @Test
    void shouldRefuseWhenTheQueueIsFullAndTakeMoreOnceItIsSent() {
        List<InjectStatus> statuses = new ArrayList<>();
        rig.onPacket = packet -> {
            for (int i = 0; i < 17; i++) {
                statuses.add(inject(packet, packet(40 + i)));
            }
            return Verdict.DROP;
        };
        rig.receive(QUERY);
        assertThat(statuses.subList(0, 16)).containsOnly(InjectStatus.QUEUED);
        assertThat(statuses.get(16)).isEqualTo(InjectStatus.QUEUE_FULL);
        assertThat(rig.sent()).hasSize(16);
        rig.receive(QUERY);
        assertThat(rig.sent()).hasSize(16);
    }

    @Test
    void shouldRefuseWhenTheQueuesBytesAreUsedUp() {
        List<InjectStatus> statuses = new ArrayList<>();
        rig.onPacket = packet -> {
            for (int i = 0; i < 10; i++) {
                statuses.add(inject(packet, packet(MTU)));
            }
            return Verdict.DROP;
        };
        rig.receive(QUERY);

        assertThat(statuses.subList(0, 9)).containsOnly(InjectStatus.QUEUED);
        assertThat(statuses.get(9)).isEqualTo(InjectStatus.QUEUE_FULL);
        assertThat(rig.sentInner()).hasSize(9).containsOnly(packet(MTU));
        rig.receive(QUERY);
        assertThat(rig.sentInner()).as("there is room again").hasSize(9);
    }

    @Test
    void shouldCountAnInjectedPacketThatTheSystemDoesNotTake() {
        rig.network.answerSendsWith(SendResult.FAILED);
        rig.onPacket = packet -> {
            inject(packet, packet(40));
            return Verdict.DROP;
        };
        rig.receive(QUERY);

        assertThat(rig.counts().injectFailures()).isOne();
        assertThat(rig.counts().injectedPackets()).isZero();
        assertThat(rig.drops()).isEmpty();
    }

    @Test
    void shouldKeepAnswersAboutTooLargePacketsApartFromInjectedOnesInTheCounters() {
        rig.onPacket = packet -> {
            inject(packet, packet(40));
            return Verdict.FORWARD;
        };
        rig.receive(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").dontFragment(true).udp(1, 2).totalLength(MTU + 1).build());

        assertThat(rig.sent()).hasSize(2);
        assertThat(rig.counts().packetTooBigSent()).isOne();
        assertThat(rig.counts().injectedPackets()).isOne();
        assertThat(rig.drops()).containsOnly(Map.entry(DropReason.PACKET_TOO_LARGE, 1L));
    }

    // ---- replacing

    private void replaceBy(Function<GwlbPacket, byte[]> replacement, ReplaceStatus expected) {
        rig.onPacket = packet -> {
            byte[] bytes = replacement.apply(packet);
            assertThat(packet.replaceInner(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(expected);
            return Verdict.FORWARD;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {28, 91, 92, 93, 1500, REWRITE_BYTES - 40})
    void shouldSendTheReplacementWhateverItsLength(int length) {
        replaceBy(packet -> packet(length), ReplaceStatus.REPLACED);
        rig.receive(QUERY);

        assertThat(rig.sent()).extracting(Datagram::payload).containsExactly(TestPackets.geneve(packet(length)));
        assertThat(rig.counts().receivedBytes()).isEqualTo(40 + QUERY.length);
        assertThat(rig.counts().forwardedBytes()).isEqualTo(40 + length);
        TunnelStats tunnel = rig.tunnels.stats().get(0);
        assertThat(tunnel.receivedBytes()).isEqualTo(QUERY.length);
        assertThat(tunnel.forwardedBytes()).isEqualTo(length);
    }

    @Test
    void shouldShowTheReplacementWithTheFlowOfThePacketThatCame() {
        rig.onPacket = packet -> {
            byte[] longer = packet(200);
            packet.replaceInner(ByteBuffer.wrap(longer), 0, longer.length);
            assertThat(packet.inner().totalLength()).isEqualTo(200);
            assertThat(packet.inner().sourcePort()).isEqualTo(53);
            assertThat(packet.header().payloadLength()).isEqualTo(200);
            assertThat(packet.options().flowCookie()).isEqualTo(TestPackets.COOKIE);
            assertThat(packet.flowKey().isForward()).as("as it came").isTrue();
            return Verdict.FORWARD;
        };
        rig.receive(QUERY);
        assertThat(rig.drops()).isEmpty();
        assertThat(rig.sent()).hasSize(1);
    }

    @Test
    void shouldTakeThePacketsOwnBufferAlsoWhenItOverlaps() {
        byte[] tunnelled = new byte[20 + QUERY.length];
        System.arraycopy(PacketBuilder.ipv4("192.0.2.1", "192.0.2.2").protocol(4).payload(QUERY.length).build(), 0, tunnelled, 0, 20);
        System.arraycopy(QUERY, 0, tunnelled, 20, QUERY.length);
        rig.onPacket = packet -> { // takes an IP-in-IP header away
            assertThat(packet.replaceInner(packet.inner().buffer(), packet.inner().offset() + 20, QUERY.length)).isEqualTo(ReplaceStatus.REPLACED);
            return Verdict.FORWARD;
        };
        rig.receive(tunnelled);

        assertThat(rig.sentInner()).containsExactly(QUERY);
    }

    @Test
    void shouldReplaceAReplacement() {
        rig.onPacket = packet -> {
            for (int length : new int[] {300, 50, 60, 400}) {
                byte[] bytes = packet(length);
                assertThat(packet.replaceInner(ByteBuffer.wrap(bytes), 0, length)).isEqualTo(ReplaceStatus.REPLACED);
            }
            return Verdict.FORWARD;
        };
        rig.receive(QUERY);

        assertThat(rig.sentInner()).containsExactly(packet(400));
        assertThat(rig.counts().receivedBytes()).isEqualTo(40 + QUERY.length);
        assertThat(rig.counts().forwardedBytes()).isEqualTo(440);
    }

    @Test
    void shouldLeaveThePacketAsItIsWhenItCannotBeReplaced() {
        replaceBy(packet -> packet(MTU + 1), ReplaceStatus.TOO_LARGE);
        rig.receive(QUERY);
        replaceBy(packet -> new byte[40], ReplaceStatus.MALFORMED);
        rig.receive(QUERY);
        replaceBy(packet -> OF_IPV6, ReplaceStatus.MALFORMED);
        rig.receive(QUERY);
        replaceBy(packet -> packet(REWRITE_BYTES - 39), ReplaceStatus.NO_ROOM);
        rig.receive(QUERY);
        rig.onPacket = packet -> {
            assertThat(packet.replaceInner(ByteBuffer.allocate(40), 1, 40)).isEqualTo(ReplaceStatus.MALFORMED);
            return Verdict.FORWARD;
        };
        rig.receive(QUERY);

        assertThat(rig.sentInner()).hasSize(5).containsOnly(QUERY);
    }

    @Test
    void shouldTouchNoNeighbourAndHaveRoomAgainInTheNextBatch() {
        replaceBy(packet -> packet(1300), ReplaceStatus.REPLACED);
        Function<GwlbPacket, Verdict> replacing = rig.onPacket;
        rig.onPacket = packet -> packet.options().flowCookie() % 2 == 0 ? Verdict.FORWARD : replacing.apply(packet);
        for (int round = 0; round < 3; round++) {
            List<byte[]> expected = new ArrayList<>();
            for (int cookie = 0; cookie < 6; cookie++) {
                rig.network.inject(new Datagram(InlineRig.NODE, InlineRig.PORT, TestPackets.geneve(1, cookie, QUERY)));
                expected.add(TestPackets.geneve(1, cookie, cookie % 2 == 0 ? QUERY : packet(1300)));
            }
            rig.worker.doWork();
            assertThat(rig.sent()).extracting(Datagram::payload).containsExactlyElementsOf(expected);
        }
        for (int i = 0; i < 6; i++) {
            rig.network.inject(new Datagram(InlineRig.NODE, InlineRig.PORT, TestPackets.geneve(1, 0, QUERY))); // none is replaced
        }
        rig.worker.doWork();
        assertThat(rig.counts().receivedBytes()).isEqualTo(4 * 6 * (40 + QUERY.length));
        assertThat(rig.counts().forwardedBytes()).isEqualTo((3 * 3 + 6) * (40 + QUERY.length) + 3 * 3 * (40 + 1300));
        assertThat(rig.drops()).isEmpty();
    }

    @Test
    void shouldLetAPacketPassThatTheHandlerMadeShortEnough() {
        replaceBy(packet -> packet(MTU), ReplaceStatus.REPLACED);
        rig.receive(packet(MTU + 100));

        assertThat(rig.sentInner()).containsExactly(packet(MTU));
        assertThat(rig.drops()).isEmpty();
    }
}
