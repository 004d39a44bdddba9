package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1, 6081", "127.0.0.1:7000, 127.0.0.1, 7000", "::1, ::1, 6081", "[::1], ::1, 6081", "[::1]:7000, ::1, 7000"})
    void shouldReadAddressAndPort(String text, String address, int port) {
        assertThat(OptionTypes.ListenAddress.parse(text)).isEqualTo(new InetSocketAddress(address, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":6081", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "[::1]x", "no.such.host.invalid"})
    void shouldRefuseWhatIsNone(String text) {
        assertThatThrownBy(() -> OptionTypes.ListenAddress.parse(text)).hasMessageContaining("is not ADDRESS[:PORT]");
    }
}
