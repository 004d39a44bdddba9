package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class InnerPacketRuleTest {
    private static boolean isAllowed(byte[] sent, byte[] returned) {
        return InnerPacketRule.ttlMayDecrease().isAllowed(ByteBuffer.wrap(sent).asReadOnlyBuffer(),
                ByteBuffer.wrap(returned).asReadOnlyBuffer());
    }

    private static byte[] ipv4(int ttl) {
        return PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").ttl(ttl).udp(1, 2).payload(30).build();
    }

    private static byte[] ipv6(int ttl) {
        return PacketBuilder.ipv6("fd00::1", "fd00::2").ttl(ttl).udp(1, 2).payload(30).build();
    }

    @Test
    void shouldAllowALowerTtl() {
        assertThat(isAllowed(ipv4(64), ipv4(63))).isTrue();
        assertThat(isAllowed(ipv4(64), ipv4(1))).isTrue();
        assertThat(isAllowed(ipv6(64), ipv6(63))).isTrue();
    }

    @Test
    void shouldRefuseAHigherTtl() {
        assertThat(isAllowed(ipv4(64), ipv4(65))).isFalse();
        assertThat(isAllowed(ipv4(127), ipv4(255))).isFalse();
        assertThat(isAllowed(ipv6(64), ipv6(65))).isFalse();
    }

    @Test
    void shouldRefuseAHeaderChecksumThatDoesNotFit() {
        byte[] returned = ipv4(64);
        returned[8]--;
        assertThat(isAllowed(ipv4(64), returned)).isFalse();
    }

    @Test
    void shouldRefuseAnyOtherChange() {
        byte[] returned = ipv4(63);
        returned[returned.length - 1]++;
        assertThat(isAllowed(ipv4(64), returned)).isFalse();
        assertThat(isAllowed(ipv4(64), new byte[3])).isFalse();
        assertThat(isAllowed(new byte[3], new byte[3])).isFalse();
        assertThat(isAllowed(ipv6(64), PacketBuilder.ipv6("fd00::1", "fd00::2").udp(1, 2).payload(31).build())).isFalse();
    }

    @Test
    void shouldAllowNothingWhenIdentical() {
        assertThat(InnerPacketRule.identical().isAllowed(ByteBuffer.wrap(ipv4(64)), ByteBuffer.wrap(ipv4(63)))).isFalse();
    }
}
