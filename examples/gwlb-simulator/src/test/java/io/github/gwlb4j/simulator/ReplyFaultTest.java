package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the simulator says of replies that are not as a load balancer wants them, through real sockets on loopback. */
class ReplyFaultTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Test
    void shouldCountDuplicates() throws IOException {
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> {
            appliance.reply(from, datagram);
            appliance.reply(from, datagram);
        }, Traffic.dns(3), Traffic.icmp(2).overIpv6());

        assertThat(report.faults()).containsOnlyKeys(ReplyFault.DUPLICATE).containsEntry(ReplyFault.DUPLICATE, 10L);
        assertThat(report.intact()).isEqualTo(report.sent()).isEqualTo(10);
        assertThat(report.received()).isEqualTo(20);
        assertThat(report.isOk()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"39, FLOW_COOKIE", "15, ENDPOINT_ID", "30, GENEVE_HEADER", "7, GENEVE_HEADER", "75, INNER_PACKET", "48, INNER_PACKET"})
    void shouldDetectAChangedByte(int offset, ReplyFault fault) throws IOException {
        assertOnlyFault(fault, (from, datagram, appliance) -> {
            datagram[offset] ^= 1;
            appliance.reply(from, datagram);
        });
    }

    @Test
    void shouldDetectCutInnerPacket() throws IOException {
        assertOnlyFault(ReplyFault.INNER_PACKET, (from, datagram, appliance) ->
                appliance.reply(from, Arrays.copyOf(datagram, datagram.length - 1)));
    }

    @Test
    void shouldDetectAnswerFromTheListeningPort() throws IOException {
        assertOnlyFault(ReplyFault.UDP_SOURCE_PORT, (from, datagram, appliance) -> appliance.send(appliance.address().getAddress(),
                appliance.address().getPort(), new InetSocketAddress(from.getAddress(), appliance.address().getPort()), datagram));
    }

    @Test
    void shouldDetectSwappedPorts() throws IOException {
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> appliance.send(appliance.address().getAddress(),
                appliance.address().getPort(), from, datagram), Traffic.icmp(4));

        assertThat(report.faults()).containsOnlyKeys(ReplyFault.UDP_SOURCE_PORT, ReplyFault.UDP_DESTINATION_PORT);
        assertThat(report.intact()).isZero();
        assertThat(report.returned()).isEqualTo(8);
    }

    @Test
    void shouldDetectAnswerFromAnotherAddress() throws IOException {
        InetAddress other = InetAddress.getByName(Loopback.node(7));
        assertOnlyFault(ReplyFault.OUTER_SOURCE_ADDRESS, (from, datagram, appliance) -> appliance.send(other, from.getPort(),
                new InetSocketAddress(from.getAddress(), appliance.address().getPort()), datagram));
    }

    @Test
    void shouldDetectAnswerToAnotherNode() throws IOException {
        InetAddress first = InetAddress.getByName(Loopback.node(0));
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) ->
                self.reply(new InetSocketAddress(first, from.getPort()), datagram));
                GwlbSimulator gwlb = appliance.simulator().source(Loopback.node(1)).endpoints(1).build()) {
            SimulationReport report = gwlb.run(Traffic.dns(4));

            assertThat(report.faults()).containsOnly(Map.entry(ReplyFault.OUTER_DESTINATION_ADDRESS, 4L));
            assertThat(report.intact()).isEqualTo(4);
        }
    }

    private static void assertOnlyFault(ReplyFault fault, TestAppliance.Behaviour behaviour) throws IOException {
        SimulationReport report = TestAppliance.run(behaviour, Traffic.icmp(4), Traffic.dns(4));

        assertThat(report.faults()).as(report.toString()).containsOnly(Map.entry(fault, 16L));
        assertThat(report.returned()).isEqualTo(16);
        assertThat(report.intact()).isZero();
        assertThat(report.isOk()).isFalse();
    }

    @Test
    void shouldDetectPacketsOvertakenInTheirFlow() throws IOException {
        byte[][] held = new byte[1][];
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> {
            if (held[0] == null) {
                held[0] = datagram;
            } else {
                appliance.reply(from, datagram);
                appliance.reply(from, held[0]);
                held[0] = null;
            }
        }, Traffic.dns(1).sessions(5));

        assertThat(report.faults()).containsOnly(Map.entry(ReplyFault.OUT_OF_ORDER, 5L));
        assertThat(report.missing()).isZero();
        assertThat(report.returned()).isEqualTo(10);
    }

    @Test
    void shouldNotMindOrderAcrossFlows() throws IOException {
        byte[][] held = new byte[1][];
        InetSocketAddress[] heldFrom = new InetSocketAddress[1];
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> {
            if (held[0] == null) {
                held[0] = datagram;
                heldFrom[0] = from;
            } else {
                appliance.reply(from, datagram);
                appliance.reply(heldFrom[0], held[0]);
                held[0] = null;
            }
        }, Traffic.dns(2).sessions(5));

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @Test
    void shouldCountLatePacketsAsMissing() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            TestAppliance.sleep(60);
            self.reply(from, datagram);
        });
                GwlbSimulator gwlb = appliance.simulator().timeout(Duration.ofMillis(20)).build()) {
            SimulationReport report = gwlb.run(Traffic.icmp(1));

            assertThat(report.missing()).isEqualTo(2);
            assertThat(report.returned()).isZero();
            assertThat(report.faults()).containsKey(ReplyFault.LATE).doesNotContainKey(ReplyFault.NEVER_SENT);
        }
    }

    @Test
    void shouldCountForeignDatagramsAsUnexpected() throws IOException {
        SimulationReport report = TestAppliance.run((from, datagram, appliance) -> {
            appliance.reply(from, datagram);
            appliance.reply(from, "hello".getBytes(StandardCharsets.UTF_8));
        }, Traffic.dns(2));

        assertThat(report.unexpected()).isEqualTo(4);
        assertThat(report.faults()).containsOnlyKeys(ReplyFault.NEVER_SENT);
        assertThat(report.intact()).isEqualTo(4);
    }

    @Test
    void shouldNotTakeAnInjectedPacketForAChangedOne() throws IOException {
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            byte[] reset = PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").tcp(80, 40000).flags(TcpHeader.RST).sequence(99, 1).build();
            byte[] answer = Arrays.copyOf(datagram, 40 + reset.length);
            System.arraycopy(reset, 0, answer, 40, reset.length);
            self.reply(from, answer);
        });
                GwlbSimulator gwlb = appliance.simulator().build()) {
            gwlb.send(gwlb.newFlow(), PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").tcp(40000, 80).payload(200).build());

            assertThat(gwlb.awaitReply(PATIENCE).orElseThrow().faults()).containsExactly(ReplyFault.NEVER_SENT);
        }
    }
}
