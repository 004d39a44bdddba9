package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WorkerCountersTest {
    @Test
    void shouldShowSumsThatAgreeInEverySnapshotWhileTheWorkerCounts() throws InterruptedException {
        WorkerCounters counters = new WorkerCounters();
        AtomicBoolean isDone = new AtomicBoolean();
        Thread worker = new Thread(() -> {
            DropReason[] reasons = DropReason.values();
            for (int batch = 0; !isDone.get(); batch++) {
                counters.beginBatch();
                for (int i = 0; i < 8; i++) {
                    counters.received(1, 100);
                    if (i < 3) {
                        counters.forwarded(1, 100);
                    } else if (i == 3) {
                        counters.droppedByHandler();
                    } else {
                        counters.dropped(reasons[(batch + i) % reasons.length]);
                    }
                }
                counters.endBatch();
                if (batch % 16 == 0) {
                    Thread.yield(); // or the reader seldom sees a moment between two batches
                }
            }
        });
        worker.start();
        long last = 0;
        for (int i = 0; i < 2_000; i++) {
            WorkerCounters.Snapshot snapshot = counters.snapshot();
            Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
            snapshot.addDropsTo(drops);
            long dropped = drops.values().stream().mapToLong(Long::longValue).sum();
            assertThat(snapshot.receivedPackets()).isGreaterThanOrEqualTo(last)
                    .isEqualTo(snapshot.forwardedPackets() + snapshot.droppedByHandler() + dropped);
            assertThat(snapshot.receivedBytes()).isEqualTo(snapshot.receivedPackets() * 100);
            last = snapshot.receivedPackets();
        }
        isDone.set(true);
        worker.join();
        assertThat(last).isPositive();
    }
}
