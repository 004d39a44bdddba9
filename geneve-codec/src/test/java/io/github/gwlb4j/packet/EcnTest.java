package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rule 18 of the protocol notes: the tables of RFC 6040. */
class EcnTest {
    private static final int NOT_ECT = 0b00;
    private static final int ECT_1 = 0b01;
    private static final int ECT_0 = 0b10;
    private static final int CE = 0b11;

    @Test
    void shouldHaveTheCodepointsOfRfc3168() {
        assertThat(new int[] {Ecn.NOT_ECT, Ecn.ECT_1, Ecn.ECT_0, Ecn.CE}).containsExactly(NOT_ECT, ECT_1, ECT_0, CE);
    }

    @Test
    void rule18ShouldCopyTheInnerFieldOnTheWayIn() {
        for (int inner = 0; inner < 4; inner++) {
            assertThat(Ecn.encapsulate(inner)).isEqualTo(inner);
        }
    }

    /** RFC 6040, figure 4, in its order: Not-ECT, ECT(0), ECT(1), CE; -1 is drop. */
    @ParameterizedTest
    @CsvSource({
        "0b00, 0, 0, 0, -1",
        "0b10, 2, 2, 1, 3",
        "0b01, 1, 1, 1, 3",
        "0b11, 3, 3, 3, 3"})
    void rule18ShouldCombineAsRfc6040Says(String innerBits, int outerNotEct, int outerEct0, int outerEct1, int outerCe) {
        int inner = Integer.parseInt(innerBits.substring(2), 2);

        assertThat(Ecn.decapsulate(inner, NOT_ECT)).isEqualTo(outerNotEct);
        assertThat(Ecn.decapsulate(inner, ECT_0)).isEqualTo(outerEct0);
        assertThat(Ecn.decapsulate(inner, ECT_1)).isEqualTo(outerEct1);
        assertThat(Ecn.decapsulate(inner, CE)).isEqualTo(outerCe);
    }

    @Test
    void rule18ShouldChangeThePacketAndKeepDscpAndTtl() {
        for (PacketBuilder builder : new PacketBuilder[] {PacketBuilder.ipv4(), PacketBuilder.ipv6()}) {
            byte[] bytes = builder.trafficClass(0xb8 | ECT_0).ttl(9).udp(1, 2, 3).build();
            IpPacket packet = new IpPacket();
            packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);

            assertThat(PacketEditor.applyOuterEcn(packet, NOT_ECT)).isTrue();
            assertThat(packet.trafficClass()).isEqualTo(0xb8 | ECT_0);
            assertThat(PacketEditor.applyOuterEcn(packet, CE)).isTrue();
            assertThat(Hex.of(bytes)).isEqualTo(Hex.of(builder.trafficClass(0xb8 | CE).build()));
        }
    }

    @Test
    void rule18ShouldDropCongestionThatATransportCannotBeTold() {
        byte[] bytes = PacketBuilder.ipv4().trafficClass(0xb8).udp(1, 2, 3).build();
        byte[] before = bytes.clone();
        IpPacket packet = new IpPacket();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);

        assertThat(PacketEditor.applyOuterEcn(packet, CE)).isFalse();
        assertThat(bytes).isEqualTo(before);
    }
}
