package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The window on its own, with a clock of the test's. */
class SentWindowTest {
    private static final long TIMEOUT_NS = 1000;
    private static final int LENGTH = 100;

    private final List<OutboundPacket> expired = new ArrayList<>();
    private final GwlbFlow flow = new GwlbFlow(new FlowSocket(null, 60000, null), 0x108, 1, 1);
    private SentWindow window = new SentWindow(8, 100 * LENGTH, TIMEOUT_NS, sent -> expired.add(sent.packet));

    private OutboundPacket packet(int content, boolean isExpectedBack) {
        byte[] datagram = new byte[LENGTH];
        datagram[50] = (byte) content;
        return new OutboundPacket(flow, datagram, "test", isExpectedBack);
    }

    private SentPacket send(OutboundPacket packet, long nowNs) {
        assertThat(window.makeRoom(LENGTH, nowNs)).isTrue();
        return window.add(packet, nowNs);
    }

    private SentPacket outstanding(OutboundPacket packet) {
        for (SentPacket at = window.firstOutstanding(packet.innerHash()); at != null; at = at.next) {
            if (at.packet.innerHash() == packet.innerHash()) {
                return at;
            }
        }
        return null;
    }

    @Test
    void shouldFindTheOldestOfEqualPacketsFirst() {
        OutboundPacket packet = packet(1, true);
        SentPacket first = send(packet, 0);
        SentPacket second = send(packet, 1);

        assertThat(outstanding(packet)).isSameAs(first);
        window.returned(first);
        assertThat(outstanding(packet)).isSameAs(second);
        window.returned(second);
        assertThat(outstanding(packet)).isNull();
        assertThat(window.awaited()).isZero();
    }

    @Test
    void shouldKnowReturnedPacketsUntilTheirRoomIsNeeded() {
        OutboundPacket packet = packet(1, true);
        window.returned(send(packet, 0));
        for (int i = 0; i < 7; i++) {
            window.returned(send(packet(2, true), 0));
        }

        assertThat(window.firstSettled(packet.innerHash()).state).isEqualTo(SentPacket.State.RETURNED);
        window.returned(send(packet(3, true), 0));
        SentPacket left = window.firstSettled(packet.innerHash());
        assertThat(left == null || left.packet.innerHash() != packet.innerHash()).isTrue();
    }

    @Test
    void shouldGiveUpAfterTheTimeoutInOrder() {
        OutboundPacket first = packet(1, true);
        OutboundPacket second = packet(2, false);
        send(first, 0);
        send(second, 500);

        window.expire(999);
        assertThat(expired).isEmpty();
        window.expire(1000);
        assertThat(expired).containsExactly(first);
        window.expireAll();
        assertThat(expired).containsExactly(first, second);
        assertThat(window.awaited()).isZero();
    }

    @Test
    void shouldNotForgetWhatIsStillAwaited() {
        SentPacket first = send(packet(1, true), 0);
        for (int i = 0; i < 7; i++) {
            send(packet(2, true), 0);
        }

        assertThat(window.makeRoom(LENGTH, 0)).isFalse();
        window.returned(first);
        assertThat(window.makeRoom(LENGTH, 0)).isTrue();
        assertThat(expired).isEmpty();
    }

    @Test
    void shouldGiveUpWhatIsPresumedLostWhenRoomIsNeeded() {
        OutboundPacket lost = packet(1, true);
        send(lost, 0);
        for (int i = 0; i < 7; i++) {
            send(packet(2, true), 0);
        }

        assertThat(window.makeRoom(LENGTH, SentWindow.PRESUMED_LOST_NS - 1)).isFalse();
        assertThat(window.makeRoom(LENGTH, SentWindow.PRESUMED_LOST_NS)).isTrue();
        assertThat(expired).containsExactly(lost);
        assertThat(window.awaited()).isEqualTo(7);
    }

    @Test
    void shouldGiveUpPacketsThatAreNotExpectedBackWhenRoomIsNeeded() {
        OutboundPacket dropped = packet(1, false);
        for (int i = 0; i < 20; i++) {
            send(dropped, 0);
        }

        assertThat(expired).hasSize(12);
    }

    @Test
    void shouldBoundTheBytes() {
        window = new SentWindow(1024, 3 * LENGTH, TIMEOUT_NS, sent -> expired.add(sent.packet));
        for (int i = 0; i < 3; i++) {
            send(packet(i, true), 0);
        }

        assertThat(window.makeRoom(1, 0)).isFalse();
    }

    @Test
    void shouldHoldBackTheSenderOnlyForAWhile() {
        send(packet(1, false), 0);
        send(packet(2, true), 0);
        SentPacket back = send(packet(3, true), 0);

        assertThat(window.inFlight(0)).isEqualTo(3);
        window.returned(back);
        assertThat(window.inFlight(0)).isEqualTo(2);
        assertThat(window.inFlightBytes()).isEqualTo(2 * LENGTH);
        assertThat(window.inFlight(SentWindow.PRESUMED_DROPPED_NS)).isEqualTo(1);
        assertThat(window.inFlight(SentWindow.PRESUMED_LOST_NS)).isZero();
        assertThat(window.awaited()).isEqualTo(1);
    }

    @Test
    void shouldStayConsistentOverManyPackets() {
        int returned = 0;
        for (int i = 0; i < 100_000; i++) {
            OutboundPacket packet = packet(i % 7, true);
            send(packet, i);
            if (i % 5 != 0) {
                window.returned(outstanding(packet));
                returned++;
            }
            window.expire(i);
            if (window.awaited() > 6) {
                window.expireAll();
            }
        }
        window.expireAll();

        assertThat(returned + expired.size()).isEqualTo(100_000);
        assertThat(window.inFlight(Long.MAX_VALUE)).isZero();
    }
}
