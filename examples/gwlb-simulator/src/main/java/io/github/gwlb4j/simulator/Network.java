package io.github.gwlb4j.simulator;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/** The sockets of all nodes: sends, and hands on what arrives. Not thread-safe: one thread does both. */
final class Network implements Closeable {
    /** From one socket in one go, so that a flood on one does not starve the others or the sender. */
    private static final int MAX_DATAGRAMS_A_SOCKET = 64;
    private static final long MAX_DISCARD_NS = 100_000_000;

    private final Selector selector;
    private final List<LoadBalancerNode> nodes = new ArrayList<>();
    private final ReceivedDatagram received = new ReceivedDatagram();
    private long portUnreachable;

    /** Told of each datagram; it is valid until this returns. */
    interface Handler {
        void onDatagram(ReceivedDatagram datagram);
    }

    Network(SimulatorSettings settings) throws IOException {
        selector = Selector.open();
        try {
            for (InetAddress source : settings.sources()) {
                nodes.add(new LoadBalancerNode(source, settings.target(), selector, settings.maxSockets()));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    List<LoadBalancerNode> nodes() {
        return nodes;
    }

    /** Errors "port unreachable" from the target's host so far. */
    long portUnreachable() {
        return portUnreachable;
    }

    /** Sends one datagram; false if the socket's buffer is full. */
    boolean send(OutboundPacket packet) throws IOException {
        DatagramChannel channel = packet.flow().socket().channel();
        ByteBuffer datagram = ByteBuffer.wrap(packet.datagram());
        try {
            return write(channel, datagram);
        } catch (PortUnreachableException e) {
            // The error belongs to an earlier datagram; reporting it has cleared it, so this one goes out now.
            portUnreachable++;
            return write(channel, datagram.rewind());
        }
    }

    private boolean write(DatagramChannel channel, ByteBuffer datagram) throws IOException {
        try {
            int length = datagram.remaining();
            return channel.write(datagram) == length;
        } catch (PortUnreachableException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("cannot send " + datagram.remaining() + " bytes from " + text(channel.getLocalAddress()) + " to "
                    + text(channel.getRemoteAddress()) + ": " + e.getMessage(), e);
        }
    }

    private static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() + ":" + inet.getPort() : "?";
    }

    /**
     * Hands on what has arrived.
     *
     * @param waitMs how long to wait if nothing has, 0 for not at all
     * @return number of datagrams
     */
    int receive(long waitMs, Handler handler) throws IOException {
        if (waitMs == 0) {
            selector.selectNow();
        } else {
            selector.select(waitMs);
        }
        int count = 0;
        for (SelectionKey key : selector.selectedKeys()) {
            count += receive(key.attachment(), handler);
        }
        selector.selectedKeys().clear();
        return count;
    }

    private int receive(Object attachment, Handler handler) throws IOException {
        return attachment instanceof FlowSocket socket
                ? receive(socket.channel(), socket.node(), socket, handler)
                : receive(((LoadBalancerNode) attachment).replies(), (LoadBalancerNode) attachment, null, handler);
    }

    private int receive(DatagramChannel channel, LoadBalancerNode node, FlowSocket socket, Handler handler) throws IOException {
        for (int count = 0; count < MAX_DATAGRAMS_A_SOCKET; count++) {
            SocketAddress source;
            try {
                source = channel.receive(received.clear());
            } catch (PortUnreachableException e) {
                portUnreachable++;
                continue;
            }
            if (source == null) {
                return count;
            }
            received.received((InetSocketAddress) source, node, socket, System.nanoTime());
            handler.onDatagram(received);
        }
        return MAX_DATAGRAMS_A_SOCKET;
    }

    /** Throws away what has arrived so far. */
    void discard() throws IOException {
        long start = System.nanoTime();
        while (receive(0, datagram -> { }) > 0 && System.nanoTime() - start < MAX_DISCARD_NS) {
            continue;
        }
    }

    /** Ends a wait in {@link #receive} from another thread. */
    void wakeUp() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        for (LoadBalancerNode node : nodes) {
            node.close();
        }
        selector.close();
    }
}
