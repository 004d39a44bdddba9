package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A small appliance with sockets of its own, right or deliberately wrong. It listens on a free port and answers from sockets
 * that are bound to the flows' source ports. Its thread ends with {@link #close()}.
 */
public final class TestAppliance implements Closeable {
    /** What the appliance does with one datagram. */
    public interface Behaviour {
        void onDatagram(InetSocketAddress from, byte[] datagram, TestAppliance appliance) throws IOException;
    }

    private final DatagramChannel listener;
    private final InetSocketAddress address;
    private final Behaviour behaviour;
    private final Thread thread;
    private final Map<InetSocketAddress, DatagramChannel> senders = new HashMap<>();
    private volatile Throwable failure;

    private TestAppliance(Behaviour behaviour, String listenAddress, int port) throws IOException {
        this.behaviour = behaviour;
        listener = DatagramChannel.open();
        listener.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
        listener.bind(new InetSocketAddress(InetAddress.getByName(listenAddress), port));
        address = (InetSocketAddress) listener.getLocalAddress();
        thread = new Thread(this::serve, "test-appliance");
    }

    public static TestAppliance start(Behaviour behaviour) throws IOException {
        return start(behaviour, Loopback.appliance(), 0);
    }

    /** A right one at an address and port of the test's choice. */
    public static TestAppliance startAt(String address, int port) throws IOException {
        return start(correct(), address, port);
    }

    private static TestAppliance start(Behaviour behaviour, String address, int port) throws IOException {
        TestAppliance appliance = new TestAppliance(behaviour, address, port);
        appliance.thread.start();
        return appliance;
    }

    /** Sends every acceptable packet back as it should be, and drops the rest. */
    public static Behaviour correct() {
        return (from, datagram, appliance) -> {
            if (isAcceptable(datagram)) {
                appliance.reply(from, datagram);
            }
        };
    }

    static boolean isAcceptable(byte[] datagram) {
        return new GwlbDecoder().decode(ByteBuffer.wrap(datagram), 0, datagram.length) == GeneveStatus.OK;
    }

    private void serve() {
        ByteBuffer buffer = ByteBuffer.allocate(65536);
        try {
            while (true) {
                InetSocketAddress from = (InetSocketAddress) listener.receive(buffer.clear());
                byte[] datagram = new byte[buffer.flip().remaining()];
                buffer.get(datagram);
                behaviour.onDatagram(from, datagram, this);
            }
        } catch (ClosedChannelException e) {
            return;
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
    }

    /** A simulator that sends to it, as fast as it can, and does not wait long. */
    GwlbSimulatorBuilder simulator() {
        return GwlbSimulator.builder().target(address).source(Loopback.node(0)).timeout(Duration.ofMillis(500)).packetsPerSecond(0);
    }

    /** What a simulator reports of an appliance. */
    static SimulationReport run(Behaviour behaviour, Traffic... traffic) throws IOException {
        try (TestAppliance appliance = start(behaviour); GwlbSimulator gwlb = appliance.simulator().build()) {
            SimulationReport report = gwlb.run(traffic);
            assertThat(report.sent()).isEqualTo(report.returned() + report.missing() + report.droppedAsExpected());
            return report;
        }
    }

    /** What a slow one does before it answers. */
    static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public InetSocketAddress address() {
        return address;
    }

    /** As the load balancer wants it: addresses swapped, ports kept. */
    public void reply(InetSocketAddress to, byte[] datagram) throws IOException {
        send(address.getAddress(), to.getPort(), new InetSocketAddress(to.getAddress(), address.getPort()), datagram);
    }

    public void send(InetAddress fromAddress, int fromPort, InetSocketAddress to, byte[] datagram) throws IOException {
        InetSocketAddress from = new InetSocketAddress(fromAddress, fromPort);
        DatagramChannel sender = from.equals(address) ? listener : senders.get(from);
        if (sender == null) {
            sender = DatagramChannel.open().bind(from);
            senders.put(from, sender);
        }
        sender.send(ByteBuffer.wrap(datagram), to);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (DatagramChannel sender : senders.values()) {
            sender.close();
        }
        if (failure != null) {
            throw new IllegalStateException("the test appliance failed", failure);
        }
    }
}
