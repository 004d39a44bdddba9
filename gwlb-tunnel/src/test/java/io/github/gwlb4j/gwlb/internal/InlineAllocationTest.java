package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.Allocation;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tracking flows that stay, flows that come and go, injecting and replacing allocate nothing. */
class InlineAllocationTest {
    private static final int ROUNDS = 3000;
    private static final int BATCH = 32;
    private static final int MAX_FLOWS = 200;
    private static final long SHORT_TIMEOUT_NS = Duration.ofSeconds(5).toNanos();
    private static final Duration MOMENT = Duration.ofMillis(10);
    private static final Duration PAUSE = Duration.ofSeconds(20);

    private final byte[][] datagrams = new byte[BATCH][];
    private final ManualClock clock = new ManualClock();
    private int round;
    private long replies;
    private long ends;
    private long replaced;

    private final DatagramPort port = new DatagramPort() {
        @Override
        public int receive(DatagramBatch batch) {
            batch.clear();
            round++;
            for (int i = 0; i < BATCH; i++) {
                int at = batch.nextSlot();
                batch.buffer().put(at, datagrams[i]);
                if (i >= BATCH / 2) {
                    batch.buffer().putShort(at + 60, (short) (round * BATCH + i)); // a source port that comes anew
                }
                batch.add(datagrams[i].length, 0, 0, 0x0a63_0001L, 50_000 + i);
            }
            return batch.size();
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
            for (int i = 0; i < batch.size(); i++) {
                if (batch.isReply(i)) {
                    batch.setResult(i, SendResult.SENT);
                    replies++;
                }
            }
        }

        @Override
        public void await(long timeoutNs) {
        }

        @Override
        public void wakeUp() {
        }
    };

    private final PacketHandler handler = new PacketHandler() {
        private final ByteBuffer own = ByteBuffer.wrap(PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").udp(53, 1).payload(300).build());
        private int count;

        @Override
        public Verdict onPacket(GwlbPacket packet) {
            Flow flow = packet.flow();
            if (flow != null) {
                flow.attach(this);
                if (count % 16 == 0) {
                    flow.inject(own, 0, own.capacity());
                }
                if (count % 3 == 0) {
                    flow.setTimeoutNs(SHORT_TIMEOUT_NS);
                }
                if (count % 64 == 63) {
                    flow.forget();
                }
            }
            if (++count % 8 == 0 && packet.replaceInner(own, 0, own.capacity()) == ReplaceStatus.REPLACED) {
                replaced++;
            }
            return Verdict.FORWARD;
        }

        @Override
        public void onFlowEnd(Flow flow, FlowEnd end) {
            ends++;
        }
    };

    @Test
    void shouldAllocateNothingForFlowsThatStayAndFlowsThatComeAndGo() {
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(9, 53).payload(2000).build(), 600, 77);
        for (int i = 0; i < BATCH; i++) {
            byte[] request = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(100 + i, 53).payload(10).build();
            datagrams[i] = TestPackets.geneve(i == 3 ? PacketBuilder.ipv4("192.0.2.9", "10.0.0.1").icmpError(3, 1, request).build()
                    : i < 2 ? fragments.get(i) : request);
        }
        SharedState shared = WorkerParts.inline(new Admission(List.of(), List.of()), 4, clock);
        Worker worker = new Worker(0, port, WorkerParts.trackingRules(FlowTracking.ofMaxFlows(MAX_FLOWS), false, 8500, 256, 1 << 16), shared,
                handler, clock);
        long allocated = Allocation.leastOfThree(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                worker.doWork();
                clock.advance(i % 100 == 0 ? PAUSE : MOMENT);
            }
        });

        WorkerCounters.Snapshot counts = worker.counters().snapshot();
        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
        assertThat(counts.flowsCreated()).isGreaterThan(3L * ROUNDS * BATCH / 2);
        assertThat(counts.flows()).isBetween(1L, (long) MAX_FLOWS);
        assertThat(ends).isEqualTo(counts.flowsCreated() - counts.flows());
        assertThat(counts.flowsEvicted()).isPositive();
        assertThat(counts.flowsExpired()).isPositive();
        assertThat(counts.injectFailures()).isZero();
        assertThat(counts.injectedPackets()).isPositive();
        assertThat(replaced).isEqualTo(3L * ROUNDS * BATCH / 8);
        assertThat(replies).isEqualTo(counts.forwardedPackets() + counts.injectedPackets());
    }
}
