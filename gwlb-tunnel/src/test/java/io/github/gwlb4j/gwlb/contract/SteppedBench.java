package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.SteppedAppliances;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.internal.ManualClock;
import io.github.gwlb4j.gwlb.internal.SteppedAppliance;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DelegatingPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** Memory on both sides, one thread, and a clock that stands still until the test moves it. */
final class SteppedBench extends Bench {
    private static final int NODE = 0x0a63_0001;

    final InMemoryTransport network = new InMemoryTransport();
    final ManualClock clock = new ManualClock();
    final MemoryInterfaces interfaces = new MemoryInterfaces();
    SteppedAppliance appliance;
    /** What other threads do while the worker receives. */
    Runnable duringReceive = () -> { };
    private final ClassPort port = new ClassPort(network.open(0, 1));

    /** Adds the outer traffic class, which the in-memory network does not carry. */
    private final class ClassPort extends DelegatingPort {
        private final Queue<Integer> incoming = new ArrayDeque<>();
        private final Queue<Integer> outgoing = new ArrayDeque<>();

        ClassPort(DatagramPort port) {
            super(port);
        }

        @Override
        public int receive(DatagramBatch batch) {
            duringReceive.run();
            int count = super.receive(batch);
            for (int i = 0; i < count; i++) {
                batch.setTrafficClass(i, incoming.remove());
            }
            return count;
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
            super.reply(batch, nowNs);
            for (int i = 0; i < batch.size(); i++) {
                if (batch.isReply(i) && batch.result(i) == SendResult.SENT) {
                    outgoing.add(batch.trafficClass(i));
                }
            }
        }
    }

    @Override
    void start(GwlbApplianceBuilder settings, TunSettings.Builder tun) throws Exception {
        settings.tun(tun.deviceOpener(config -> {
            if (isOpeningRefused) {
                throw new IOException("refused by the test");
            }
            return interfaces.open(config);
        }).build());
        appliance = SteppedAppliances.of(settings, port, clock);
    }

    @Override
    void send(Node node, int sourcePort, int trafficClass, byte[] datagram) {
        port.incoming.add(trafficClass);
        network.inject(new Datagram(NODE + node.ordinal(), sourcePort, datagram));
    }

    @Override
    Reply takeReply(Duration atMost) throws InterruptedException {
        appliance.settle();
        Datagram datagram = network.takeReply(0);
        return datagram == null ? null
                : new Reply(Node.values()[datagram.peer() - NODE], datagram.port(), port.outgoing.remove(), datagram.payload());
    }

    @Override
    byte[] takeDelivered(long endpointId, Duration atMost) {
        appliance.settle();
        return interfaces.take(endpointId);
    }

    @Override
    void intoInterface(long endpointId, Side side, byte[] packet) {
        interfaces.put(endpointId, side, packet);
    }

    @Override
    ApplianceStats stats() {
        return appliance.stats();
    }

    @Override
    void pass(Duration time) {
        appliance.settle();
        clock.advance(time);
        appliance.settle();
    }

    @Override
    void holdCreation(boolean isHeld) {
        appliance.holdCallbacks(isHeld);
        appliance.settle();
    }

    @Override
    boolean destroyTunnel(long endpointId) {
        return appliance.destroyTunnel(endpointId);
    }

    @Override
    String limitOf(Need need) {
        return need == Need.LIFE_OF_AN_APPLIANCE ? "stepped by hand, so there is no appliance to start, drain and close" : null;
    }

    @Override
    void closeAppliance() {
        appliance.close();
    }

    @Override
    public void close() {
        if (appliance != null) {
            appliance.close();
        }
    }
}
