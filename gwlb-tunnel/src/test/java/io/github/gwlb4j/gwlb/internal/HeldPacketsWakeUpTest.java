package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The control thread may finish a tunnel at any moment of a worker's turn. */
class HeldPacketsWakeUpTest {
    private final ManualClock clock = new ManualClock();
    private final InMemoryTransport network = new InMemoryTransport();
    private final Port port = new Port(network.open(0, 1));
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private TunnelManager tunnels;
    private Worker worker;

    /** As the Linux port does, this one takes note of a wake-up when it receives. */
    private static final class Port implements DatagramPort {
        private final DatagramPort inner;
        private Runnable meanwhile = () -> { };
        private boolean isWoken;

        private Port(DatagramPort inner) {
            this.inner = inner;
        }

        @Override
        public int receive(DatagramBatch batch) {
            meanwhile.run();
            isWoken = false;
            return inner.receive(batch);
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
            inner.reply(batch, nowNs);
        }

        @Override
        public void await(long timeoutNs) {
            throw new AssertionError("the test does not wait");
        }

        @Override
        public void wakeUp() {
            isWoken = true;
        }
    }

    @Test
    void shouldNotLeaveHeldPacketsWaitingWhenTheirTunnelIsFinishedDuringTheWorkersTurn() {
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            holdOnePacket(interfaces);

            port.meanwhile = tunnels::doWork;
            worker.doWork();

            assertThat(port.isWoken || worker.counters().snapshot().heldPackets() == 0).as("woken, or nothing held").isTrue();
        }
    }

    /** A worker that rests may do so for good: another process has its tunnels then, which knows nothing of what is held here. */
    @Test
    void shouldDeliverHeldPacketsBeforeTheWorkerRestsWhenTheirTunnelIsFinished() {
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            holdOnePacket(interfaces);

            tunnels.doWork();
            worker.finishReceived();

            assertThat(worker.counters().snapshot().heldPackets()).isZero();
            assertThat(worker.counters().snapshot().deliveredPackets()).isOne();
        }
    }

    /** Its tunnel's interfaces are made, and nobody has looked at that yet. */
    private void holdOnePacket(MemoryTunPair interfaces) {
        TunnelRules rules = new TunnelRules(new Admission(List.of(), List.of()), new EndpointModes(TunnelMode.TUN_ONE_WAY, Map.of()), 4, 0,
                TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(60), Set.of(), 4, TimeUnit.SECONDS.toNanos(5));
        ReadableTunnels readable = new ReadableTunnels(1);
        tunnels = new TunnelManager(rules, 1, List.of(), (endpointId, mode) -> new TunnelInterfaces(interfaces.left(), null), readable, tasks::add,
                clock, () -> { }, port::wakeUp);
        worker = new Worker(0, port, WorkerParts.packetRules(false, true),
                new SharedState(rules.admission(), tunnels, readable, null, null, null), packet -> Verdict.DROP, clock);
        network.inject(new Datagram(0x0a63_0001, 60_123, TestPackets.geneve(TestPackets.dnsQuery())));
        worker.doWork();
        tunnels.doWork();
        tasks.remove().run();
        assertThat(worker.counters().snapshot().heldPackets()).isOne();
    }
}
