package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.256", "010.0.0.1", "10.0.0", "localhost", "fd00::g", "1:2", ""})
    void shouldTakeOnlyWhatIsAnAddressAndNeverAskTheDns(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text)).hasMessageContaining("is not an IPv4 or IPv6 address");
    }

    @ParameterizedTest
    @CsvSource({
        "any, 10.0.0.1, true", "any, fd00::1, true",
        "10.0.0.0/8, 10.255.255.255, true", "10.0.0.0/8, 11.0.0.0, false", "10.0.0.0/8, ::a00:1, false",
        "0.0.0.0/0, 255.255.255.255, true", "0.0.0.0/0, fd00::1, false", "128.0.0.0/1, 127.255.255.255, false",
        "192.0.2.1, 192.0.2.1, true", "192.0.2.1/32, 192.0.2.2, false",
        "::/0, fd00::1, true", "::/0, 10.0.0.1, false",
        "2001:db8::/32, 2001:db8:ffff::1, true", "2001:db8::/32, 2001:db9::1, false",
        "fd00::/64, fd00::ffff:1, true", "fd00::/64, fd00:0:0:1::1, false",
        "fd00::8000:0:0:0/65, fd00::8000:0:0:1, true", "fd00::8000:0:0:0/65, fd00::7000:0:0:1, false",
        "fd00::1, fd00::1, true", "fd00::1, fd00::2, false",
    })
    void shouldContainTheAddressesOfItsNetworkOnly(String range, String address, boolean isContained) {
        String other = address.contains(":") ? "fe80::1" : "1.1.1.1";
        byte[] bytes = (address.contains(":") ? PacketBuilder.ipv6(address, other) : PacketBuilder.ipv4(address, other)).udp(1, 2).build();
        IpPacket packet = new IpPacket();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);

        assertThat(AddressRange.parse(range).contains(packet.version(), packet.sourceHigh(), packet.sourceLow())).isEqualTo(isContained);
    }
}
