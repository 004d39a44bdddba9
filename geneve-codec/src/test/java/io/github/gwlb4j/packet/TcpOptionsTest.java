package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpOptionsTest {
    private final IpPacket packet = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private byte[] bytes;

    private void wrap(int flags, String options) {
        bytes = PacketBuilder.ipv4().tcp(1000, 2000, flags, options, 3).build();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        assertThat(tcp.wrap(packet)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"020405b4, 1460", "01 020405b4 010101, 1460", "0402 0204ffff 0101, 65535", "080a0000000100000002 02040000 0101, 0",
            "'', -1", "01010101, -1", "00 020405b4 000000, -1", "030307 00, -1", "02030500, -1", "0206050000000000, -1",
            "01010102, -1", "01010204, -1", "05000204 05b40101, -1", "03010204 05b40101, -1", "020405b4 02040200, 1460"})
    void shouldReadTheMaximumSegmentSize(String options, int expected) {
        wrap(TcpHeader.SYN, options);

        assertThat(tcp.maximumSegmentSize()).isEqualTo(expected);
    }

    @Test
    void shouldFindOtherOptions() {
        wrap(TcpHeader.SYN, "020405b4 0402 080a0000000100000002 01 030307");

        assertThat(tcp.findOption(4)).isEqualTo(44);
        assertThat(tcp.findOption(8)).isEqualTo(46);
        assertThat(tcp.findOption(3)).isEqualTo(57);
        assertThat(tcp.findOption(5)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0204%s", "010101 0204%s 00", "01 0204%s 010101", "0101 0204%s 0101"})
    void shouldClampInPlaceAtEvenAndOddPositions(String options) {
        for (int maximum : new int[] {0, 1, 536, 1360, 0x0100, 0x05b3}) {
            wrap(TcpHeader.SYN | TcpHeader.ACK, String.format(options, "05b4"));

            assertThat(PacketEditor.clampMss(packet, tcp, maximum)).isTrue();

            byte[] expected = PacketBuilder.ipv4().tcp(1000, 2000, TcpHeader.SYN | TcpHeader.ACK,
                    String.format(options, String.format("%04x", maximum)), 3).build();
            assertThat(Hex.of(bytes)).isEqualTo(Hex.of(expected));
            assertThat(tcp.maximumSegmentSize()).isEqualTo(maximum);
        }
    }

    @Test
    void shouldNotTouchWhatNeedsNoClamping() {
        wrap(TcpHeader.SYN, "020405b4");
        byte[] before = bytes.clone();

        assertThat(PacketEditor.clampMss(packet, tcp, 1460)).isFalse();
        assertThat(PacketEditor.clampMss(packet, tcp, 65535)).isFalse();
        assertThat(bytes).isEqualTo(before);
        wrap(TcpHeader.ACK, "020405b4");
        assertThat(PacketEditor.clampMss(packet, tcp, 500)).isFalse();
        wrap(TcpHeader.SYN, "");
        assertThat(PacketEditor.clampMss(packet, tcp, 500)).isFalse();
        byte[] udp = PacketBuilder.ipv4().udp(1, 2, 30).build();
        packet.wrap(ByteBuffer.wrap(udp), 0, udp.length);
        assertThat(PacketEditor.clampMss(packet, tcp, 500)).isFalse();
    }
}
