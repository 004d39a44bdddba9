package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TooBigAnswersTest {
    private static final ByteBuffer HEADER = ByteBuffer.allocateDirect(40);

    private final WorkerCounters counters = new WorkerCounters();
    private final InjectQueue queue = new InjectQueue(16, 65_535, new InMemoryTransport().open(0, 1), counters, null);
    private final TooBigAnswers answers = new TooBigAnswers(576, 1, queue, 0);

    private void tooLarge(boolean dontFragment) {
        IpPacket packet = new IpPacket();
        byte[] bytes = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").dontFragment(dontFragment).udp(1, 2).payload(1000).build();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        answers.about(packet, new ReturnPath().header(HEADER, 0, HEADER.capacity()).peer(0, 1, 60_123, 0), 0);
    }

    @Test
    void shouldNotCountPacketsThatGetNoAnswerAgainstTheRate() {
        tooLarge(false);
        tooLarge(true);
        tooLarge(true);

        queue.flush(0);

        assertThat(counters.snapshot().packetTooBigSent()).isOne();
        assertThat(counters.snapshot().injectedPackets()).isZero();
    }
}
