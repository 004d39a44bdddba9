package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InlineFlowsTest {
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "10.0.0.2";

    private InlineRig rig = new InlineRig(FlowTracking.ofMaxFlows(4));

    @AfterEach
    void everyDatagramIsCountedOnce() {
        rig.assertBalanced();
    }

    private static byte[] request(int port) {
        return PacketBuilder.ipv4(CLIENT, SERVER).udp(port, 53).payload(10).build();
    }

    private static byte[] answer(int port) {
        return PacketBuilder.ipv4(SERVER, CLIENT).udp(53, port).payload(100).build();
    }

    private static byte[] tcp(int port) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(port, 80).payload(1).build();
    }

    private void pass(long seconds) {
        rig.clock.advance(Duration.ofSeconds(seconds));
        rig.worker.doWork();
    }

    @Test
    void shouldShowBothDirectionsTheSameFlowWithWhatWasAttached() {
        rig.onPacket = packet -> {
            if (packet.flow().attachment() == null) {
                packet.flow().attach("state");
            }
            return Verdict.DROP;
        };
        long startNs = rig.clock.getAsLong();
        Flow flow = rig.flowOf(answer(7));
        rig.clock.advance(Duration.ofSeconds(1));

        assertThat(rig.flowOf(request(7))).isSameAs(flow);
        assertThat(flow.attachment()).isEqualTo("state");
        assertThat(flow.key()).hasToString("udp 10.0.0.1:7 <-> 10.0.0.2:53");
        assertThat(flow.isInitiatorForward()).as("the server was seen first").isFalse();
        assertThat(flow.tunnel().endpointId()).isEqualTo(TestPackets.ENDPOINT);
        assertThat(List.of(flow.packets(true), flow.bytes(true), flow.packets(false), flow.bytes(false))).containsExactly(1L, 38L, 1L, 128L);
        assertThat(flow.firstSeenNs()).isEqualTo(startNs);
        assertThat(flow.lastSeenNs()).isEqualTo(rig.clock.getAsLong());
        assertThat(rig.flowOf(request(8))).isNotSameAs(flow).extracting(Flow::attachment).isEqualTo("state");
        assertThat(rig.counts().flows()).isEqualTo(2);
    }

    @Test
    void shouldKeepFlowsOfDifferentEndpointsApart() {
        rig.receiveDatagram(TestPackets.geneve(1, request(7)));
        Flow one = rig.lastFlow;
        rig.receiveDatagram(TestPackets.geneve(2, request(7)));

        assertThat(rig.lastFlow).isNotSameAs(one);
    }

    @Test
    void shouldShowNoFlowAndTellOfNoneWhenTrackingIsOff() {
        rig = new InlineRig((FlowTracking) null);

        assertThat(rig.flowOf(request(7))).isNull();
        rig.worker.retire();
        assertThat(rig.ends).isEmpty();
        assertThat(rig.counts().flowsCreated()).isZero();
    }

    @Test
    void shouldEndFlowsThatAreSilentForTheirTimeoutAndNotBefore() {
        rig.receive(tcp(1));
        rig.receive(request(2));
        pass(119);
        rig.receive(request(3));
        pass(1);
        assertThat(rig.ends).containsExactly("udp 10.0.0.1:2 <-> 10.0.0.2:53 EXPIRED");
        pass(229);
        assertThat(rig.ends).hasSize(2).last().isEqualTo("udp 10.0.0.1:3 <-> 10.0.0.2:53 EXPIRED");
        pass(1);
        assertThat(rig.ends).hasSize(3).last().isEqualTo("tcp 10.0.0.1:1 <-> 10.0.0.2:80 EXPIRED");
        assertThat(rig.counts().flows()).isZero();
        assertThat(rig.counts().flowsExpired()).isEqualTo(3);
    }

    @Test
    void shouldBeginANewFlowWhenAPacketComesAfterTheTimeoutThoughNobodyHasLookedYet() {
        Flow old = rig.flowOf(request(2));
        old.attach("old");
        rig.clock.advance(Duration.ofSeconds(120));

        assertThat(rig.flowOf(request(2)).attachment()).isNull();
        assertThat(rig.lastFlow.packets(true)).isOne();
        assertThat(rig.ends).hasSize(1);
        assertThat(old.attachment()).as("an ended flow lets go").isNull();
    }

    @Test
    void shouldNotEndAFlowWhosePacketsGoOnThoughItsPlaceInTheListIsOld() {
        rig.receive(tcp(1));
        for (int i = 0; i < 1000; i++) {
            rig.clock.advance(Duration.ofMillis(900)); // less than the slack of the list
            rig.receive(tcp(1));
        }
        assertThat(rig.ends).isEmpty();
        pass(350);
        assertThat(rig.ends).hasSize(1);
    }

    @Test
    void shouldCountATimeoutThatIsSetFromThenOn() {
        Flow one = rig.flowOf(tcp(1));
        Flow two = rig.flowOf(tcp(2));
        two.setTimeoutNs(Duration.ofSeconds(10).toNanos());
        pass(5);
        one.setTimeoutNs(Duration.ofSeconds(10).toNanos());
        pass(5);
        assertThat(rig.ends).containsExactly("tcp 10.0.0.1:2 <-> 10.0.0.2:80 EXPIRED");
        pass(5);
        assertThat(rig.ends).hasSize(2);
    }

    @Test
    void shouldRoundATimeoutUpToTheNextKnownOneWhenThereAreTooMany() {
        Flow flow = rig.flowOf(tcp(1));
        for (int i = 1; i <= 100; i++) {
            flow.setTimeoutNs(Duration.ofSeconds(10L * i).toNanos());
        }
        flow.setTimeoutNs(Duration.ofSeconds(11).toNanos());
        pass(19);
        assertThat(rig.ends).isEmpty();
        pass(1);
        assertThat(rig.ends).hasSize(1);
    }

    @Test
    void shouldMakeRoomByEndingTheLongestSilentOfTheShortestTimeout() {
        rig.receive(tcp(1));
        rig.clock.advance(Duration.ofSeconds(10));
        rig.receive(request(2));
        rig.clock.advance(Duration.ofSeconds(10));
        rig.receive(request(3));
        rig.clock.advance(Duration.ofSeconds(10));
        rig.receive(request(2));
        rig.receive(tcp(4));

        rig.receive(tcp(5));
        rig.receive(tcp(6));
        rig.receive(tcp(7));

        assertThat(rig.ends).containsExactly("udp 10.0.0.1:3 <-> 10.0.0.2:53 EVICTED", "udp 10.0.0.1:2 <-> 10.0.0.2:53 EVICTED",
                "tcp 10.0.0.1:1 <-> 10.0.0.2:80 EVICTED");
        assertThat(rig.counts().flows()).isEqualTo(4);
        assertThat(rig.counts().flowsEvicted()).isEqualTo(3);
    }

    @Test
    void shouldForgetAFlowAtOnceAndShowItsPacketWithoutItFromThenOn() {
        rig.onPacket = packet -> {
            packet.flow().forget();
            packet.flowKey();
            assertThat(packet.flow()).isNull();
            return Verdict.FORWARD;
        };
        Flow first = rig.flowOf(request(1));
        first.forget(); // nothing: it has ended

        assertThat(rig.ends).containsExactly("udp 10.0.0.1:1 <-> 10.0.0.2:53 FORGOTTEN");
        assertThat(rig.flowOf(request(1))).isNotSameAs(first);
        assertThat(rig.counts().flows()).isZero();
    }

    @Test
    void shouldUseAnObjectAgainWithNothingLeftOfTheFlowBefore() {
        rig = new InlineRig(WorkerParts.trackingRules(FlowTracking.ofMaxFlows(1), false, 8500, 16, 0));
        Flow flow = rig.flowOf(answer(1));
        flow.attach("old");
        flow.setTimeoutNs(5);

        assertThat(rig.flowOf(request(2))).isSameAs(flow);
        assertThat(flow.attachment()).isNull();
        assertThat(flow.isInitiatorForward()).isTrue();
        assertThat(flow.packets(false) + flow.packets(true)).isOne();
        pass(119);
        assertThat(rig.ends).as("evicted").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndTheFlowsOfATunnelThatHasGone(boolean comesBack) {
        rig.receive(request(1));
        rig.receive(request(2));
        rig.receiveDatagram(TestPackets.geneve(2, request(1)));
        rig.tunnels.destroy(TestPackets.ENDPOINT);
        for (int i = 0; i < 5; i++) {
            rig.tunnels.doWork();
        }
        if (comesBack) {
            assertThat(rig.flowOf(request(1)).packets(true)).isOne();
            assertThat(rig.lastFlow.tunnel().stats().receivedPackets()).as("of the new tunnel").isOne();
        } else {
            rig.worker.doWork();
        }

        assertThat(rig.ends).containsExactlyInAnyOrder("udp 10.0.0.1:1 <-> 10.0.0.2:53 TUNNEL_CLOSED",
                "udp 10.0.0.1:2 <-> 10.0.0.2:53 TUNNEL_CLOSED");
        assertThat(rig.counts().flows()).isEqualTo(comesBack ? 2 : 1);
    }

    @Test
    void shouldEndAllFlowsWhenTheWorkerEnds() {
        rig.receive(request(1));
        rig.receive(tcp(2));
        rig.onEnd = () -> assertThat(rig.lastEnded.inject(ByteBuffer.wrap(answer(1)), 0, 128)).isEqualTo(InjectStatus.QUEUED);
        rig.sent();

        rig.worker.retire();

        assertThat(rig.ends).containsExactlyInAnyOrder("udp 10.0.0.1:1 <-> 10.0.0.2:53 APPLIANCE_CLOSED",
                "tcp 10.0.0.1:2 <-> 10.0.0.2:80 APPLIANCE_CLOSED");
        assertThat(rig.sent()).hasSize(2);
    }

    @Test
    void shouldCountLaterFragmentsToTheFlowOfTheirFirstAndShowNoneForStrays() {
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(9, 53).payload(2000).build(), 600, 77);
        Flow flow = rig.flowOf(fragments.get(0));

        assertThat(flow.key()).hasToString("udp 10.0.0.1:9 <-> 10.0.0.2:53");
        assertThat(rig.flowOf(fragments.get(1))).isSameAs(flow);
        assertThat(flow.packets(true)).isEqualTo(2);
        byte[] stray = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(9, 53).payload(2000).build(), 600, 78).get(1);
        assertThat(rig.flowOf(stray)).isNull();
        flow.forget();
        assertThat(rig.flowOf(fragments.get(2))).as("its flow is gone").isNull();
        assertThat(rig.counts().flowsCreated()).isOne();
    }

    @Test
    void shouldNotTakeTheHeaderOfLaterFragmentsForTheFlows() {
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(9, 53).payload(2000).build(), 600, 77);
        rig.receiveDatagram(TestPackets.geneve(TestPackets.ENDPOINT, 5, fragments.get(0)));
        Flow flow = rig.lastFlow;
        rig.receiveDatagram(TestPackets.geneve(TestPackets.ENDPOINT, 6, fragments.get(1)));
        rig.sent();

        rig.context.execute(() -> flow.inject(ByteBuffer.wrap(answer(9)), 0, 128));
        rig.worker.doWork();

        assertThat(rig.sent()).extracting(Datagram::payload).containsExactly(TestPackets.geneve(TestPackets.ENDPOINT, 5, answer(9)));
    }

    @Test
    void shouldShowAnIcmpErrorTheFlowItQuotesWithoutCountingItOrKeepingTheFlowAlive() {
        byte[] error = PacketBuilder.ipv4("192.0.2.9", CLIENT).icmpError(3, 1, request(1)).build();
        assertThat(rig.flowOf(error)).as("about no known flow").isNull();
        Flow flow = rig.flowOf(request(1));
        pass(100);

        assertThat(rig.flowOf(error)).isSameAs(flow);
        assertThat(flow.packets(true) + flow.packets(false)).isOne();
        pass(20);
        assertThat(rig.ends).hasSize(1);
        assertThat(rig.counts().flowsCreated()).isOne();
    }

    @Test
    void shouldInjectInBothDirectionsWithTheNewestHeaderOfTheFlow() {
        Flow flow = rig.flowOf(request(1));
        rig.receiveDatagram(TestPackets.geneve(TestPackets.ENDPOINT, 99, answer(1)));
        rig.sent();

        rig.context.execute(() -> {
            assertThat(flow.inject(ByteBuffer.wrap(answer(1)), 0, 128)).isEqualTo(InjectStatus.QUEUED);
            assertThat(flow.inject(ByteBuffer.wrap(request(1)), 0, 38)).isEqualTo(InjectStatus.QUEUED);
        });
        rig.worker.doWork();

        List<Datagram> sent = rig.sent();
        assertThat(sent).extracting(Datagram::payload).containsExactly(TestPackets.geneve(TestPackets.ENDPOINT, 99, answer(1)),
                TestPackets.geneve(TestPackets.ENDPOINT, 99, request(1)));
        assertThat(sent).extracting(Datagram::peer, Datagram::port).containsOnly(tuple(InlineRig.NODE, InlineRig.PORT));
        assertThat(rig.counts().injectedPackets()).isEqualTo(2);
        assertThat(rig.counts().forwardedPackets()).isEqualTo(2);
    }

    @Test
    void shouldInjectWithAHeaderOfUnusualLength() {
        byte[] usual = TestPackets.geneve(request(1));
        byte[] longer = new byte[usual.length + 8];
        System.arraycopy(usual, 0, longer, 0, 40);
        longer[0] += 2;                                    // two words of options more
        longer[40] = 0x01;                                 // class of another, not critical
        longer[43] = 1;
        longer[47] = 42;
        System.arraycopy(usual, 40, longer, 48, usual.length - 40);
        rig.receiveDatagram(longer);
        Flow flow = rig.lastFlow;
        rig.sent();

        rig.context.execute(() -> flow.inject(ByteBuffer.wrap(usual), 40, usual.length - 40));
        rig.worker.doWork();

        assertThat(rig.sent()).extracting(Datagram::payload).containsExactly(longer);
    }

    @Test
    void shouldRefuseToInjectIntoAFlowThatHasEnded() {
        Flow flow = rig.flowOf(request(1));
        flow.forget();

        assertThat(flow.inject(ByteBuffer.wrap(answer(1)), 0, 128)).isEqualTo(InjectStatus.FLOW_ENDED);
        rig.worker.doWork();
        assertThat(rig.counts().injectFailures()).isOne();
    }

    @Test
    void shouldGoOnAndCountItWhenTheHandlerThrowsAtAFlowsEnd() {
        rig.receive(request(1));
        rig.receive(request(2));
        rig.onEnd = () -> {
            throw new StackOverflowError();
        };
        pass(120);

        assertThat(rig.counts().flows()).isZero();
        assertThat(rig.counts().callbackFailures()).isEqualTo(2);
        assertThat(rig.drops()).isEmpty();
        assertThat(rig.flowOf(request(1))).isNotNull();
    }

    /** Many random flows against the plainest table there is. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldAgreeWithAPlainMapWhateverHappens(long seed) {
        rig = new InlineRig(WorkerParts.trackingRules(FlowTracking.ofMaxFlows(300), false, 8500, 16, 0));
        Random random = new Random(seed);
        Map<Integer, Flow> flows = new HashMap<>();
        Map<Integer, Long> packets = new HashMap<>();
        Map<Integer, Long> lastNs = new HashMap<>();
        long timeoutNs = Duration.ofSeconds(120).toNanos();
        rig.onEnd = () -> {
            int port = (Integer) rig.lastEnded.attachment();
            assertThat(flows.remove(port)).isSameAs(rig.lastEnded);
            packets.remove(port);
            lastNs.remove(port);
        };
        for (int i = 0; i < 20_000; i++) {
            int port = 1 + random.nextInt(290);
            Long last = lastNs.get(port);
            boolean isOver = last != null && rig.clock.getAsLong() - last >= timeoutNs;
            Flow flow = rig.flowOf(random.nextBoolean() ? request(port) : answer(port));
            flow.attach(port);
            if (last != null && !isOver) {
                assertThat(flow).isSameAs(flows.get(port));
            }
            flows.put(port, flow);
            packets.merge(port, 1L, Long::sum);
            lastNs.put(port, rig.clock.getAsLong());
            assertThat(flow.packets(true) + flow.packets(false)).isEqualTo(packets.get(port));
            if (random.nextInt(20) == 0) {
                flow.forget();
            }
            rig.clock.advance(Duration.ofMillis(random.nextInt(random.nextInt(50) == 0 ? 60_000 : 200)));
            assertThat(rig.counts().flows()).isEqualTo(flows.size());
        }
        rig.sent();
        rig.worker.doWork();
        long slackNs = Duration.ofSeconds(1).toNanos();
        assertThat(lastNs.values()).allSatisfy(last -> assertThat(rig.clock.getAsLong() - last).isLessThan(timeoutNs + slackNs));
        assertThat(rig.counts().flowsEvicted()).isZero();
    }
}
