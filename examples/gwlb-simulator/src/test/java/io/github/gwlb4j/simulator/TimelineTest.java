package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Timelines against right and wrong appliances, through real sockets on loopback. */
class TimelineTest {
    private static final int HEADER = 40;

    /** What the appliance got, in order. */
    private record Got(InetSocketAddress from, byte[] datagram, long atNs) {
        int cookie() {
            return ByteBuffer.wrap(datagram).getInt(36);
        }

        byte[] inner() {
            return Arrays.copyOfRange(datagram, HEADER, datagram.length);
        }

        FlowKey innerFlow() {
            IpPacket ip = new IpPacket();
            ip.wrap(ByteBuffer.wrap(datagram), HEADER, datagram.length - HEADER);
            return new FlowKey().set(0, ip);
        }
    }

    private final List<Got> got = new CopyOnWriteArrayList<>();

    private SimulationReport run(TestAppliance.Behaviour behaviour, long seed, Duration duration, Timeline timeline, Traffic... traffic)
            throws IOException {
        got.clear();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            got.add(new Got(from, datagram.clone(), System.nanoTime()));
            behaviour.onDatagram(from, datagram, self);
        });
                GwlbSimulator gwlb = GwlbSimulator.builder().target(appliance.address()).sources(Loopback.node(0), 2).endpoints(1)
                        .seed(seed).packetsPerSecond(100).duration(duration).timeout(Duration.ofSeconds(1)).build()) {
            return gwlb.run(timeline.speed(20), traffic);
        }
    }

    private SimulationReport run(Duration duration, Timeline timeline, Traffic... traffic) throws IOException {
        return run(TestAppliance.correct(), 1, duration, timeline, traffic);
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private static void assertOk(SimulationReport report) {
        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.events()).as(report.toString()).allMatch(TimelineEvent::isEffective);
    }

    private long packetsOfNode(int node, int from, int to) throws IOException {
        InetAddress address = InetAddress.getByName(Loopback.node(node));
        return got.subList(from, to).stream().filter(one -> one.from().getAddress().equals(address)).count();
    }

    @Test
    void shouldGoOnFromTheOtherNodeWithNewPortsAndCookiesAfterAFailover() throws IOException {
        SimulationReport report = run(seconds(4), Timeline.of().at(seconds(2), FlowChange.failover(0, 1)), Traffic.http(4));

        assertOk(report);
        assertThat(got).hasSize(400);
        assertThat(packetsOfNode(0, 0, 200)).isBetween(50L, 150L);
        assertThat(packetsOfNode(0, 200, 400)).isZero();
        assertThat(report.events().get(0).concerned()).isEqualTo(2);
        assertThat(report.flows()).isEqualTo(4 + 2);
        Map<FlowKey, Set<Integer>> cookies = new HashMap<>();
        got.forEach(one -> cookies.computeIfAbsent(one.innerFlow(), key -> new HashSet<>()).add(one.cookie()));
        assertThat(cookies.values()).extracting(Set::size).containsExactlyInAnyOrder(1, 1, 2, 2);
    }

    @Test
    void shouldSendTheSamePacketsWithTheSameFailuresForASeed() throws IOException {
        Timeline timeline = Timeline.of().between(seconds(0), seconds(3), Impairment.loss(0.1))
                .between(seconds(1), seconds(3), Impairment.reorder(0.2)).between(seconds(1), seconds(2), Impairment.corrupt(0.2))
                .between(seconds(1), seconds(3), Impairment.duplicate(0.1)).at(seconds(1), FlowChange.newCookies())
                .at(seconds(2), FlowChange.leave(0.5)).start(seconds(1.5), Traffic.tls(3).midStream());

        run(TestAppliance.correct(), 7, seconds(3), timeline, Traffic.http(5), Traffic.dns(2));
        List<Got> first = List.copyOf(got);
        run(TestAppliance.correct(), 7, seconds(3), timeline, Traffic.http(5), Traffic.dns(2));
        List<Got> second = List.copyOf(got);
        run(TestAppliance.correct(), 8, seconds(3), timeline, Traffic.http(5), Traffic.dns(2));

        assertThat(second).extracting(Got::datagram).containsExactlyElementsOf(first.stream().map(Got::datagram).toList());
        assertThat(second).extracting(Got::from).isEqualTo(first.stream().map(Got::from).toList());
        assertThat(got).extracting(Got::datagram).isNotEqualTo(first.stream().map(Got::datagram).toList());
    }

    @Test
    void shouldCallAnAnswerWithTheOldCookieStale() throws IOException {
        Map<FlowKey, Integer> firstCookies = new HashMap<>();
        SimulationReport report = run((from, datagram, self) -> {
            Got one = new Got(from, datagram, 0);
            ByteBuffer.wrap(datagram).putInt(36, firstCookies.computeIfAbsent(one.innerFlow(), key -> one.cookie()));
            self.reply(from, datagram);
        }, 1, seconds(2), Timeline.of().at(seconds(1), FlowChange.newCookies()), Traffic.http(2));

        assertThat(report.faults()).containsOnly(Map.entry(ReplyFault.STALE_COOKIE, 100L));
        assertThat(report.missing()).isZero();
    }

    @Test
    void shouldTakeAnAnswerWithANewerHeaderThanThePacketHad() throws IOException {
        Map<FlowKey, Got> held = new HashMap<>();
        SimulationReport report = run((from, datagram, self) -> {
            // As in TUN mode: the kernel gives a packet back when its flow has got a newer header meanwhile.
            Got newest = new Got(from, datagram, 0);
            Got before = held.put(newest.innerFlow(), newest);
            if (before != null) {
                System.arraycopy(newest.datagram(), 0, before.datagram(), 0, HEADER);
                self.reply(from, before.datagram());
            }
        }, 1, seconds(2), Timeline.of().at(seconds(1), FlowChange.failover(0, 1)), Traffic.http(3));

        assertThat(report.faults()).isEmpty();
        assertThat(report.missing()).as("the last packet of each flow").isEqualTo(3);
    }

    @Test
    void shouldStartNoNewConnectionsWhileDrainedAndCutOffTheRest() throws IOException {
        Timeline timeline = Timeline.of().at(seconds(1), FlowChange.drain()).at(seconds(3), FlowChange.cutOff())
                .start(seconds(1.5), Traffic.dns(2).named("late"));
        SimulationReport report = run(seconds(4), timeline, Traffic.http(4), Traffic.dns(1));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind()).containsOnlyKeys("http", "dns");
        long syns = got.stream().filter(one -> isSyn(one.inner())).count();
        long fins = got.stream().filter(one -> one.inner()[9] == 6 && (one.inner()[33] & 1) != 0).count();
        assertThat(fins).as("each connection ends with two FINs").isEqualTo(2 * syns).isPositive();
        assertThat(report.sent()).isLessThan(300);
    }

    private static boolean isSyn(byte[] inner) {
        return inner[9] == 6 && inner[33] == 2;
    }

    @Test
    void shouldEndFlowsThatLeaveInTheMiddle() throws IOException {
        SimulationReport report = run(seconds(2), Timeline.of().at(seconds(1), FlowChange.leave(1)), Traffic.http(4));

        assertOk(report);
        assertThat(report.sent()).isEqualTo(100);
        assertThat(report.events().get(0).concerned()).isEqualTo(4);
    }

    @Test
    void shouldBeSilentForAsLongAsTheTimelineSaysAtItsSpeed() throws IOException {
        SimulationReport report = run(seconds(8), Timeline.of().at(seconds(1), FlowChange.silence(seconds(6), true)), Traffic.tls(2));

        assertOk(report);
        assertThat(got).hasSize(200);
        assertThat(got.get(100).atNs() - got.get(99).atNs()).as("6 s at speed 20, less a turn of the receiver")
                .isGreaterThan(Duration.ofMillis(295).toNanos());
        assertThat(got.stream().map(Got::cookie).distinct().count()).isEqualTo(4);
    }

    @Test
    void shouldLoseOnlyWhatTheFilterNames() throws IOException {
        SimulationReport report = run(seconds(2), Timeline.of().between(seconds(0), seconds(2),
                Impairment.loss(1).only(PacketFilter.parse("udp"))), Traffic.http(1), Traffic.dns(1));

        assertOk(report);
        assertThat(report.byKind()).containsOnlyKeys("http");
        assertThat(report.events().get(0).concerned()).isEqualTo(100);
    }

    @Test
    void shouldRepeatMixUpAndLosePacketsInTheStatedShares() throws IOException {
        SimulationReport report = run(seconds(10), Timeline.of().between(seconds(0), seconds(10), Impairment.loss(0.1))
                .between(seconds(0), seconds(10), Impairment.duplicate(0.1)).between(seconds(0), seconds(10), Impairment.reorder(0.1))
                .between(seconds(0), seconds(10), Impairment.mtuBlackHole(1000)), Traffic.http(5));

        assertOk(report);
        assertThat(report.events()).extracting(TimelineEvent::concerned).allMatch(packets -> packets > 40 && packets < 400);
        assertThat(got).allMatch(one -> one.inner().length <= 1000);
        assertThat(got.stream().map(one -> ByteBuffer.wrap(one.datagram())).distinct().count()).isLessThan(got.size() - 40L);
    }

    @Test
    void shouldExpectDamagedPacketsBackOnlyWhenTheyAreStillPackets() throws IOException {
        SimulationReport report = run(seconds(4), Timeline.of().between(seconds(0), seconds(4), Impairment.corrupt(0.5)),
                Traffic.icmp(5), Traffic.dns(5));

        // The test appliance looks at the IP version only, so it returns most of what it should refuse.
        assertThat(report.faults().keySet()).isSubsetOf(ReplyFault.NOT_EXPECTED_BACK);
        assertThat(report.missing()).isZero();
        assertThat(report.byKind().get("corrupt").intact()).isEqualTo(report.byKind().get("corrupt").sent()).isGreaterThan(100);
        assertThat(report.faults().get(ReplyFault.NOT_EXPECTED_BACK)).isPositive()
                .isLessThanOrEqualTo(report.byKind().get("refused").sent());
    }

    @Test
    void shouldStartMidStreamTrafficAfterTheHandshakeAtItsTime() throws IOException {
        SimulationReport report = run(seconds(0), Timeline.of().start(seconds(1), Traffic.tls(2).midStream().named("arrived")),
                Traffic.dns(5).sessions(10));

        assertOk(report);
        assertThat(got.subList(0, 100)).allMatch(one -> one.inner()[9] == 17);
        assertThat(got.subList(100, got.size())).allMatch(one -> one.inner()[9] == 6).noneMatch(one -> isSyn(one.inner()));
        assertThat(report.byKind().get("arrived").intact()).isEqualTo(got.size() - 100L);
    }

    @Test
    void shouldSayWhatDidNotHappen() throws IOException {
        SimulationReport report = run(seconds(0), Timeline.of().at(seconds(60), FlowChange.newCookies())
                .at(seconds(0), FlowChange.failover(1, 0).only(PacketFilter.parse("icmp"))), Traffic.dns(2));

        assertThat(report.events()).noneMatch(TimelineEvent::isEffective);
        assertThat(report.toString()).contains("0 s  failover from node 2 to node 1, only 'icmp': CONCERNED NO FLOWS",
                "60 s  new cookies: DID NOT HAPPEN, the traffic ended before");
    }

    @Test
    void shouldStopEarlyWhenNothingComesBackAtAll() throws IOException {
        SimulationReport report = runImpatiently((from, datagram, self) -> { }, Timeline.of());

        assertThat(report.notes()).anyMatch(note -> note.startsWith("stopped early"));
    }

    @Test
    void shouldNotStopEarlyAfterASilenceOfManyTimeouts() throws IOException {
        SimulationReport report = runImpatiently(TestAppliance.correct(), Timeline.of().at(seconds(1), FlowChange.silence(seconds(12), false)));

        assertThat(report.notes()).isEmpty();
        assertThat(report.sent()).isEqualTo(400);
    }

    /** With a timeout of 50 ms, which is a second of the timeline. */
    private static SimulationReport runImpatiently(TestAppliance.Behaviour behaviour, Timeline timeline) throws IOException {
        try (TestAppliance appliance = TestAppliance.start(behaviour);
                GwlbSimulator gwlb = GwlbSimulator.builder().target(appliance.address()).source(Loopback.node(0))
                        .packetsPerSecond(100).duration(seconds(16)).timeout(Duration.ofMillis(50)).build()) {
            return gwlb.run(timeline.speed(20), Traffic.dns(2));
        }
    }

    @Test
    void shouldRefuseWhatCannotBe() throws IOException {
        assertThatThrownBy(() -> run(seconds(1), Timeline.of().at(seconds(0), FlowChange.failover(0, 2)), Traffic.dns(1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("names node 3, and there are 2 nodes");
        assertThatThrownBy(() -> run(seconds(1), Timeline.of())).hasMessage("no traffic to send");
        assertThatThrownBy(() -> Impairment.loss(1.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FlowChange.failover(1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Timeline.of().between(seconds(2), seconds(1), Impairment.loss(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Timeline.of().speed(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
