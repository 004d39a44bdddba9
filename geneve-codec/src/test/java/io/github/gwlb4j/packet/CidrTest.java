package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "any, 10.0.0.1, true", "any, fd00::1, true",
        "10.0.0.0/8, 10.255.255.255, true", "10.0.0.0/8, 11.0.0.0, false", "10.0.0.0/8, ::a00:1, false",
        "0.0.0.0/0, 255.255.255.255, true", "0.0.0.0/0, fd00::1, false", "128.0.0.0/1, 127.255.255.255, false",
        "128.0.0.0/1, 128.0.0.0, true", "192.0.2.1, 192.0.2.1, true", "192.0.2.1/32, 192.0.2.2, false",
        "::/0, fd00::1, true", "::/0, 10.0.0.1, false",
        "2001:db8::/32, 2001:db8:ffff::1, true", "2001:db8::/32, 2001:db9::1, false",
        "fd00::/64, fd00::ffff:1, true", "fd00::/64, fd00:0:0:1::1, false",
        "fd00::8000:0:0:0/65, fd00::8000:0:0:1, true", "fd00::8000:0:0:0/65, fd00::7000:0:0:1, false",
        "fd00::1, fd00::1, true", "fd00::1, fd00::2, false",
    })
    void shouldContainTheAddressesOfItsNetworkOnly(String network, String address, boolean isContained) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(InetAddress.getByName(address).getAddress());
        boolean isIpv4 = bytes.remaining() == 4;
        long high = isIpv4 ? 0 : bytes.getLong();
        long low = isIpv4 ? Integer.toUnsignedLong(bytes.getInt()) : bytes.getLong();

        assertThat(Cidr.parse(network).contains(isIpv4 ? 4 : 6, high, low)).isEqualTo(isContained);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        10.0.0.1/33    | the number of network bits must be 0 to 32
        fd00::/129     | the number of network bits must be 0 to 128
        10.0.0.1/8     | did you mean 10.0.0.0/8?
        2001:db8::1/32 | did you mean 2001:db8::/32?
        10.0.0.256     | '10.0.0.256' is not an IPv4 or IPv6 address
        10.0.0         | '10.0.0' is not an IPv4 or IPv6 address
        example.com    | 'example.com' is not an IPv4 or IPv6 address
        1::2::3        | '1::2::3' is not an IPv4 or IPv6 address
        10.0.0.0/      | the number of network bits must be 0 to 32
        10.0.0.0/-1    | the number of network bits must be 0 to 32
        """)
    void shouldSayWhatIsWrong(String text, String message) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.256", "010.0.0.1", "10.0.0", "localhost", "fd00::g", "1:2", ""})
    void shouldTakeOnlyWhatIsAnAddressAndNeverAskTheDns(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).hasMessageContaining("is not an IPv4 or IPv6 address");
    }

    @Test
    void shouldShowItsVersionAndText() {
        assertThat(Cidr.ANY.version()).isZero();
        assertThat(Cidr.parse("10.0.0.0/8").version()).isEqualTo(4);
        assertThat(Cidr.parse("fd00::/8")).hasToString("fd00::/8").extracting(Cidr::version).isEqualTo(6);
    }
}
