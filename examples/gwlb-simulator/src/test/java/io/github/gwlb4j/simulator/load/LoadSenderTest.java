package io.github.gwlb4j.simulator.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Against a kernel that is slow or has no room: every packet is sent once, in order, and says when it was due. */
class LoadSenderTest {
    private final LoadSettings settings = settings();
    private final LoadPackets packets = new LoadPackets(settings);

    private static LoadSettings settings() {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new LoadSettings(new InetSocketAddress(loopback, 6081), loopback, 40, 2, 1, PacketSizes.parse("100"), 2, 1, 1, 1, 1, false);
    }

    /** Takes what it is given, but not everything. */
    private static final class SlowWire implements LoadWire {
        final ByteBuffer buffer = ByteBuffer.allocate(MAX_TRAINS * TRAIN_BYTES);
        final List<Long> numbers = new ArrayList<>();
        final List<Long> due = new ArrayList<>();
        final List<Integer> ports = new ArrayList<>();
        long stallNs;
        boolean isRefusing;
        private int calls;

        @Override
        public ByteBuffer sendBuffer() {
            return buffer;
        }

        @Override
        public int send(int port, int trains, int[] lengthBytes, int count) {
            if (++calls == 10) {
                LockSupport.parkNanos(stallNs);
            }
            int sent = isRefusing ? Math.min(trains, calls % 3) : trains;
            for (int train = 0; train < sent; train++) {
                for (int i = 0; i < count; i++) {
                    int at = train * TRAIN_BYTES + i * lengthBytes[train];
                    numbers.add(LoadPackets.number(buffer, at));
                    due.add(LoadPackets.dueNs(buffer, at));
                    ports.add(port);
                }
            }
            return sent;
        }

        @Override
        public int sourcePort(int port) {
            return port;
        }

        @Override
        public void receive(int waitMs, Receiver receiver) {
            LockSupport.parkNanos(waitMs * 1_000_000L);
        }

        @Override
        public long receiveDrops() {
            return 0;
        }

        @Override
        public String description() {
            return "slow";
        }

        @Override
        public void close() {
            numbers.clear();
        }
    }

    private LoadSender run(SlowWire wire, StepSchedule schedule) throws Exception {
        LoadSender sender = new LoadSender(settings, packets, wire, schedule);
        sender.run();
        return sender;
    }

    @Test
    void shouldSendEachPacketOnceInOrderWhenTheKernelRefusesSome() throws Exception {
        SlowWire wire = new SlowWire();
        wire.isRefusing = true;
        long start = System.nanoTime() + 20_000_000;
        StepSchedule schedule = new StepSchedule(1, 4000, 2, start, 200_000_000);
        LoadSender sender = run(wire, schedule);
        assertThat(sender.sent()).isEqualTo(800);
        assertThat(sender.refusals()).isPositive();
        assertThat(sender.sentBytes()).isEqualTo(80_000);
        for (int i = 0; i < 800; i++) {
            assertThat(wire.numbers.get(i)).isEqualTo(i);
            assertThat(wire.due.get(i)).isEqualTo(start + i / 2 * 500_000L);
            assertThat(wire.ports.get(i)).isEqualTo(i / 2 % 40 / 16 % 2);
        }
    }

    @Test
    void shouldCountItsOwnDelayFromWhenPacketsWereDue() throws Exception {
        SlowWire wire = new SlowWire();
        wire.stallNs = 60_000_000;
        StepSchedule schedule = new StepSchedule(1, 2000, 2, System.nanoTime() + 20_000_000, 150_000_000);
        LoadSender sender = run(wire, schedule);
        assertThat(sender.sent()).isEqualTo(300);
        assertThat(sender.delay().count()).isEqualTo(300);
        // What was due during the stall was sent after it: the first of them nearly 60 ms late, and a fifth of all 30 ms or more.
        assertThat(sender.delay().maxNs()).isGreaterThan(55_000_000);
        assertThat(sender.delay().p90Ns()).isGreaterThan(20_000_000);
    }

    @Test
    void shouldStopWhenItsTimeIsOverHoweverSlowTheKernelIs() throws Exception {
        SlowWire wire = new SlowWire();
        wire.stallNs = 400_000_000;
        LoadSender sender = run(wire, new StepSchedule(1, 2000, 2, System.nanoTime() + 20_000_000, 150_000_000));
        assertThat(sender.sent()).isPositive().isLessThan(300);
    }
}
