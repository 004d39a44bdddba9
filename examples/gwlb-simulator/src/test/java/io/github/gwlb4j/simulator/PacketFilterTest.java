package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFilterTest {
    private static final byte[] UDP = PacketBuilder.ipv4("10.1.2.3", "192.0.2.9").udp(4711, 443).payload(9).build();
    private static final byte[] TCP6 = PacketBuilder.ipv6("fd00::1", "2001:db8::2").tcp(80, 50000).build();

    @ParameterizedTest
    @CsvSource({
        "all, true", "ip, true", "ip6, false", "udp, true", "tcp, false", "icmp, false", "fragment, false",
        "udp dport 443, true", "udp and dport 443, true", "udp sport 443, false", "port 443, true", "port 4711, true",
        "dport 440-450, true", "dport 444-450, false", "dport 0-65535, true", "not dport 443, false", "not tcp not icmp, true",
        "src 10.1.2.3, true", "src 10.1.2.4, false", "src 10.0.0.0/8, true", "src 11.0.0.0/8, false", "dst 192.0.2.8/31, true",
        "dst 192.0.2.10/31, false", "dst 0.0.0.0/0, true", "host 192.0.2.9, true", "host 10.1.2.3/32, true", "host 1.1.1.1, false",
        "src ::/0, false", "kind quic, true", "kind dns, false", "endpoint vpce-00000000000000007, true", "endpoint 8, false"})
    void shouldMatchByAllTerms(String filter, boolean isMatch) {
        assertThat(PacketFilter.parse(filter).matches("quic", 7, UDP)).isEqualTo(isMatch);
        assertThat(PacketFilter.parse(filter)).hasToString(filter);
    }

    @ParameterizedTest
    @CsvSource({"ip6, true", "ip, false", "tcp sport 80, true", "src fd00::/16, true", "dst 2001:db8::/127, false",
        "dst 2001:db8::2/127, true", "dst 2001:db8::2, true", "src 0.0.0.0/0, false"})
    void shouldMatchIpv6(String filter, boolean isMatch) {
        assertThat(PacketFilter.parse(filter).matches("", 0, TCP6)).isEqualTo(isMatch);
    }

    @Test
    void shouldMatchNoPortInLaterFragments() {
        byte[] large = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(4711, 443).payload(3000).build();
        byte[] later = Fragmenter.split(large, 1400, 1).get(1);

        assertThat(PacketFilter.parse("fragment udp").matches("", 0, later)).isTrue();
        assertThat(PacketFilter.parse("port 0-65535").matches("", 0, later)).isFalse();
    }

    @Test
    void shouldMatchOnlyKindEndpointAndAllWhenNotIp() {
        byte[] garbage = {1, 2, 3};
        assertThat(PacketFilter.parse("all").matches("x", 5, garbage)).isTrue();
        assertThat(PacketFilter.parse("kind x endpoint 5").matches("x", 5, garbage)).isTrue();
        assertThat(PacketFilter.parse("ip").matches("x", 5, garbage)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "and", "upd", "udp dport", "dport x", "dport 9-1", "dport 70000", "src", "src hello", "src 1.2.3.4/33",
        "src ::/129", "not", "endpoint xyz", "udp dport 443 quic", "kind"})
    void shouldRefuseWithOneLine(String filter) {
        assertThatThrownBy(() -> PacketFilter.parse(filter)).isInstanceOf(IllegalArgumentException.class)
                .message().isNotBlank().doesNotContain("\n");
    }

    @Test
    void shouldNameTheWordThatIsNotKnown() {
        assertThatThrownBy(() -> PacketFilter.parse("udp dprt 443")).hasMessageContaining("'dprt' is not known");
        assertThatThrownBy(() -> PacketFilter.parse("tpc")).hasMessageContaining("'tpc' is not known");
        assertThatThrownBy(() -> PacketFilter.parse("dport")).hasMessageContaining("something is missing after 'dport'");
    }
}
