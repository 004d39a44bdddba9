package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An inline worker that a test steps by hand, over a network in memory, with a handler whose parts a test exchanges. */
final class InlineRig implements PacketHandler {
    static final int NODE = 0x0a63_0001;
    static final int PORT = 60_123;

    final InMemoryTransport network = new InMemoryTransport();
    final ManualClock clock = new ManualClock();
    final List<String> ends = new ArrayList<>();
    final TunnelManager tunnels;
    final Worker worker;
    Function<GwlbPacket, Verdict> onPacket = packet -> Verdict.FORWARD;
    Runnable onEnd = () -> { };
    HandlerContext context;
    Flow lastFlow;
    Flow lastEnded;

    InlineRig(FlowTracking tracking) {
        this(WorkerParts.trackingRules(tracking, true, 8500, 16, 4096));
    }

    InlineRig(PacketRules rules) {
        SharedState shared = WorkerParts.inline(new Admission(List.of(), List.of()), 4, clock);
        tunnels = shared.tunnels();
        worker = new Worker(0, network.open(0, 1), rules, shared, this, clock);
        worker.start();
    }

    @Override
    public void onStart(HandlerContext given) {
        context = given;
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        lastFlow = packet.flow();
        return onPacket.apply(packet);
    }

    @Override
    public void onFlowEnd(Flow flow, FlowEnd end) {
        lastEnded = flow;
        ends.add(flow.key() + " " + end);
        onEnd.run();
    }

    /** The flow that the packet was shown with. */
    Flow flowOf(byte[] inner) {
        receive(inner);
        return lastFlow;
    }

    void receive(byte[] inner) {
        receiveDatagram(TestPackets.geneve(inner));
    }

    void receiveDatagram(byte[] datagram) {
        network.inject(new Datagram(NODE, PORT, datagram));
        assertThat(worker.doWork()).isPositive();
    }

    /** What has been sent since the last call. */
    List<Datagram> sent() {
        try {
            List<Datagram> sent = new ArrayList<>();
            for (Datagram reply = network.takeReply(0); reply != null; reply = network.takeReply(0)) {
                sent.add(reply);
            }
            return sent;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The inner packets of the same. */
    List<byte[]> sentInner() {
        return sent().stream().map(reply -> Arrays.copyOfRange(reply.payload(), 40, reply.payload().length)).toList();
    }

    WorkerCounters.Snapshot counts() {
        return worker.counters().snapshot();
    }

    Map<DropReason, Long> drops() {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        counts().addDropsTo(drops);
        drops.values().removeIf(count -> count == 0);
        return drops;
    }

    void assertBalanced() {
        WorkerCounters.Snapshot counts = counts();
        assertThat(counts.receivedPackets()).isEqualTo(counts.forwardedPackets() + counts.droppedByHandler()
                + drops().values().stream().mapToLong(Long::longValue).sum());
    }
}
