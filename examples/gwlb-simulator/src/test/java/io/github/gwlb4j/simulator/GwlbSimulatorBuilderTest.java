package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GwlbSimulatorBuilderTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1, 6081", "127.0.0.1:7000, 127.0.0.1, 7000", "::1, ::1, 6081", "[::1], ::1, 6081",
        "[::1]:65535, ::1, 65535"})
    void shouldReadTargets(String text, String address, int port) {
        assertThat(GwlbSimulatorBuilder.parseTarget(text)).isEqualTo(new InetSocketAddress(address, port));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:0, port '0'", "127.0.0.1:65536, port '65536'", "127.0.0.1:, port ''", "127.0.0.1:x, port 'x'", ":6081, missing",
        "no.such.host.invalid, no host of that name"})
    void shouldRefuseTargets(String text, String problem) {
        assertThatThrownBy(() -> GwlbSimulator.builder().target(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void shouldRefuseSettingsThatDoNotFitTogether() {
        assertThatThrownBy(() -> GwlbSimulator.builder().source("127.0.0.2").build()).hasMessageContaining("needs a target");
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").build()).hasMessageContaining("at least one source");
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").source("::1").build())
                .hasMessageContaining("one IP version");
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").source("127.0.0.1").build())
                .hasMessageContaining("must be another address");
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").source("0.0.0.0").build())
                .hasMessageContaining("0.0.0.0");
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").source("127.0.0.2").source("127.0.0.2").build())
                .hasMessageContaining("twice");
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        GwlbSimulatorBuilder builder = GwlbSimulator.builder();
        assertThatThrownBy(() -> builder.endpoints(0)).hasMessageContaining("endpoints 0 is not in 1..65536");
        assertThatThrownBy(() -> builder.endpointIds()).hasMessageContaining("endpoints 0");
        assertThatThrownBy(() -> builder.window(-1)).hasMessageContaining("window");
        assertThatThrownBy(() -> builder.packetsPerSecond(-1)).hasMessageContaining("packets a second");
        assertThatThrownBy(() -> builder.optionClass(65536)).hasMessageContaining("option class");
        assertThatThrownBy(() -> builder.maxSockets(0)).hasMessageContaining("sockets");
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).hasMessageContaining("timeout");
        assertThatThrownBy(() -> builder.duration(Duration.ofSeconds(-1))).hasMessageContaining("duration");
        assertThatThrownBy(() -> Traffic.dns(0)).hasMessageContaining("flows 0");
        assertThatThrownBy(() -> Traffic.http(1).packetLength(100)).hasMessageContaining("packet length 100");
        assertThatThrownBy(() -> Traffic.http(1).sessions(0)).hasMessageContaining("sessions 0");
    }

    @Test
    void shouldNameTheFixWhenTheSourceIsNotLocal() {
        assertThatThrownBy(() -> GwlbSimulator.builder().target("127.0.0.1").source("192.0.2.1").build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("192.0.2.1 is not an address of this machine");
    }

    @Test
    void shouldWorkOverIpv6OutsideToo() throws IOException {
        // Without a second IPv6 loopback address no appliance can answer; opening the sockets must still work or say why not.
        assertThatThrownBy(() -> GwlbSimulator.builder().target("::1").source("2001:db8::1").build())
                .isInstanceOf(IOException.class).hasMessageContaining("is not an address of this machine");
    }
}
