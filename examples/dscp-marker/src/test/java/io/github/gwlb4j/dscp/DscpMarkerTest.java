package io.github.gwlb4j.dscp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.Reply;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.junit.GwlbSimulatorTest;
import io.github.gwlb4j.simulator.junit.StartAppliance;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@GwlbSimulatorTest
class DscpMarkerTest {
    private static final int EXPEDITED_FORWARDING = 46;
    private static final int ECN_ECT0 = 2;

    private GwlbSimulator gwlb;

    @StartAppliance
    static AutoCloseable start(InetSocketAddress listen) throws Exception {
        return DscpMarker.start(listen, List.of(DscpMarker.Mark.parse("192.0.2.0/24=46"), DscpMarker.Mark.parse("192.0.0.0/8=0"),
                DscpMarker.Mark.parse("2001:db8::/32=10")));
    }

    private byte[] returned(PacketBuilder packet) throws IOException {
        gwlb.send(gwlb.newFlow(), packet.build());
        return gwlb.awaitReply(Duration.ofSeconds(5)).map(Reply::innerPacket).orElseThrow();
    }

    private static PacketBuilder ipv4(String source, String destination, int dscp) {
        return PacketBuilder.ipv4(source, destination).trafficClass(dscp << 2 | ECN_ECT0).udp(5000, 5001).payload("voice");
    }

    @Test
    void shouldMarkBothDirectionsAndKeepEcnAndTheHeaderChecksumRight() throws IOException {
        assertThat(returned(ipv4("10.0.0.1", "192.0.2.7", 0))).isEqualTo(ipv4("10.0.0.1", "192.0.2.7", EXPEDITED_FORWARDING).build());
        assertThat(returned(ipv4("192.0.2.7", "10.0.0.1", 8))).isEqualTo(ipv4("192.0.2.7", "10.0.0.1", EXPEDITED_FORWARDING).build());
    }

    @Test
    void shouldTakeTheFirstMarkThatFits() throws IOException {
        assertThat(returned(ipv4("10.0.0.1", "192.9.9.9", 12))).isEqualTo(ipv4("10.0.0.1", "192.9.9.9", 0).build());
    }

    @Test
    void shouldMarkIpv6() throws IOException {
        PacketBuilder packet = PacketBuilder.ipv6("2001:db8::1", "fd00::1").tcp(1, 2);

        assertThat(returned(packet)).isEqualTo(packet.trafficClass(10 << 2).build());
    }

    @Test
    void shouldLeaveOtherPacketsAlone() throws IOException {
        SimulationReport report = gwlb.run(Traffic.everything(1));

        assertThat(report.isOk()).as(report.toString()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/8", "10.0.0.0/8=64", "10.0.0.0/8=ef", "10.0.0.0/33=1", "=1"})
    void shouldRefuseWhatIsNoMark(String text) {
        assertThatThrownBy(() -> DscpMarker.Mark.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
