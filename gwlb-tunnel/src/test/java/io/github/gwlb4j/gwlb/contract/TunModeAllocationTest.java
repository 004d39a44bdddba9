package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.Allocation;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.SteppedAppliances;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.ManualClock;
import io.github.gwlb4j.gwlb.internal.SteppedAppliance;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packet path of TUN mode allocates nothing, both ways; the edges here do not either. */
class TunModeAllocationTest {
    private static final int ROUNDS = 3000;
    private static final int BATCH = 32;

    private byte[][] queries;
    private byte[][] answers;
    /** Where in both the batch begins that comes next. */
    private int next;
    private boolean areFlowing;
    private long replies;

    /** Receives the same queries again and again, a batch at a time, and counts replies. */
    private final DatagramPort port = new DatagramPort() {
        @Override
        public int receive(DatagramBatch batch) {
            batch.clear();
            next = (next + BATCH) % queries.length;
            for (int i = next; areFlowing && i < next + BATCH; i++) {
                batch.buffer().put(batch.nextSlot(), queries[i]);
                batch.add(queries[i].length, 0, 0, 0x0a63_0001L, 50_000 + i);
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

    /** Takes whatever is written; the answers to what was received come out of it. */
    private final class Endless implements TunDevice, TunQueue {
        @Override
        public String name() {
            return "endless";
        }

        @Override
        public int index() {
            return 1;
        }

        @Override
        public TunOffload offload() {
            return TunOffload.NONE;
        }

        @Override
        public int queueCount() {
            return 1;
        }

        @Override
        public TunQueue queue(int index) {
            return this;
        }

        @Override
        public int read(PacketBatch batch) {
            for (int i = next; areFlowing && i < next + BATCH; i++) {
                int offset = batch.reserve(answers[i].length, 0);
                batch.buffer().put(offset, answers[i]);
                batch.add(offset, answers[i].length);
            }
            return batch.count();
        }

        @Override
        public int write(PacketBatch batch, int from, int to) {
            return to - from;
        }

        @Override
        public int write(GatherBatch batch, int from, int to) {
            return to - from;
        }

        @Override
        public int await(int timeoutMs) {
            return 0;
        }

        @Override
        public void wakeup() {
        }

        @Override
        public int fileDescriptor() {
            return -1;
        }

        @Override
        public void close() {
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {BATCH, 64 * BATCH}) // so many that they are fetched
    void shouldAllocateNothingForPacketsInEitherDirection(int flows) throws Exception {
        queries = new byte[flows][];
        answers = new byte[flows][];
        for (int i = 0; i < flows; i++) {
            int version = i % 2 == 0 ? 4 : 6;
            int payload = i % BATCH * 40;
            queries[i] = TestPackets.geneve(i % 4 == 3 ? Inner.syn(version, true, 9000)
                    : Inner.toServer(version).udp(1000 + i, 53).payload(payload).build());
            answers[i] = i % 8 == 5 ? Inner.fromRouterToClient(version).icmpError(3, 0, Inner.toServer(version).udp(1000 + i, 53)
                    .payload(payload).build()).build() : Inner.toClient(version).udp(53, 1000 + i).payload(payload).build();
        }
        ManualClock clock = new ManualClock();
        SteppedAppliance appliance = SteppedAppliances.of(GwlbAppliance.builder().mode(TunnelMode.TUN).clampMss(true)
                .declareTunnel(TestPackets.ENDPOINT).tun(TunSettings.builder().deviceOpener(config -> new Endless()).build()), port, clock);
        areFlowing = true;
        long allocated = Allocation.leastOfThree(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                appliance.work();
            }
        });
        areFlowing = false;
        appliance.close();

        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
        assertThat(appliance.stats().isBalanced()).isTrue();
        assertThat(appliance.stats().deliveredPackets()).isEqualTo(3L * ROUNDS * BATCH);
        assertThat(replies).as("out of both interfaces; UDP answers of flows that began with a SYN are unknown")
                .isEqualTo(2 * 3L * ROUNDS * BATCH * 3 / 4);
    }
}
