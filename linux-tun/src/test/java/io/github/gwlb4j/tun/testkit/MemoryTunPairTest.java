package io.github.gwlb4j.tun.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.offload.PacketQueue;
import io.github.gwlb4j.tun.offload.Packets;

@Timeout(30)
class MemoryTunPairTest {

    private static final int CLOSED = -9;

    private final PacketBatch batch = new PacketBatch(64, 512 * 1024);

    private static byte[][] stream(int packets) {
        byte[][] stream = new byte[packets][];
        for (int i = 0; i < packets; i++) {
            stream[i] = Packets.tcp4().sequence(i * 1000).id(1 + i).payload(1000).build();
        }
        return stream;
    }

    @Test
    void shouldCarryPacketsBothWays() {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            byte[][] packets = stream(3);
            assertThat(pair.left().queue(0).write(Packets.batch(packets), 1, 3)).isEqualTo(2);
            assertThat(pair.right().queue(0).await(0)).isEqualTo(1);
            assertThat(pair.right().queue(0).read(batch)).isEqualTo(2);
            assertThat(Packets.bytes(batch, 0)).isEqualTo(packets[1]);
            assertThat(Packets.bytes(batch, 1)).isEqualTo(packets[2]);
            assertThat(pair.right().queue(0).write(batch, 0, 1)).isEqualTo(1);
            assertThat(pair.left().queue(0).read(batch)).isEqualTo(1);
            assertThat(Packets.bytes(batch, 2)).isEqualTo(packets[1]);
            assertThat(pair.left().queue(0).read(batch)).as("nothing is waiting").isZero();
            assertThat(pair.left().queue(0).fileDescriptor()).isEqualTo(-1);
        }
    }

    @Test
    void shouldKeepQueuesApart() {
        try (MemoryTunPair pair = new MemoryTunPair(3, 10, TunOffload.NONE)) {
            pair.left().queue(1).write(Packets.batch(stream(1)), 0, 1);
            assertThat(pair.right().queueCount()).isEqualTo(3);
            assertThat(pair.right().queue(0).await(0)).isZero();
            assertThat(pair.right().queue(2).await(0)).isZero();
            assertThat(pair.right().queue(1).await(0)).isEqualTo(1);
        }
    }

    @Test
    void shouldDropAndCountWhatDoesNotFit() {
        try (MemoryTunPair pair = new MemoryTunPair(1, 2, TunOffload.NONE)) {
            assertThat(pair.left().queue(0).write(Packets.batch(stream(5)), 0, 5)).isEqualTo(5);
            assertThat(pair.dropped()).isEqualTo(3);
            assertThat(pair.right().queue(0).read(batch)).isEqualTo(2);
        }
    }

    @Test
    void shouldRefuseWhatIsNotIp() {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            assertThat(pair.left().queue(0).write(Packets.batch(new byte[] {0x15}), 0, 1)).isEqualTo(-22);
            assertThat(pair.left().queue(0).write(Packets.batch(new byte[] {0x45}, new byte[] {0x15}), 0, 2)).isEqualTo(1);
        }
    }

    @Test
    void shouldTellWhenTheBatchHasNoRoom() {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            pair.left().queue(0).write(Packets.batch(stream(1)), 0, 1);
            assertThat(pair.right().queue(0).read(new PacketBatch(1, 1000))).isEqualTo(-105);
        }
    }

    @Test
    void shouldCarrySuperPacketsThroughPacketQueues() {
        try (MemoryTunPair pair = new MemoryTunPair(1, 10, TunOffload.ALL)) {
            byte[][] packets = stream(40);
            assertThat(new PacketQueue(pair.left().queue(0)).write(Packets.batch(packets), 0, 40)).isEqualTo(40);
            PacketQueue right = new PacketQueue(pair.right().queue(0));
            assertThat(right.await(0)).isEqualTo(1);
            assertThat(right.read(batch)).isEqualTo(40);
            for (int i = 0; i < 40; i++) {
                assertThat(Packets.bytes(batch, i)).isEqualTo(packets[i]);
            }
            assertThat(pair.dropped()).as("40 packets were one frame").isZero();
            assertThat(right.read(batch)).isZero();
        }
    }

    @Test
    void shouldWakeAndReleaseABlockedReader() throws InterruptedException {
        MemoryTunPair pair = new MemoryTunPair();
        TunQueue queue = pair.left().queue(0);
        AtomicInteger first = new AtomicInteger(-1);
        AtomicInteger second = new AtomicInteger(-1);
        Thread reader = new Thread(() -> {
            first.set(queue.await(-1));
            second.set(queue.await(-1));
        });
        reader.start();
        queue.wakeup();
        while (first.get() < 0) {
            Thread.onSpinWait();
        }
        pair.close();
        reader.join();
        assertThat(first).hasValue(0);
        assertThat(second).hasValue(CLOSED);
        assertThat(queue.read(batch)).isEqualTo(CLOSED);
        assertThat(queue.write(batch, 0, 0)).isEqualTo(CLOSED);
        assertThat(queue.await(0)).isEqualTo(CLOSED);
    }

    @Test
    void shouldWaitAsLongAsAsked() {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            long start = System.nanoTime();
            assertThat(pair.left().queue(0).await(30)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000L);
        }
    }

    @Test
    void shouldRefuseSizesBelowOne() {
        assertThatThrownBy(() -> new MemoryTunPair(0, 1, TunOffload.NONE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MemoryTunPair(1, 0, TunOffload.NONE)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(value = TunFault.class, mode = EnumSource.Mode.EXCLUDE, names = "SHORT")
    void shouldFailAsPlannedAndThenGoOn(TunFault fault) {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            FaultyTunQueue queue = new FaultyTunQueue(pair.left().queue(0)).failReads(FaultyTunQueue.Plan.first(fault))
                    .failWrites(FaultyTunQueue.Plan.every(2, fault));
            pair.right().queue(0).write(Packets.batch(stream(1)), 0, 1);
            assertThat(queue.read(batch)).isEqualTo(fault.result()).isNegative();
            assertThat(queue.read(batch)).isEqualTo(1);
            assertThat(queue.write(batch, 0, 1)).isEqualTo(1);
            assertThat(queue.write(batch, 0, 1)).isEqualTo(fault.result());
            assertThat(queue.write(batch, 0, 1)).isEqualTo(1);
            assertThat(pair.right().queue(0).read(batch)).isEqualTo(2);
        }
    }

    @Test
    void shouldCutReadsAndWritesShort() {
        try (MemoryTunPair pair = new MemoryTunPair()) {
            FaultyTunQueue queue = new FaultyTunQueue(pair.left().queue(0)).failReads(FaultyTunQueue.Plan.first(TunFault.SHORT))
                    .failWrites(FaultyTunQueue.Plan.first(TunFault.SHORT));
            byte[][] packets = stream(5);
            pair.right().queue(0).write(Packets.batch(packets), 0, 2);
            assertThat(queue.read(batch)).isEqualTo(2);
            assertThat(batch.length(0)).isEqualTo(1040);
            assertThat(batch.length(1)).isEqualTo(520);
            assertThat(queue.write(Packets.batch(packets), 0, 5)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(TunFault.class)
    void shouldCountOnlyWhatWasTakenWhenMergedWritesFail(TunFault fault) {
        try (MemoryTunPair pair = new MemoryTunPair(1, 100, TunOffload.ALL)) {
            FaultyTunQueue faulty = new FaultyTunQueue(pair.left().queue(0)).failWrites(FaultyTunQueue.Plan.first(fault));
            byte[][] packets = new byte[10][];
            for (int i = 0; i < 10; i++) {
                // Five flows of two packets each: five frames.
                packets[i] = Packets.udp4().port(1 + i / 2).id(1 + i).payload(100).build();
            }
            int written = new PacketQueue(faulty).write(Packets.batch(packets), 0, 10);
            assertThat(written).isEqualTo(fault == TunFault.SHORT ? 10 : 8);
        }
    }
}
