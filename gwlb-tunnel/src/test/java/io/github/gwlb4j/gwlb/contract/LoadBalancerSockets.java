package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.gwlb.contract.Bench.Node;
import io.github.gwlb4j.gwlb.contract.Bench.Reply;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import io.github.gwlb4j.gwlb.transport.ReturnPathMode;
import io.github.gwlb4j.tun.PacketBatch;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Two load balancer nodes: they send from the flow's port, and receive at the appliance's port. Made, and used for new flow ports,
 * on a thread in the network namespace of the appliance.
 *
 * <p>On Linux their addresses in 127.0.0.0/8 are this process's alone: the flow's port is a fixed one, and the tests of two builds at once
 * found it in use.
 */
final class LoadBalancerSockets implements AutoCloseable {
    private static final int RECEIVE_BUFFER = 4 << 20;
    private static final int TARGET_IPV4 = 0x7f00_0001;
    /** A process id has 22 bits at most (PID_MAX_LIMIT of the kernel), which leaves two for the node. */
    private static final int PROCESS = LinuxTransport.unavailableCause() == null ? (int) ProcessHandle.current().pid() : 0;

    private final int targetPort;
    private final List<DatagramTransport> transports = new ArrayList<>();
    private final List<DatagramPort> receivers = new ArrayList<>();
    private final Map<InetSocketAddress, DatagramSocket> senders = new HashMap<>();
    private final DatagramBatch batch = new DatagramBatch(32, 65_536);
    private final Queue<Reply> replies = new ArrayDeque<>();

    LoadBalancerSockets(int targetPort) throws IOException {
        this.targetPort = targetPort;
        for (Node node : Node.values()) {
            InetSocketAddress address = new InetSocketAddress(address(node), targetPort);
            DatagramTransport transport = LinuxTransport.unavailableCause() == null
                    ? new LinuxTransport(address, RECEIVE_BUFFER, 1, 1_000_000_000L, ReturnPathMode.BOUND_SOCKETS)
                    : new NioTransport(address, RECEIVE_BUFFER, 1, 1_000_000_000L);
            transports.add(transport);
            receivers.add(transport.open(0, 1));
        }
    }

    static String address(Node node) {
        int last = PROCESS << 2 | 2 + node.ordinal();
        return "127." + (last >> 16 & 0xff) + "." + (last >> 8 & 0xff) + "." + (last & 0xff);
    }

    void send(Node node, int port, int trafficClass, byte[] payload) throws IOException {
        InetSocketAddress from = new InetSocketAddress(address(node), port);
        if (trafficClass != 0) {
            sendWithClass(from, trafficClass, payload);
            return;
        }
        DatagramSocket socket = senders.get(from);
        if (socket == null) {
            socket = new DatagramSocket(from);
            socket.setSendBufferSize(RECEIVE_BUFFER);
            senders.put(from, socket);
        }
        socket.send(new DatagramPacket(payload, payload.length, InetAddress.getByName("127.0.0.1"), targetPort));
    }

    /** Closes the socket of a port that is not needed any more. */
    void forget(Node node, int port) {
        forget(new InetSocketAddress(address(node), port));
    }

    private void forget(InetSocketAddress from) {
        DatagramSocket socket = senders.remove(from);
        if (socket != null) {
            socket.close();
        }
    }

    /** Java's sockets clear the lowest bit of the traffic class. */
    private void sendWithClass(InetSocketAddress from, int trafficClass, byte[] payload) throws IOException {
        forget(from);
        try (UdpSocket socket = UdpSocket.open()) {
            socket.bind(from);
            socket.set(0, CConstants.IP_TOS, trafficClass);
            PacketBatch packet = new PacketBatch(1, payload.length + PacketBatch.ALIGNMENT_BYTES);
            packet.addCopy(ByteBuffer.wrap(payload), 0, payload.length);
            SendVector vector = new SendVector(1, 1);
            vector.to(vector.add(packet, 0), TARGET_IPV4, targetPort);
            if (socket.send(vector, 0, 1) != 1) {
                throw new IOException("not sent");
            }
        }
    }

    Reply take(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (replies.isEmpty() && receive() == 0 && System.nanoTime() - end < 0) {
            Thread.sleep(1);
        }
        return replies.poll();
    }

    private int receive() {
        int count = 0;
        for (Node node : Node.values()) {
            count += receivers.get(node.ordinal()).receive(batch);
            for (int i = 0; i < batch.size(); i++) {
                byte[] payload = new byte[batch.length(i)];
                batch.buffer().get(batch.offset(i), payload);
                replies.add(new Reply(node, batch.peerPort(i), batch.trafficClass(i), payload));
            }
        }
        return count;
    }

    @Override
    public void close() {
        senders.values().forEach(DatagramSocket::close);
        transports.forEach(DatagramTransport::close);
    }
}
