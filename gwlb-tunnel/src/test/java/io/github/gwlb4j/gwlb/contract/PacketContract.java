package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.contract.Bench.Need;
import io.github.gwlb4j.gwlb.contract.Bench.Node;
import io.github.gwlb4j.gwlb.contract.Bench.Side;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which packets come through an appliance, and how they look then. */
abstract class PacketContract extends Contract {
    private static final int ICMP_TIME_EXCEEDED = 11;
    private static final int ICMPV6_TIME_EXCEEDED = 3;

    static Stream<Arguments> conversations() {
        return Stream.of(4, 6).flatMap(version -> Stream.of(
                Arguments.of("udp" + version, Inner.query(version, 64), Inner.answer(version, 1200)),
                Arguments.of("tcp" + version, Inner.toServer(version).tcp(40_000, 80).payload(100).build(),
                        Inner.toClient(version).tcp(80, 40_000).payload(1000).build()),
                Arguments.of("icmp" + version, Inner.toServer(version).icmpEchoRequest(7, 1).payload(56).build(),
                        Inner.toClient(version).icmpEchoReply(7, 1).payload(56).build())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conversations")
    void shouldReturnTheSameBytesFromTheFlowsPortInline(String name, byte[] request, byte[] answer) throws Exception {
        start(TunnelMode.INLINE);
        for (byte[] inner : List.of(request, answer)) {
            bench.sendInner(inner);
            expectReply(TestPackets.geneve(inner), Node.A, Bench.PORT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldSendWhatTheHandlerInjectsAndPutsInThePlaceOfPacketsFromTheFlowsPort(int version) throws Exception {
        byte[] query = Inner.query(version, 64);
        ByteBuffer answer = ByteBuffer.wrap(Inner.answer(version, 1200));
        settings.flowTracking(FlowTracking.ofMaxFlows(10)).handler(worker -> packet -> {
            boolean isFirst = packet.flow().packets(true) + packet.flow().packets(false) == 1;
            boolean isDone = isFirst ? packet.flow().inject(answer, 0, answer.limit()) == InjectStatus.QUEUED
                    : packet.replaceInner(answer, 0, answer.limit()) == ReplaceStatus.REPLACED;
            return isDone ? Verdict.FORWARD : Verdict.DROP;
        });
        start(TunnelMode.INLINE);
        bench.sendInner(query);
        expectReply(TestPackets.geneve(query), Node.A, Bench.PORT);
        expectReply(TestPackets.geneve(answer.array()), Node.A, Bench.PORT);
        int burst = 20;
        for (int i = 0; i < burst; i++) {
            bench.sendInner(query);
        }
        for (int i = 0; i < burst; i++) {
            expectReply(TestPackets.geneve(answer.array()), Node.A, Bench.PORT);
        }
        bench.await(() -> bench.stats().forwardedPackets() == 1 + burst);
        assertThat(bench.stats().extras().injectedPackets()).as(bench.describe()).isOne();
        assertThat(bench.stats().droppedByHandler()).as(bench.describe()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldGiveAnInjectedPacketTheOuterEcnBitsOfItsInnerHeader(int ecn) throws Exception {
        needs(Need.TRAFFIC_CLASS_OUT);
        ByteBuffer answer = ByteBuffer.wrap(Inner.toClient(4).trafficClass(ecn).udp(53, 40_000).payload(5).build());
        settings.handler(worker -> packet -> {
            packet.inject(answer, 0, answer.limit());
            return Verdict.DROP;
        });
        start(TunnelMode.INLINE);
        bench.sendInner(Inner.query(4, 64));
        Bench.Reply reply = bench.reply();
        assertThat(reply.payload()).isEqualTo(TestPackets.geneve(answer.array()));
        assertThat(reply.trafficClass()).isEqualTo(ecn);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conversations")
    void shouldCarryBothDirectionsThroughTheInterfacesAndReturnThemWithHeaderAndPortOfTheirFlow(String name, byte[] request, byte[] answer)
            throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(request);
        expectReturned(Side.GWO, request);
        expectReturned(Side.GWO, answer); // by a proxy in the kernel's place, before the load balancer has sent that direction
        expectDelivered(answer);
        expectReturned(Side.GWO, answer);
        assertThat(bench.stats().droppedByReason()).as(bench.describe()).isZero();
    }

    @Test
    void shouldReturnWhatComesBackThroughGwiInsteadOfGwo() throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(4, 64));
        expectReturned(Side.GWI, Inner.answer(4, 64));
        expectReturned(Side.GWI, Inner.query(4, 64));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldReturnAllFragmentsOfAReplyThatTheKernelCuts(int version) throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(version, 64));
        for (byte[] fragment : Fragmenter.split(Inner.answer(version, 5000), 1400, 99)) {
            expectReturned(Side.GWO, fragment);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldReturnFragmentsBehindTheirFirstInAnyOrderAndCountThoseThatOvertakeIt(int version) throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(version, 64));
        List<byte[]> fragments = Fragmenter.split(Inner.answer(version, 5000), 1400, 99);
        bench.intoInterface(ENDPOINT, Side.GWO, fragments.get(3));
        bench.expectDrops(DropReason.FLOW_UNKNOWN, 1);
        for (int i : new int[] {0, 2, 1, 3}) {
            expectReturned(Side.GWO, fragments.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldReturnFragmentsOfTheClientInTheOrderInWhichTheyCame(int version) throws Exception {
        start(TunnelMode.TUN);
        List<byte[]> fragments = Fragmenter.split(Inner.query(version, 3000), 1400, 99);
        int[] order = {2, 0, 1};
        for (int i : order) {
            expectDelivered(fragments.get(i));
        }
        for (int i : order) {
            expectReturned(Side.GWO, fragments.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldReturnIcmpErrorsByThePacketTheyQuote(int version) throws Exception {
        start(TunnelMode.TUN);
        byte[] query = Inner.query(version, 64);
        expectDelivered(query);
        expectReturned(Side.GWO, timeExceeded(version, query));
        expectReturned(Side.GWI, timeExceeded(version, query));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldReturnIcmpErrorsThatQuoteFragments(int version) throws Exception {
        start(TunnelMode.TUN);
        List<byte[]> fragments = Fragmenter.split(Inner.query(version, 3000), 1400, 99);
        for (byte[] fragment : fragments) {
            expectDelivered(fragment);
        }
        for (byte[] fragment : fragments) {
            expectReturned(Side.GWO, timeExceeded(version, Arrays.copyOf(fragment, Math.min(fragment.length, 500))));
        }
    }

    private static byte[] timeExceeded(int version, byte[] quoted) {
        return Inner.fromRouterToClient(version).icmpError(version == 4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEEDED, 0, quoted).build();
    }

    @Test
    void shouldKeepTwoEndpointsWithIdenticalAddressesApart() throws Exception {
        start(TunnelMode.TUN);
        byte[] query = Inner.query(4, 64);
        byte[] answer = Inner.answer(4, 64);
        bench.send(Node.A, Bench.PORT, 0, TestPackets.geneve(ENDPOINT, 1, query));
        bench.send(Node.A, Bench.PORT, 0, TestPackets.geneve(OTHER_ENDPOINT, 2, query));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(query);
        assertThat(bench.delivered(OTHER_ENDPOINT)).isEqualTo(query);
        expectReturned(Side.GWO, answer, OTHER_ENDPOINT, 2);
        expectReturned(Side.GWO, answer, ENDPOINT, 1);
    }

    @Test
    void shouldReturnEachDirectionWithItsNewestCookie() throws Exception {
        start(TunnelMode.TUN);
        byte[] query = Inner.query(4, 64);
        byte[] answer = Inner.answer(4, 64);
        deliver(query, 1);
        expectReturned(Side.GWO, answer, ENDPOINT, 1);
        deliver(answer, 2);
        expectReturned(Side.GWO, query, ENDPOINT, 1);
        expectReturned(Side.GWO, answer, ENDPOINT, 2);
        deliver(query, 3);
        expectReturned(Side.GWO, query, ENDPOINT, 3);
        expectReturned(Side.GWO, answer, ENDPOINT, 2);
    }

    private void deliver(byte[] inner, int cookie) throws Exception {
        bench.send(TestPackets.geneve(ENDPOINT, cookie, inner));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(inner);
    }

    @Test
    void shouldAnswerTheNodeThatSentLast() throws Exception {
        start(TunnelMode.TUN);
        byte[] query = Inner.query(4, 64);
        byte[] other = Inner.toServer(4).udp(5, 6).build();
        bench.send(Node.A, 50_001, 0, TestPackets.geneve(query));
        bench.send(Node.B, 50_002, 0, TestPackets.geneve(other));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(query);
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(other);
        expectReturnedTo(query, Node.A, 50_001);
        expectReturnedTo(other, Node.B, 50_002);
        bench.send(Node.B, 50_003, 0, TestPackets.geneve(query)); // the node of zone A has failed
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(query);
        expectReturnedTo(query, Node.B, 50_003);
        expectReturnedTo(Inner.answer(4, 64), Node.B, 50_003);
    }

    private void expectReturnedTo(byte[] inner, Node node, int port) throws Exception {
        bench.intoInterface(ENDPOINT, Side.GWO, inner);
        expectReply(TestPackets.geneve(inner), node, port);
    }

    @Test
    void shouldCountAndDropWhatBelongsToNoFlow() throws Exception {
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(4, 64));
        bench.intoInterface(ENDPOINT, Side.GWO, Inner.toServer(4).udp(1, 2).build());
        bench.intoInterface(ENDPOINT, Side.GWI, Inner.toServer(6).tcp(1, 2).build());
        bench.expectDrops(DropReason.FLOW_UNKNOWN, 2);
        bench.expectNoReply();
    }

    @Test
    void shouldCountAndDropMalformedPacketsFromTheInterface() throws Exception {
        needs(Need.MALFORMED_FROM_INTERFACE);
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(4, 64));
        bench.intoInterface(ENDPOINT, Side.GWO, new byte[] {0x45, 0, 0, 20});
        bench.expectDrops(DropReason.INTERFACE_PACKET_MALFORMED, 1);
        expectReturned(Side.GWO, Inner.answer(4, 64));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldClampTheSegmentSizeInBothDirections(int version) throws Exception {
        settings.tunnelMtu(1400).clampMss(true);
        start(TunnelMode.TUN);
        int fitting = version == 4 ? 1360 : 1340;
        bench.sendInner(Inner.syn(version, true, 8960));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(Inner.syn(version, true, fitting));
        bench.intoInterface(ENDPOINT, Side.GWO, Inner.syn(version, false, 8960));
        expectReply(TestPackets.geneve(Inner.syn(version, false, fitting)), Node.A, Bench.PORT);
        expectReturned(Side.GWO, Inner.syn(version, false, 500));
    }

    @Test
    void shouldClampTheSegmentSizeInline() throws Exception {
        settings.tunnelMtu(1400).clampMss(true);
        start(TunnelMode.INLINE);
        bench.sendInner(Inner.syn(4, true, 8960));
        expectReply(TestPackets.geneve(Inner.syn(4, true, 1360)), Node.A, Bench.PORT);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldCarryCongestionInwardsOrDropWhatDoesNotTakePart(int version) throws Exception {
        needs(Need.TRAFFIC_CLASS_IN);
        start(TunnelMode.TUN);
        expectDelivered(Inner.query(version, 1));
        bench.send(Node.A, Bench.PORT, 3, TestPackets.geneve(withClass(version, 2)));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(withClass(version, 3));
        bench.send(Node.A, Bench.PORT, 3, TestPackets.geneve(withClass(version, 0)));
        bench.expectDrops(DropReason.CONGESTION_EXPERIENCED, 1);
        bench.send(Node.A, Bench.PORT, 2, TestPackets.geneve(withClass(version, 0)));
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(withClass(version, 0));
    }

    private static byte[] withClass(int version, int trafficClass) {
        return Inner.toServer(version).trafficClass(trafficClass).udp(Inner.CLIENT_PORT, Inner.SERVER_PORT).payload(64).build();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldCopyTheInnerEcnOutwards(int ecn) throws Exception {
        needs(Need.TRAFFIC_CLASS_OUT);
        settings.modeOf(OTHER_ENDPOINT, TunnelMode.INLINE);
        start(TunnelMode.TUN);
        byte[] inner = withClass(4, 0xb8 | ecn);
        expectDelivered(inner);
        bench.intoInterface(ENDPOINT, Side.GWO, inner);
        assertThat(bench.reply().trafficClass()).isEqualTo(ecn);
        bench.send(TestPackets.geneve(OTHER_ENDPOINT, inner));
        assertThat(bench.reply().trafficClass()).isEqualTo(ecn);
    }
}
