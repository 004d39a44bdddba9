package io.github.gwlb4j.simulator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.ReplyFault;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoadPacketsTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(16_384);

    private static LoadPackets packets(String sizes, int flows, int run) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new LoadPackets(new LoadSettings(new InetSocketAddress(loopback, 6081), loopback, flows, 64, 2, PacketSizes.parse(sizes), run,
                1, 1, 1, 7, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"52", "53", "1400", "1401", "8500", "imix"})
    void shouldWriteDatagramsThatAnApplianceAccepts(String sizes) {
        LoadPackets packets = packets(sizes, 100, 1);
        GwlbDecoder decoder = new GwlbDecoder();
        IpPacket inner = new IpPacket();
        for (long number = 0; number < 300; number++) {
            int length = packets.write(buffer, 3, 5, number, 123_456_789L * number);
            assertThat(decoder.decode(buffer, 3, length)).isEqualTo(GeneveStatus.OK);
            assertThat(inner.wrap(buffer, decoder.header().payloadOffset(), length - 40)).isEqualTo(PacketStatus.OK);
            assertThat(inner.totalLength()).isEqualTo(length - 40);
            assertThat(InternetChecksum.of(buffer, 3 + 40, 20)).isZero();
            assertThat(InternetChecksum.ofTransport(inner)).isZero();
        }
    }

    @Test
    void shouldGiveEachFlowACookieAndItsEndpoint() {
        LoadPackets packets = packets("100", 1000, 4);
        Set<Long> cookies = new HashSet<>();
        Set<Long> endpoints = new HashSet<>();
        GwlbDecoder decoder = new GwlbDecoder();
        for (long number = 0; number < 8000; number++) {
            decoder.decode(buffer, 0, packets.write(buffer, 0, 1, number, 0));
            cookies.add((long) decoder.options().flowCookie());
            endpoints.add(decoder.options().endpointId());
        }
        assertThat(cookies).hasSize(1000);
        assertThat(endpoints).hasSize(2);
    }

    @Test
    void shouldFindNoFaultInWhatCameBackUnchanged() {
        LoadPackets packets = packets("imix", 10, 3);
        for (long number = 0; number < 100; number++) {
            int length = packets.write(buffer, 11, 9, number, -5);
            assertThat(packets.hasStamp(buffer, 11, length)).isTrue();
            assertThat(packets.check(buffer, 11, length)).isNull();
            assertThat(LoadPackets.number(buffer, 11)).isEqualTo(number);
            assertThat(LoadPackets.step(buffer, 11)).isEqualTo(9);
            assertThat(LoadPackets.dueNs(buffer, 11)).isEqualTo(-5);
        }
    }

    @Test
    void shouldSeeEveryByteThatChanged() {
        LoadPackets packets = packets("200", 10, 1);
        for (int at = 0; at < 240; at++) {
            int length = packets.write(buffer, 0, 1, 42, 1000);
            buffer.put(at, (byte) (buffer.get(at) ^ 1));
            boolean isStamp = at >= 68 && at < 92;
            assertThat(packets.hasStamp(buffer, 0, length)).as("stamp when byte %d changed", at).isEqualTo(!isStamp);
            if (!isStamp) {
                assertThat(packets.check(buffer, 0, length)).as("byte %d", at).isEqualTo(at >= 40 ? ReplyFault.INNER_PACKET
                        : at >= 36 ? ReplyFault.FLOW_COOKIE : at >= 12 && at < 20 ? ReplyFault.ENDPOINT_ID : ReplyFault.GENEVE_HEADER);
            }
        }
        int length = packets.write(buffer, 0, 1, 42, 1000);
        assertThat(packets.check(buffer, 0, length - 1)).isEqualTo(ReplyFault.INNER_LENGTH);
        assertThat(packets.hasStamp(buffer, 0, 60)).isFalse();
    }

    @Test
    void shouldMixSizesByTheirWeights() {
        PacketSizes sizes = PacketSizes.parse("imix");
        int[] counts = new int[9000];
        for (int run = 0; run < 1200; run++) {
            counts[sizes.ofRun(run)]++;
        }
        assertThat(counts[64]).isEqualTo(700);
        assertThat(counts[576]).isEqualTo(400);
        assertThat(counts[1500]).isEqualTo(100);
        assertThat(sizes.longest()).isEqualTo(1500);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"51 | not in 52..8500", "8501 | not in", "big | not understood", "100:0 | weights", "100:999,200:2 | weights"})
    void shouldRefuseSizesThatMakeNoSense(String text, String part) {
        assertThatThrownBy(() -> PacketSizes.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(part);
    }
}
