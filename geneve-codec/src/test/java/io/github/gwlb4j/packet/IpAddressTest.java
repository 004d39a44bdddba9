package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "255.255.255.255", "128.1.2.3"})
    void shouldWriteIpv4(String text) throws UnknownHostException {
        int address = ByteBuffer.wrap(InetAddress.getByName(text).getAddress()).getInt();

        assertThat(IpAddress.format(4, -1, Integer.toUnsignedLong(address))).isEqualTo(text).isEqualTo(IpAddress.formatIpv4(address));
        assertThat(IpAddress.format(4, 0, Integer.toUnsignedLong(address), 80)).isEqualTo(text + ":80");
    }

    /** The forms that RFC 5952 asks for. */
    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "2001:db8::1:0:0:1",
            "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8", "fe80::1", "1:0:2:0:3:0:4:0", "1::8", "ff02::1:ff00:1234",
            "64:ff9b::c000:201", "::1234:5678"})
    void shouldWriteIpv6AsRfc5952Asks(String text) throws UnknownHostException {
        ByteBuffer address = ByteBuffer.wrap(InetAddress.getByName(text).getAddress());

        assertThat(IpAddress.format(6, address.getLong(0), address.getLong(8))).isEqualTo(text);
        assertThat(IpAddress.format(6, address.getLong(0), address.getLong(8), 443)).isEqualTo("[" + text + "]:443");
    }

    @Test
    void shouldWriteAMappedAddressWithADottedQuad() {
        assertThat(IpAddress.format(6, 0, 0xffff_0a00_0001L)).isEqualTo("::ffff:10.0.0.1");
    }

    @Test
    void shouldWriteWhatReadsAsTheSameAddress() throws UnknownHostException {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            long high = sparse(random);
            long low = sparse(random);
            byte[] address = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            assertThat(InetAddress.getByName(IpAddress.format(6, high, low))).isEqualTo(InetAddress.getByAddress(address));
        }
    }

    private static long sparse(SplittableRandom random) {
        long value = random.nextLong();
        for (int group = 0; group < 4; group++) {
            value &= random.nextBoolean() ? -1 : ~(0xffffL << 16 * group);
        }
        return value;
    }
}
