package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A transport on a loopback address, a node and its flows on others: what tests of transports need. */
abstract class TransportLab {
    static final long IDLE_NS = 30_000_000_000L;
    static final long SECOND_NS = 1_000_000_000L;
    static final InetAddress APPLIANCE = address("127.0.0.1");
    static final InetAddress NODE = address("127.0.0.2");

    private final List<AutoCloseable> opened = new ArrayList<>();
    DatagramBatch batch = new DatagramBatch(8, 65_536);
    int listenPort;
    long nowNs;

    /** The transport under test; of those that share a contract it sends replies from bound sockets alone. */
    abstract DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs);

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : opened) {
            closeable.close();
        }
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    <T extends AutoCloseable> T closing(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    DatagramSocket socket(InetAddress local, int port) throws IOException {
        DatagramSocket socket = closing(new DatagramSocket(new InetSocketAddress(local, port)));
        socket.setSoTimeout(2000);
        return socket;
    }

    /** The node of a transport that listens on the wildcard on the same machine: both have to allow it (SO_REUSEPORT). */
    DatagramSocket sharingSocket(InetAddress local, int port) throws IOException {
        DatagramSocket socket = closing(new DatagramSocket(null));
        socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        socket.bind(new InetSocketAddress(local, port));
        socket.setSoTimeout(2000);
        return socket;
    }

    DatagramTransport transport(InetAddress local, int maxReturnSockets) throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(local, 0))) {
            listenPort = free.getLocalPort();
        }
        return closing(create(new InetSocketAddress(local, listenPort), 65_536, maxReturnSockets, IDLE_NS));
    }

    /** Sends from a flow's socket, lets the port send everything back, answers what came to the node's listening port. */
    SendResult echo(DatagramPort port, DatagramSocket flow, InetAddress appliance, byte[] payload) throws IOException {
        deliver(port, flow, appliance, payload);
        batch.markReply(0);
        port.reply(batch, nowNs);
        return batch.result(0);
    }

    /** Sends from a flow's socket and takes it into the batch. */
    void deliver(DatagramPort port, DatagramSocket flow, InetAddress appliance, byte[] payload) throws IOException {
        flow.send(new DatagramPacket(payload, payload.length, appliance, listenPort));
        for (int tries = 0; port.receive(batch) == 0; tries++) {
            assertThat(tries).as("nothing received").isLessThan(100);
            port.await(50_000_000);
        }
        assertThat(batch.size()).isOne();
    }

    static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        return packet;
    }
}
