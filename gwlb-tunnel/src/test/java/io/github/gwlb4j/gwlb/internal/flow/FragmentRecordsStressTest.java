package io.github.gwlb4j.gwlb.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Threads that note and look up first fragments in a single bucket, so that records change hands all the time. A record's ports
 * follow from its identification, so a torn one is seen. Time: as in {@link FlowTableStressTest}.
 */
class FragmentRecordsStressTest {
    private static final long SECONDS = Long.getLong("gwlb4j.stress.seconds", 1);
    private static final int PACKETS = 8;
    private static final int PORT = 40_000;

    private final FragmentRecords records = new FragmentRecords(4, FragmentRecords.DEFAULT_TIMEOUT_NS);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final AtomicInteger found = new AtomicInteger();

    private void actor(int seed) {
        IpPacket[][] parts = new IpPacket[PACKETS][2];
        FlowKey[] expected = new FlowKey[PACKETS];
        for (int id = 0; id < PACKETS; id++) {
            List<byte[]> bytes = Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(PORT + id, PORT - id).payload(2000).build(), 1280, id);
            for (int part = 0; part < 2; part++) {
                parts[id][part] = new IpPacket();
                parts[id][part].wrap(ByteBuffer.wrap(bytes.get(part)), 0, bytes.get(part).length);
            }
            expected[id] = new FlowKey().setByPorts(1, parts[id][0]).copy();
        }
        FlowClassifier classifier = new FlowClassifier(records);
        Random random = new Random(seed);
        while (!isOver.get()) {
            int id = random.nextInt(PACKETS);
            int part = random.nextInt(2);
            classifier.classify(1, parts[id][part], System.nanoTime());
            if (part == 1 && !classifier.key().isFragment()) {
                found.incrementAndGet();
                if (!classifier.key().isSameFlow(expected[id])) {
                    failure.set(classifier.key() + " instead of " + expected[id]);
                    isOver.set(true);
                }
            }
        }
    }

    @Test
    void shouldNeverTellALaterFragmentAnotherPacketsPorts() throws InterruptedException {
        Thread[] threads = new Thread[3];
        for (int i = 0; i < threads.length; i++) {
            int seed = i;
            threads[i] = new Thread(() -> actor(seed));
            threads[i].start();
        }
        long endNs = System.nanoTime() + TestFlows.seconds(SECONDS);
        while (!isOver.get() && System.nanoTime() - endNs < 0) {
            Thread.sleep(10);
        }
        isOver.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).isNull();
        assertThat(found.get()).isPositive();
        assertThat(records.displaced()).isPositive();
    }
}
