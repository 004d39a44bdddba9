package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConversationTest {
    private static final int PACKET_LENGTH = 1400;

    static Stream<Arguments> kinds() {
        return Stream.of(TrafficKind.values()).flatMap(kind -> Stream.of(Arguments.of(kind, false), Arguments.of(kind, true)));
    }

    private static IpPacket view(byte[] packet) {
        IpPacket view = new IpPacket();
        assertThat(view.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return view;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldWriteWellFormedPacketsOfOneFlow(TrafficKind kind, boolean isIpv6) {
        Conversation conversation = new Conversation(kind, isIpv6, 300, PACKET_LENGTH, 5);
        Set<FlowKey> flows = new HashSet<>();
        Set<Boolean> directions = new HashSet<>();
        for (int session = 0; session < 3; session++) {
            for (byte[] bytes : conversation.nextSession()) {
                IpPacket packet = view(bytes);
                FlowKey key = new FlowKey().set(1, packet);
                flows.add(key.copy());
                directions.add(key.isForward());
                assertThat(packet.version()).isEqualTo(isIpv6 ? 6 : 4);
                assertThat(packet.totalLength()).isLessThanOrEqualTo(kind == TrafficKind.JUMBO ? 8500 : PACKET_LENGTH);
                assertThat(packet.isFragment()).isEqualTo(kind == TrafficKind.FRAGMENTS);
                if (!packet.isFragment()) {
                    assertThat(InternetChecksum.ofTransport(packet)).isZero();
                }
            }
        }
        assertThat(flows).hasSize(1);
        assertThat(directions).containsExactlyInAnyOrder(true, false);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldDependOnTheSeedAlone(TrafficKind kind, boolean isIpv6) {
        Conversation one = new Conversation(kind, isIpv6, 7, PACKET_LENGTH, 5);
        Conversation same = new Conversation(kind, isIpv6, 7, PACKET_LENGTH, 5);
        Conversation other = new Conversation(kind, isIpv6, 7, PACKET_LENGTH, 6);
        List<byte[]> first = one.nextSession();

        assertThat(same.nextSession()).containsExactly(first.toArray(new byte[0][]));
        assertThat(other.nextSession().get(0)).isNotEqualTo(first.get(0));
        assertThat(one.nextSession().get(0)).isNotEqualTo(first.get(0));
    }

    @Test
    void shouldKeepTcpSequenceNumbersOfBothSidesInStep() {
        for (TrafficKind kind : List.of(TrafficKind.HTTP, TrafficKind.TLS)) {
            List<TcpSegment> segments = tcpSegments(new Conversation(kind, false, 1, 512, 9).nextSession());
            TcpSegment syn = segments.get(0);
            TcpSegment synAck = segments.get(1);
            assertThat(syn.flags).isEqualTo(TcpHeader.SYN);
            assertThat(synAck.flags).isEqualTo(TcpHeader.SYN | TcpHeader.ACK);
            int[] next = {syn.sequence + 1, synAck.sequence + 1};
            assertThat(synAck.acknowledgment).isEqualTo(next[0]);
            for (TcpSegment segment : segments.subList(2, segments.size())) {
                int side = segment.isFromClient ? 0 : 1;
                assertThat(segment.sequence).isEqualTo(next[side]);
                assertThat(segment.acknowledgment).isEqualTo(next[1 - side]);
                next[side] += segment.length + (segment.flags & TcpHeader.FIN);
            }
            assertThat(segments.stream().filter(s -> (s.flags & TcpHeader.FIN) != 0).map(s -> s.isFromClient))
                    .containsExactly(true, false);
            assertThat(segments.stream().filter(s -> !s.isFromClient).mapToInt(s -> s.length).sum()).isGreaterThan(3 * 472);
        }
    }

    private record TcpSegment(boolean isFromClient, int flags, int sequence, int acknowledgment, int length) {
    }

    private static List<TcpSegment> tcpSegments(List<byte[]> packets) {
        List<TcpSegment> segments = new ArrayList<>();
        for (byte[] bytes : packets) {
            TcpHeader tcp = new TcpHeader();
            assertThat(tcp.wrap(view(bytes))).isTrue();
            segments.add(new TcpSegment(tcp.destinationPort() < 1024, tcp.flags(), tcp.sequenceNumber(), tcp.acknowledgmentNumber(),
                    tcp.payloadLength()));
        }
        return segments;
    }
}
