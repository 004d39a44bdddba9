package io.github.gwlb4j.simulator;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One node of the load balancer: an address, the socket where replies arrive, and a socket for each source port in use.
 * Not thread-safe.
 *
 * <p>A reply goes to the GENEVE port of the node, whatever the source port of its flow: ports are kept, not swapped. The
 * sockets that send are polled too, because an appliance that swaps the ports answers there.
 */
final class LoadBalancerNode implements Closeable {
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;
    private static final int FIRST_SUBSTITUTE_PORT = 61000;
    private static final int SUBSTITUTE_PORTS = 65536 - FIRST_SUBSTITUTE_PORT;
    private static final int BIND_ATTEMPTS = 64;

    private final InetAddress address;
    private final InetSocketAddress target;
    private final Selector selector;
    private final int maxSockets;
    private final DatagramChannel replies;
    private final Map<Integer, FlowSocket> socketsByWantedPort = new HashMap<>();
    private final List<FlowSocket> sockets = new ArrayList<>();

    LoadBalancerNode(InetAddress address, InetSocketAddress target, Selector selector, int maxSockets) throws IOException {
        this.address = address;
        this.target = target;
        this.selector = selector;
        this.maxSockets = maxSockets;
        requireLocal(address);
        this.replies = open();
        try {
            replies.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            replies.bind(new InetSocketAddress(address, target.getPort()));
            replies.register(selector, SelectionKey.OP_READ, this);
        } catch (BindException e) {
            replies.close();
            throw portTaken(e);
        } catch (IOException | RuntimeException e) {
            replies.close();
            throw e;
        }
    }

    private void requireLocal(InetAddress address) throws IOException {
        try (DatagramChannel probe = open()) {
            probe.bind(new InetSocketAddress(address, 0));
        } catch (BindException e) {
            String text = address.getHostAddress();
            String fix = address.isLoopbackAddress()
                    ? "add it, on macOS with 'sudo ifconfig lo0 alias " + text + " up'"
                    : "use one that 'ip address' (macOS: 'ifconfig') shows";
            throw new IOException("source " + text + " is not an address of this machine: " + fix, e);
        }
    }

    private IOException portTaken(BindException e) {
        return new IOException(address.getHostAddress() + " UDP port " + target.getPort()
                + " is taken, and replies arrive there: another simulator on this source, or an appliance that listens on this or"
                + " on every address (let it listen on " + target.getAddress().getHostAddress() + " only)", e);
    }

    private DatagramChannel open() throws IOException {
        DatagramChannel channel = DatagramChannel.open(
                address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        channel.configureBlocking(false);
        return channel;
    }

    /**
     * The socket for flows that want a source port. A port that is privileged, taken, or one too many for the limit is
     * replaced, by the same one each time.
     *
     * @param wantedPort 0 to 65535
     */
    FlowSocket socket(int wantedPort) throws IOException {
        FlowSocket socket = socketsByWantedPort.get(wantedPort);
        if (socket == null) {
            socket = sockets.size() < maxSockets ? bind(wantedPort) : sockets.get(wantedPort % sockets.size());
            socketsByWantedPort.put(wantedPort, socket);
        }
        return socket;
    }

    boolean hasSocketFor(int wantedPort) {
        return socketsByWantedPort.containsKey(wantedPort);
    }

    boolean canOpenMoreSockets() {
        return sockets.size() < maxSockets;
    }

    private FlowSocket bind(int wantedPort) throws IOException {
        FlowSocket socket = wantedPort < FIRST_UNPRIVILEGED_PORT ? null : tryBind(wantedPort);
        for (int i = 0; socket == null && i < BIND_ATTEMPTS; i++) {
            socket = tryBind(FIRST_SUBSTITUTE_PORT + (wantedPort + i) % SUBSTITUTE_PORTS);
        }
        if (socket == null) {
            throw new IOException("no free UDP source port on " + address.getHostAddress() + ": " + BIND_ATTEMPTS
                    + " from " + FIRST_SUBSTITUTE_PORT + " up are taken");
        }
        sockets.add(socket);
        return socket;
    }

    /** Null if the port is taken. */
    private FlowSocket tryBind(int port) throws IOException {
        if (port == target.getPort()) {
            return null;
        }
        DatagramChannel channel = open();
        try {
            channel.bind(new InetSocketAddress(address, port));
            channel.connect(target);
            FlowSocket socket = new FlowSocket(this, port, channel);
            channel.register(selector, SelectionKey.OP_READ, socket);
            return socket;
        } catch (BindException e) {
            channel.close();
            return null;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException("cannot send from " + address.getHostAddress() + " to " + target.getAddress().getHostAddress()
                    + ": " + e.getMessage(), e);
        }
    }

    InetAddress address() {
        return address;
    }

    DatagramChannel replies() {
        return replies;
    }

    @Override
    public void close() throws IOException {
        replies.close();
        for (FlowSocket socket : sockets) {
            socket.channel().close();
        }
    }
}
