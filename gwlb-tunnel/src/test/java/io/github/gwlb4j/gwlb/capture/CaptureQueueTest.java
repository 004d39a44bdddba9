package io.github.gwlb4j.gwlb.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.Allocation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CaptureQueueTest {
    private static final int SNAP_LENGTH = 1500;
    private static final int CAPACITY = 16_384;

    private final CaptureQueue queue = new CaptureQueue(CaptureContent.INNER, SNAP_LENGTH, CAPACITY - 1);
    private final ByteBuffer packet = ByteBuffer.allocateDirect(4096);

    private record Entry(CaptureDirection direction, long timeNs, long endpointId, int cookie, int originalLength, byte[] data) {
        static Entry read(ByteBuffer ring, int at) {
            byte[] data = new byte[CaptureRecord.storedBytes(ring, at)];
            ring.get(at + CaptureRecord.HEADER_BYTES, data);
            return new Entry(CaptureRecord.direction(ring, at), CaptureRecord.timeNs(ring, at), CaptureRecord.endpointId(ring, at),
                    CaptureRecord.flowCookie(ring, at), CaptureRecord.originalBytes(ring, at), data);
        }

        boolean isSame(Entry other) {
            return direction == other.direction && timeNs == other.timeNs && endpointId == other.endpointId && cookie == other.cookie
                    && originalLength == other.originalLength && Arrays.equals(data, other.data);
        }
    }

    @Test
    void shouldHandOverWhatWasOfferedInOrderWhateverTheSizes() {
        SplittableRandom random = new SplittableRandom(1);
        Deque<Entry> expected = new ArrayDeque<>();
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 50_000; i++) {
            int length = random.nextInt(2000);
            byte[] data = new byte[Math.min(length, SNAP_LENGTH)];
            random.nextBytes(data);
            packet.order(i % 2 == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN).put(7, data);
            Entry entry = new Entry(i % 3 == 0 ? CaptureDirection.SENT : CaptureDirection.RECEIVED, random.nextLong(), random.nextLong(),
                    random.nextInt(), length, data);
            if (queue.offerPacket(entry.direction, entry.timeNs, packet, 7, length, entry.endpointId, entry.cookie)) {
                expected.add(entry);
                accepted++;
            } else {
                refused++;
            }
            if (random.nextInt(10) == 0) {
                queue.drain((ring, at) -> assertThat(Entry.read(ring, at).isSame(expected.remove())).isTrue());
                assertThat(expected).isEmpty();
            }
        }
        assertThat(accepted).isGreaterThan(10_000);
        assertThat(refused).isPositive().isEqualTo((int) queue.dropped());
    }

    @Test
    void shouldRefuseAndCountWhenFullAndTakeAgainWhenDrained() {
        int record = CaptureRecord.bytes(24);
        int room = CAPACITY / record;
        for (int i = 0; i < room; i++) {
            assertThat(queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, 24, i, 0)).isTrue();
        }

        assertThat(queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, 24, 0, 0)).isFalse();
        assertThat(queue.dropped()).isOne();
        int[] drained = {0};
        queue.drain((ring, at) -> assertThat(CaptureRecord.endpointId(ring, at)).isEqualTo(drained[0]++));
        assertThat(drained[0]).isEqualTo(room);
        assertThat(queue.drain((ring, at) -> { })).isFalse();
        assertThat(queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, 24, 0, 0)).isTrue();
    }

    @Test
    void shouldCutAtTheSnapLengthAndKeepTheOriginalLength() {
        CaptureQueue outer = new CaptureQueue(CaptureContent.OUTER, SNAP_LENGTH, CAPACITY);
        queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, SNAP_LENGTH + 1, 0, 0);
        outer.offerDatagram(CaptureDirection.SENT, 0, packet, 0, SNAP_LENGTH + 1, 1, 2, 3, 4);

        queue.drain((ring, at) -> assertThat(CaptureRecord.storedBytes(ring, at)).isEqualTo(SNAP_LENGTH));
        outer.drain((ring, at) -> {
            assertThat(CaptureRecord.storedBytes(ring, at)).isEqualTo(SNAP_LENGTH - 28);
            assertThat(CaptureRecord.originalBytes(ring, at)).isEqualTo(SNAP_LENGTH + 1);
        });
    }

    @Test
    void shouldRefuseWhatDoesNotFitItsContentItsBufferOrUdp() {
        CaptureQueue outer = new CaptureQueue(CaptureContent.OUTER, SNAP_LENGTH, CAPACITY);
        ByteBuffer large = ByteBuffer.allocate(65_508);

        assertThatThrownBy(() -> queue.offerDatagram(CaptureDirection.SENT, 0, packet, 0, 60, 1, 2, 3, 4))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("INNER");
        assertThatThrownBy(() -> outer.offerPacket(CaptureDirection.SENT, 0, packet, 0, 60, 1, 2))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("OUTER");
        assertThatThrownBy(() -> queue.offerPacket(CaptureDirection.SENT, 0, packet, 4000, 97, 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(outer.offerDatagram(CaptureDirection.SENT, 0, large, 0, 65_507, 1, 2, 3, 4)).isTrue();
        assertThatThrownBy(() -> outer.offerDatagram(CaptureDirection.SENT, 0, large, 0, 65_508, 1, 2, 3, 4))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("65508");
    }

    @Test
    void shouldRefuseEverythingOnceClosed() {
        queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, 60, 1, 2);
        queue.close();

        assertThat(queue.offerPacket(CaptureDirection.SENT, 0, packet, 0, 60, 1, 2)).isFalse();
        assertThat(queue.dropped()).as("not because it was full").isZero();
        assertThat(queue.drain((ring, at) -> { })).as("what was there before stays").isTrue();
    }

    @Test
    @Timeout(120)
    void shouldHandOverEveryRecordWholeBetweenTwoThreads() throws InterruptedException {
        int packets = 300_000;
        Thread producer = new Thread(() -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1500);
            for (int i = 0; i < packets; i++) {
                int length = 8 + i * 31 % 1000;
                buffer.putInt(0, i).putInt(length - 4, i);
                while (!queue.offerPacket(CaptureDirection.SENT, i, buffer, 0, length, i, i)) {
                    Thread.onSpinWait();
                }
            }
        });
        producer.start();
        int[] next = {0};
        while (next[0] < packets) {
            queue.drain((ring, at) -> {
                int i = next[0]++;
                int length = 8 + i * 31 % 1000;
                ByteBuffer data = ring.slice(at + CaptureRecord.HEADER_BYTES, CaptureRecord.storedBytes(ring, at));
                boolean isWhole = data.limit() == length && data.getInt(0) == i && data.getInt(length - 4) == i
                        && CaptureRecord.endpointId(ring, at) == i && CaptureRecord.timeNs(ring, at) == i && CaptureRecord.flowCookie(ring, at) == i;
                if (!isWhole) {
                    throw new AssertionError("record " + i);
                }
            });
        }
        producer.join();
    }

    @Test
    void shouldAllocateNothingWhenOfferingAndWhenFull() {
        CaptureQueue outer = new CaptureQueue(CaptureContent.OUTER, SNAP_LENGTH, CAPACITY);
        CaptureQueue.Sink nothing = (ring, at) -> { };
        long allocated = Allocation.leastOfThree(() -> {
            for (int i = 0; i < 200_000; i++) {
                queue.offerPacket(CaptureDirection.SENT, i, packet, 0, 700, i, i);
                outer.offerDatagram(CaptureDirection.RECEIVED, i, packet, 0, 700, i, i, i, i);
                if (i % 50 == 0) {
                    queue.drain(nothing);
                    outer.drain(nothing);
                }
            }
        });

        assertThat(queue.dropped()).isPositive();
        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
    }
}
