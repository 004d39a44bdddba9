package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** The simulator against right and wrong appliances, through real sockets on loopback. */
class SimulatorEndToEndTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Test
    void shouldFindNothingWrongWhenApplianceReturnsEverything() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().source(Loopback.node(1)).endpoints(3).build()) {
            SimulationReport report = gwlb.run(Traffic.everything(6));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.flows()).isEqualTo(72);
            assertThat(report.byKind().keySet()).containsExactlyInAnyOrder("dns", "dns6", "http", "http6", "tls", "tls6", "icmp",
                    "icmp6", "fragments", "fragments6", "jumbo", "jumbo6");
            assertThat(report.intact()).isEqualTo(report.sent()).isEqualTo(report.returned()).isEqualTo(report.received());
            assertThat(report.roundTrip().p50Ns()).isPositive().isLessThanOrEqualTo(report.roundTrip().maxNs());
            assertThat(report.notes()).isEmpty();
        }
    }

    @Test
    void shouldCountMissingPacketsByKind() throws IOException {
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> {
            if (datagram.length < 8000) {
                appliance.reply(from, datagram);
            }
        }, Traffic.jumbo(3), Traffic.dns(4));

        assertThat(report.isOk()).isFalse();
        assertThat(report.missing()).isEqualTo(6);
        assertThat(report.byKind().get("jumbo").missing()).isEqualTo(6);
        assertThat(report.byKind().get("dns").intact()).isEqualTo(8);
        assertThat(report.faults()).isEmpty();
        assertThat(report.toString()).contains("FAILED: 14 sent, 8 returned, 6 missing");
    }

    @Test
    void shouldBeOkWhenExactlyTheExpectedPacketsAreDropped() throws IOException {
        TestAppliance.Behaviour dnsFilter = (from, datagram, appliance) -> {
            if (!PacketFilter.parse("udp port 53").matches("", 0, Arrays.copyOfRange(datagram, 40, datagram.length))) {
                appliance.reply(from, datagram);
            }
        };
        try (TestAppliance appliance = TestAppliance.start(dnsFilter);
                GwlbSimulator gwlb = appliance.simulator().expectDrop("udp port 53").build()) {
            SimulationReport report = gwlb.run(Traffic.dns(5), Traffic.icmp(5));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.droppedAsExpected()).isEqualTo(10);
            assertThat(report.byKind().get("dns").droppedAsExpected()).isEqualTo(10);
            assertThat(report.intact()).isEqualTo(10);
        }
    }

    @Test
    void shouldReportPacketsThatComeBackThoughExpectedToBeDropped() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().expectDrop("kind dns").build()) {
            SimulationReport report = gwlb.run(Traffic.dns(5), Traffic.icmp(5));

            assertThat(report.isOk()).isFalse();
            assertThat(report.unexpected()).isEqualTo(10);
            assertThat(report.faults()).containsOnlyKeys(ReplyFault.NOT_EXPECTED_BACK);
            assertThat(report.returned()).isEqualTo(20);
            assertThat(report.intact()).isEqualTo(10);
        }
    }

    @Test
    void shouldExpectNothingBackWhenOneWay() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> { });
                GwlbSimulator gwlb = appliance.simulator().oneWay(true).build()) {
            SimulationReport report = gwlb.run(Traffic.everything(2));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.droppedAsExpected()).isEqualTo(report.sent());
        }
    }

    @Test
    void shouldMatchEqualPacketsByCount() throws IOException {
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("same").build();
        int[] seen = new int[1];
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            if (seen[0]++ != 1) {
                self.reply(from, datagram);
            }
        });
                GwlbSimulator gwlb = appliance.simulator().build()) {
            GwlbFlow flow = gwlb.newFlow();
            for (int i = 0; i < 3; i++) {
                gwlb.send(flow, packet);
            }

            assertThat(gwlb.awaitReply(PATIENCE).orElseThrow().isIntact()).isTrue();
            assertThat(gwlb.awaitReply(PATIENCE).orElseThrow().isIntact()).isTrue();
            assertThat(gwlb.awaitReply(Duration.ofMillis(100))).isEmpty();
        }
    }

    @Test
    void shouldAllowLoweredTtlWhenTheRuleSaysSo() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(SimulatorEndToEndTest::route);
                GwlbSimulator gwlb = appliance.simulator().innerPacketRule(InnerPacketRule.ttlMayDecrease()).build()) {
            SimulationReport report = gwlb.run(Traffic.everything(2));

            assertThat(report.isOk()).as(report.toString()).isTrue();
        }
    }

    @Test
    void shouldKnowDuplicatesOfPacketsWithLoweredTtl() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            route(from, datagram, self);
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().innerPacketRule(InnerPacketRule.ttlMayDecrease()).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(2), Traffic.dns(2).overIpv6());

            assertThat(report.faults()).containsOnly(Map.entry(ReplyFault.DUPLICATE, 8L));
            assertThat(report.intact()).isEqualTo(8);
        }
    }

    /** Sends the packet back as a router does. */
    private static void route(InetSocketAddress from, byte[] datagram, TestAppliance appliance) throws IOException {
        if (datagram[40] >>> 4 == 4) {
            datagram[48]--;
            // One less in the upper byte of a word: one more there in the checksum (RFC 1624).
            int checksum = ((datagram[50] & 0xff) << 8 | datagram[51] & 0xff) + 0x100;
            checksum = (checksum & 0xffff) + (checksum >>> 16);
            datagram[50] = (byte) (checksum >>> 8);
            datagram[51] = (byte) checksum;
        } else {
            datagram[47]--;
        }
        appliance.reply(from, datagram);
    }

    @Test
    void shouldAskTheRuleAboutRewrittenPackets() throws IOException {
        byte[] rewritten = PacketBuilder.ipv4("192.0.2.1", "10.0.0.2").udp(9999, 53).payload("something else").build();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            byte[] answer = Arrays.copyOf(datagram, 40 + rewritten.length);
            System.arraycopy(rewritten, 0, answer, 40, rewritten.length);
            self.reply(from, answer);
        });
                GwlbSimulator gwlb = appliance.simulator().innerPacketRule((sent, returned) ->
                        returned.equals(ByteBuffer.wrap(rewritten))).build()) {
            gwlb.send(gwlb.newFlow(), PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 53).payload("question").build());

            assertThat(gwlb.awaitReply(PATIENCE).orElseThrow().isIntact()).isTrue();
        }
    }

    @Test
    void shouldExpectNoAnswerToMalformedDatagrams() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().build()) {
            gwlb.sendRaw(new byte[0]);
            gwlb.sendRaw(new byte[] {1, 2, 3});
            gwlb.sendRaw(new byte[100]);

            assertThat(gwlb.awaitReply(Duration.ofMillis(100))).isEmpty();
        }
    }

    @Test
    void shouldCallAnAnswerToAMalformedDatagramUnexpected() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> self.reply(from, datagram));
                GwlbSimulator gwlb = appliance.simulator().build()) {
            gwlb.sendRaw(new byte[100]);

            assertThat(gwlb.awaitReply(PATIENCE).orElseThrow().faults()).containsExactly(ReplyFault.NOT_EXPECTED_BACK);
        }
    }

    @Test
    void shouldTellFlowsAndNodesApartWhenPacketsAreSentOneByOne() throws IOException {
        Set<InetSocketAddress> seen = ConcurrentHashMap.newKeySet();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            seen.add(from);
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().source(Loopback.node(1)).endpointIds(7, 8).build()) {
            GwlbFlow first = gwlb.newFlow(0, 0);
            GwlbFlow second = gwlb.newFlow(1, 1);
            byte[] packet = PacketBuilder.ipv6("fd00::1", "fd00::2").icmpEchoRequest(1, 1).payload(10).build();
            gwlb.send(second, packet);
            Optional<Reply> reply = gwlb.awaitReply(PATIENCE);

            assertThat(first.flowCookie()).isNotEqualTo(second.flowCookie());
            assertThat(first.udpSourcePort()).isNotEqualTo(second.udpSourcePort());
            assertThat(second.endpointId()).isEqualTo(8);
            assertThat(reply.orElseThrow().flow()).containsSame(second);
            assertThat(reply.orElseThrow().faults()).isEqualTo(EnumSet.noneOf(ReplyFault.class));
            assertThat(reply.orElseThrow().innerPacket()).isEqualTo(packet);
            assertThat(reply.orElseThrow().node()).isEqualTo(InetAddress.getByName(Loopback.node(1)));
            assertThat(seen).containsExactly(new InetSocketAddress(Loopback.node(1), second.udpSourcePort()));
        }
    }

    @Test
    void shouldSayWhenNothingListensAtTheTarget() throws IOException {
        InetSocketAddress unused;
        try (DatagramChannel channel = DatagramChannel.open()) {
            unused = (InetSocketAddress) channel.bind(new InetSocketAddress(Loopback.appliance(), 0)).getLocalAddress();
        }
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(unused).source(Loopback.node(0))
                .timeout(Duration.ofMillis(100)).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(2));

            assertThat(report.missing()).isEqualTo(4);
            assertThat(report.portUnreachable()).isPositive();
            assertThat(report.toString()).contains("Nothing listens at the target");
        }
    }

    @Test
    void shouldRunForTheDurationWithNewSessions() throws IOException {
        Set<Integer> distinct = ConcurrentHashMap.newKeySet();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            distinct.add(Arrays.hashCode(datagram));
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().duration(Duration.ofMillis(300)).packetsPerSecond(1000).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(1));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.sent()).isBetween(20L, 320L);
            assertThat((long) distinct.size()).isEqualTo(report.sent());
        }
    }

    @Test
    void shouldGiveUpWhenNothingEverComesBack() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> { });
                GwlbSimulator gwlb = appliance.simulator().timeout(Duration.ofMillis(50)).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(10).sessions(10_000));

            assertThat(report.sent()).isLessThan(20_000).isEqualTo(report.missing());
            assertThat(report.notes()).contains("stopped early: nothing came back for 10 times the timeout.");
        }
    }

    @Test
    void shouldNameExpectedDropsThatMatchNothing() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().expectDrop("udp port 54").build()) {
            SimulationReport report = gwlb.run(Traffic.dns(1));

            assertThat(report.notes()).containsExactly("no packet matches the filter of expected drops 'udp port 54'.");
        }
    }

    @Test
    void shouldRefuseFlowsOfAnotherSimulator() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().build();
                GwlbSimulator other = GwlbSimulator.builder().target(appliance.address()).source(Loopback.node(1)).build()) {
            GwlbFlow foreign = other.newFlow();

            assertThatThrownBy(() -> gwlb.send(foreign, new byte[20])).hasMessageContaining("another simulator");
            assertThatThrownBy(() -> gwlb.sendRaw(new byte[65508])).hasMessageContaining("at most 65507");
        }
    }

    @Test
    void shouldStopEarlyWhenAsked() throws Exception {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().duration(Duration.ofMinutes(1)).packetsPerSecond(100).build()) {
            Thread stopper = new Thread(() -> {
                TestAppliance.sleep(200);
                gwlb.stop();
            });
            stopper.start();
            SimulationReport report = gwlb.run(Traffic.dns(1));
            stopper.join();

            assertThat(report.sendingNs()).isLessThan(30_000_000_000L);
            assertThat(report.notes()).contains("stopped before the end.");
        }
    }

    @Test
    void shouldRunAgainOnTheSameSockets() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().build()) {
            SimulationReport first = gwlb.run(Traffic.http(3));
            SimulationReport second = gwlb.run(Traffic.http(3));

            assertThat(first.isOk()).isTrue();
            assertThat(second.isOk()).isTrue();
            assertThat(second.sent()).isEqualTo(first.sent());
        }
    }

    @Test
    void shouldSharePortsWhenFlowsExceedTheSocketLimit() throws IOException {
        Set<Integer> ports = ConcurrentHashMap.newKeySet();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            ports.add(from.getPort());
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().maxSockets(3).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(20));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.flows()).isEqualTo(20);
            assertThat(ports).hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void shouldNameTheFixWhenTheReplyPortIsTaken() throws IOException {
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = appliance.simulator().build()) {
            assertThat(gwlb.target()).isEqualTo(appliance.address());
            assertThatThrownBy(() -> appliance.simulator().build()).isInstanceOf(IOException.class)
                    .hasMessageContaining("UDP port " + appliance.address().getPort() + " is taken")
                    .hasMessageContaining("let it listen on " + Loopback.appliance() + " only");
        }
    }

    @Test
    void shouldCarryTheSameInnerPacketsThroughSeveralEndpoints() throws IOException {
        Set<Integer> inner = ConcurrentHashMap.newKeySet();
        Set<Long> endpoints = ConcurrentHashMap.newKeySet();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            inner.add(Arrays.hashCode(Arrays.copyOfRange(datagram, 40, datagram.length)));
            endpoints.add(endpointId(datagram));
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().endpoints(2).build()) {
            SimulationReport report = gwlb.run(Traffic.icmp(2));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.sent()).isEqualTo(4);
            assertThat(inner).hasSize(2);
            assertThat(endpoints).containsExactlyInAnyOrderElementsOf(gwlb.endpointIds());
        }
    }

    private static long endpointId(byte[] datagram) {
        GwlbDecoder decoder = new GwlbDecoder();
        decoder.decode(ByteBuffer.wrap(datagram), 0, datagram.length);
        return decoder.options().endpointId();
    }
}
