package io.github.gwlb4j.geneve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Rule 3 of the protocol notes: RFC 8926, 3.3 and 4.3. */
class OuterChecksumTest {
    private static final GenevePolicy RFC = GenevePolicy.rfc8926();

    private static GeneveStatus judge(byte[] outer, GenevePolicy policy) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(outer), 0, outer.length)).isEqualTo(PacketStatus.OK);
        return policy.validateUdpChecksum(packet);
    }

    private static byte[] withChecksum(byte[] outer, int at, int checksum) {
        ByteBuffer.wrap(outer).putShort(at, (short) checksum);
        return outer;
    }

    @Test
    void rule3ShouldTakeARightChecksumAndRefuseAWrongOne() {
        assertThat(judge(PacketBuilder.ipv4().udp(1, 6081, 77).build(), RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(judge(PacketBuilder.ipv6().udp(1, 6081, 77).build(), RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(judge(withChecksum(PacketBuilder.ipv4().udp(1, 6081, 77).build(), 26, 1), RFC)).isEqualTo(GeneveStatus.UDP_CHECKSUM_WRONG);
        assertThat(judge(withChecksum(PacketBuilder.ipv6().udp(1, 6081, 77).build(), 46, 1), RFC)).isEqualTo(GeneveStatus.UDP_CHECKSUM_WRONG);
    }

    @Test
    void rule3ShouldTakeNoChecksumOverIpv4AndOverIpv6OnlyWhenConfigured() {
        byte[] ipv4 = withChecksum(PacketBuilder.ipv4().udp(1, 6081, 77).build(), 26, 0);
        byte[] ipv6 = withChecksum(PacketBuilder.ipv6().udp(1, 6081, 77).build(), 46, 0);

        assertThat(judge(ipv4, RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(judge(ipv6, RFC)).isEqualTo(GeneveStatus.UDP_CHECKSUM_ZERO_OVER_IPV6);
        assertThat(judge(ipv6, GenevePolicy.builder().acceptZeroUdpChecksumOverIpv6(true).build())).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void rule3ShouldNotJudgeWhatItCannotTell() {
        assertThat(judge(PacketBuilder.ipv4().tcp(1, 2, 0, "", 0).build(), RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(judge(withChecksum(PacketBuilder.ipv4().fragment(0, true).udp(1, 6081, 8).build(), 26, 1), RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(judge(PacketBuilder.ipv4().payload(IpProtocol.UDP, new byte[7]).build(), RFC)).isEqualTo(GeneveStatus.OK);
    }
}
