package io.github.gwlb4j.simulator.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FragmenterTest {
    private static byte[] whole(int version, int payload) {
        PacketBuilder ip = version == 4 ? PacketBuilder.ipv4("10.0.0.1", "10.0.0.2") : PacketBuilder.ipv6("fd00::1", "fd00::2");
        return ip.udp(4711, 4500).payload(payload).build();
    }

    @ParameterizedTest
    @CsvSource({"4, 3000, 1400", "4, 100, 28", "4, 8, 28", "4, 65000, 1500", "6, 3000, 1280", "6, 3000, 1283", "6, 1300, 1280"})
    void shouldMakeFragmentsThatGiveTheWholeAgain(int version, int payload, int maxLength) {
        byte[] packet = whole(version, payload);
        List<byte[]> fragments = Fragmenter.split(packet, maxLength, 0xabcd);

        int header = version == 4 ? 20 : 40;
        ByteBuffer data = ByteBuffer.allocate(packet.length - header);
        for (int i = 0; i < fragments.size(); i++) {
            IpPacket fragment = new IpPacket();
            assertThat(fragment.wrap(ByteBuffer.wrap(fragments.get(i)), 0, fragments.get(i).length)).isEqualTo(PacketStatus.OK);
            assertThat(fragments.get(i).length).isLessThanOrEqualTo(maxLength).isEqualTo(fragment.totalLength());
            assertThat(fragment.isFragment()).isTrue();
            assertThat(fragment.fragmentOffset()).isEqualTo(data.position());
            assertThat(fragment.hasMoreFragments()).isEqualTo(i < fragments.size() - 1);
            assertThat(fragment.fragmentProtocol()).isEqualTo(IpProtocol.UDP);
            assertThat(fragment.identification()).isEqualTo(0xabcd);
            if (version == 4) {
                assertThat(InternetChecksum.of(fragment.buffer(), 0, 20)).isZero();
            }
            data.put(fragments.get(i), fragment.transportOffset(), fragment.totalLength() - fragment.transportOffset());
        }
        assertThat(fragments.size()).isGreaterThan(1);
        assertThat(data.hasRemaining()).isFalse();
        assertThat(data.flip()).isEqualTo(ByteBuffer.wrap(packet, header, packet.length - header));
    }

    @Test
    void shouldRefuseWhatCannotBeCut() {
        assertThatThrownBy(() -> Fragmenter.split(whole(4, 100), 128, 1)).hasMessageContaining("cannot be cut into fragments of 128");
        assertThatThrownBy(() -> Fragmenter.split(whole(4, 100), 27, 1)).hasMessageContaining("cannot be cut");
        assertThatThrownBy(() -> Fragmenter.split(new byte[10], 100, 1)).hasMessageContaining("not a whole IP packet");
        byte[] fragment = Fragmenter.split(whole(6, 3000), 1280, 1).get(0);
        assertThatThrownBy(() -> Fragmenter.split(fragment, 600, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
