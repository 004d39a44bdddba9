package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.simulator.GwlbFlow;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.Reply;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole way through real loopback sockets: simulated load balancer, appliance, and back. */
class EndToEndTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private InetSocketAddress target;
    private GwlbAppliance appliance;

    @BeforeEach
    void requireLoopbackNetwork() throws IOException {
        Loopback.requireSeveralAddresses();
        target = Loopback.freeTarget();
    }

    @AfterEach
    void everyDatagramIsCountedOnce() {
        if (appliance != null) {
            appliance.close();
            assertThat(appliance.stats().isBalanced()).isTrue();
        }
    }

    private void start(int workers, PacketHandler.Factory handler) throws IOException {
        start(workers, handler, builder -> builder);
    }

    private void start(int workers, PacketHandler.Factory handler, UnaryOperator<GwlbApplianceBuilder> settings) throws IOException {
        appliance = settings.apply(GwlbAppliance.builder().listen(target).workers(workers).handler(handler)).build().start();
    }

    private GwlbSimulatorBuilder twoNodesAndEndpoints() {
        return GwlbSimulator.builder().target(target).source("127.0.0.2").source("127.0.0.3").endpoints(2).timeout(TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldReturnEveryKindOfTrafficIntactForTwoNodesAndTwoEndpointsWithTheSameAddresses(int workers) throws IOException {
        start(workers, worker -> packet -> Verdict.FORWARD);
        SimulationReport report;
        try (GwlbSimulator gwlb = twoNodesAndEndpoints().build()) {
            report = gwlb.run(Traffic.everything(4));
        }

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind().keySet()).contains("dns", "dns6", "http", "http6", "tls", "tls6", "icmp", "icmp6",
                "fragments", "fragments6", "jumbo", "jumbo6");
        assertThat(report.intact()).isEqualTo(report.sent()).isGreaterThan(200);
        ApplianceStats stats = appliance.stats();
        assertThat(stats.forwardedPackets()).isEqualTo(report.sent());
        assertThat(stats.droppedByReason()).isZero();
        assertThat(stats.tunnels()).hasSize(2).allSatisfy(tunnel -> assertThat(tunnel.forwardedPackets()).isPositive());
    }

    @Test
    void shouldNotStartOnAPortThatAnotherAppliancesWorkersShareUntilThatOneHasGone() throws IOException {
        PacketHandler.Factory forwarding = worker -> packet -> Verdict.FORWARD;
        start(2, forwarding);
        GwlbAppliance second = GwlbAppliance.builder().listen(target).workers(2).handler(forwarding).build();

        assertThatThrownBy(second::start).isInstanceOf(IOException.class)
                .hasMessageContainingAll(String.valueOf(target.getPort()), "nother program", "ss -ulpn");
        appliance.close();
        appliance = second.start();

        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").build()) {
            gwlb.send(gwlb.newFlow(0, 0), TestPackets.dnsQuery());
            assertThat(gwlb.awaitReply(TIMEOUT)).isPresent();
        }
    }

    @Test
    void shouldKeepFlowsOfTwoEndpointsWithIdenticalPacketsApart() throws IOException {
        start(1, worker -> packet -> packet.tunnel().endpointId() == 2 ? Verdict.DROP : Verdict.FORWARD);
        byte[] inner = TestPackets.dnsQuery();
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").endpointIds(1, 2).build()) {
            gwlb.send(gwlb.newFlow(0, 0), inner);
            assertThat(gwlb.awaitReply(TIMEOUT)).get().satisfies(reply -> assertThat(reply.isIntact()).isTrue());
            gwlb.send(gwlb.newFlow(0, 1), inner);
            assertThat(gwlb.awaitReply(Duration.ofMillis(200))).isEmpty();
        }
        assertThat(appliance.stats().tunnels()).extracting(TunnelStats::droppedByHandler).containsExactly(0L, 1L);
    }

    @Test
    void shouldCountMalformedDatagramsBetweenGoodOnesAndAnswerOnlyTheGood() throws IOException {
        start(1, worker -> packet -> Verdict.FORWARD);
        Map<DropReason, byte[]> malformed = MalformedDatagrams.byReason();
        int good = 0;
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").build()) {
            GwlbFlow flow = gwlb.newFlow();
            for (byte[] datagram : malformed.values()) {
                gwlb.sendRaw(flow, datagram);
                gwlb.send(flow, PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(5000, 7).payload(good++).build());
            }
            for (int i = 0; i < good; i++) {
                Optional<Reply> reply = gwlb.awaitReply(TIMEOUT);
                assertThat(reply).isPresent();
                assertThat(reply.get().faults()).isEmpty();
                assertThat(reply.get().innerPacket()).hasSize(28 + i);
            }
            assertThat(gwlb.awaitReply(Duration.ofMillis(100))).isEmpty();
        }
        ApplianceStats stats = appliance.stats();
        assertThat(stats.forwardedPackets()).isEqualTo(good);
        assertThat(malformed.keySet()).allSatisfy(reason -> assertThat(stats.dropped(reason)).as(reason.name()).isOne());
        assertThat(stats.droppedByReason()).isEqualTo(malformed.size());
    }

    @Test
    void shouldLoseExactlyWhatTheHandlerDrops() throws IOException {
        start(1, worker -> packet ->
                packet.inner().protocol() == IpProtocol.UDP && packet.inner().hasPorts()
                        && (packet.inner().destinationPort() == 53 || packet.inner().sourcePort() == 53) ? Verdict.DROP : Verdict.FORWARD);
        SimulationReport report;
        try (GwlbSimulator gwlb = twoNodesAndEndpoints().expectDrop("udp port 53").build()) {
            report = gwlb.run(Traffic.dns(5), Traffic.tls(2));
        }

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.droppedAsExpected()).isPositive().isEqualTo(appliance.stats().droppedByHandler());
    }

    @Test
    void shouldFollowAFlowWhoseCookieChanges() throws IOException {
        start(1, worker -> packet -> Verdict.FORWARD);
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").build()) {
            GwlbFlow flow = gwlb.newFlow();
            for (int cookie : List.of(1, 2)) {
                byte[] datagram = TestPackets.geneve(TestPackets.dnsQuery());
                datagram[39] = (byte) cookie;
                gwlb.sendRaw(flow, datagram);
                assertThat(gwlb.awaitReply(TIMEOUT)).get().satisfies(reply -> assertThat(reply.datagram()).isEqualTo(datagram));
            }
        }
    }

    @Test
    void shouldCarryInnerPacketsAboveTheLoadBalancersMtuUpToTheLargestWhenTheTunnelMtuIsSetSo() throws IOException {
        start(1, worker -> packet -> Verdict.FORWARD, builder -> builder.tunnelMtu(65_535));
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").build()) {
            GwlbFlow flow = gwlb.newFlow();
            for (int length : List.of(8500, 8501, 16_000, 65_000)) {
                byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(5000, 7).totalLength(length).build();
                gwlb.send(flow, inner);
                assertThat(gwlb.awaitReply(TIMEOUT)).get().satisfies(reply -> {
                    assertThat(reply.faults()).isEmpty();
                    assertThat(reply.innerPacket()).isEqualTo(inner);
                });
            }
        }
    }

    /** Answers each first packet of a flow with another, refuses the second, and makes the rest longer. */
    private static final class Meddler implements PacketHandler {
        private final byte[] answer;

        private Meddler(byte[] answer) {
            this.answer = answer;
        }

        @Override
        public Verdict onPacket(GwlbPacket packet) {
            long seen = packet.flow().packets(true) + packet.flow().packets(false);
            if (seen == 1) {
                assertThat(packet.flow().inject(ByteBuffer.wrap(answer), 0, answer.length)).isEqualTo(InjectStatus.QUEUED);
                return Verdict.FORWARD;
            }
            return packet.replaceInner(ByteBuffer.wrap(answer), 0, answer.length) == ReplaceStatus.REPLACED ? Verdict.FORWARD : Verdict.DROP;
        }
    }

    @Test
    void shouldSendInjectedAndReplacedPacketsThroughTheFlowsOwnPortWithItsHeader() throws IOException {
        byte[] answer = PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").udp(53, 40_000).payload(1000).build();
        start(2, worker -> new Meddler(answer), builder -> builder.flowTracking(FlowTracking.ofMaxFlows(100)));
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").source("127.0.0.3").build()) {
            for (int node = 0; node < 2; node++) {
                GwlbFlow flow = gwlb.newFlow(node, 0);
                byte[] datagram = TestPackets.geneve(1 + node, 7 + node, TestPackets.dnsQuery());
                byte[] expected = TestPackets.geneve(1 + node, 7 + node, answer);
                gwlb.sendRaw(flow, datagram);
                assertThat(gwlb.awaitReply(TIMEOUT)).get().satisfies(reply -> assertThat(reply.datagram()).isEqualTo(datagram));
                Reply injected = gwlb.awaitReply(TIMEOUT).orElseThrow();
                assertThat(injected.datagram()).isEqualTo(expected);
                gwlb.sendRaw(flow, datagram);
                Reply replaced = gwlb.awaitReply(TIMEOUT).orElseThrow();
                assertThat(replaced.datagram()).isEqualTo(expected);
                assertThat(List.of(injected.source(), replaced.source())).as("the appliance's address, the flow's port")
                        .containsOnly(new InetSocketAddress(target.getAddress(), flow.udpSourcePort()));
                assertThat(injected.node()).isEqualTo(replaced.node());
            }
        }
        appliance.close(); // a worker counts after it has sent
        assertThat(appliance.stats().extras().injectedPackets()).isEqualTo(2);
        assertThat(appliance.stats().forwardedPackets()).isEqualTo(4);
    }
}
