package io.github.gwlb4j.gwlb.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The portable transport: Java's own sockets, no privileges, any operating system.
 *
 * <p>Java cannot tell which local address a datagram came to, so a wildcard is opened as one socket for each local address,
 * and addresses that appear or go later are followed. What it costs: the JDK makes address objects for senders while
 * receiving, and neither DSCP nor ECN can be seen
 * or set. Receive-buffer drops are read from /proc on Linux and not known elsewhere.
 */
public final class NioTransport implements DatagramTransport {
    private static final Logger LOG = LoggerFactory.getLogger(NioTransport.class);

    private final InetSocketAddress listen;
    private final int receiveBufferBytes;
    private final int maxReturnSockets;
    private final long returnSocketIdleNs;
    private final List<NioPort> ports = new ArrayList<>();
    private final SocketDrops drops = new SocketDrops(Path.of("/proc/thread-self/net"));
    private int grantedReceiveBufferBytes;
    private int affordableReturnSockets;

    /**
     * Describes a transport; nothing is opened yet.
     *
     * @param listen             local address and UDP port; a wildcard stands for every local address
     * @param receiveBufferBytes receive buffer to ask the system for, for each socket
     * @param maxReturnSockets   most sockets that each worker keeps for replies, 1 or more; fewer if the limit of open files
     *                           does not allow as many
     * @param returnSocketIdleNs a reply socket is closed when unused for this long, in nanoseconds
     */
    public NioTransport(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        this.listen = listen;
        this.receiveBufferBytes = receiveBufferBytes;
        this.maxReturnSockets = maxReturnSockets;
        this.returnSocketIdleNs = returnSocketIdleNs;
    }

    @Override
    public synchronized DatagramPort open(int workerIndex, int workerCount) throws IOException {
        LocalAddresses.requireUsable(listen);
        if (ports.isEmpty()) {
            affordableReturnSockets = OpenFiles.affordable(maxReturnSockets, workerCount, OpenFiles.left());
        }
        boolean isShared = workerCount > 1;
        NioPort port = new NioPort(this, new ReturnSockets<>(affordableReturnSockets, returnSocketIdleNs), isShared);
        try {
            Set<InetAddress> addresses = LocalAddresses.behind(listen.getAddress());
            if (addresses.isEmpty()) {
                throw new SocketException("no network interface of this machine is up");
            }
            if (isShared && ports.isEmpty()) {
                requireFree(addresses);
            }
            for (InetAddress address : addresses) {
                port.listen(address);
            }
        } catch (IOException | RuntimeException e) {
            port.close();
            throw e;
        }
        ports.add(port);
        return port;
    }

    /** The workers share the port (SO_REUSEPORT), and so would another appliance of this user: each would get some of the flows, unnoticed. */
    private void requireFree(Set<InetAddress> addresses) throws IOException {
        for (InetAddress address : addresses) {
            openListener(address, false).close();
        }
    }

    /** Opens a socket that receives; the message of a failure names the fix. */
    DatagramChannel openListener(InetAddress local, boolean isShared) throws IOException {
        DatagramChannel channel = DatagramChannel.open(family(local));
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
            grantedReceiveBufferBytes = channel.getOption(StandardSocketOptions.SO_RCVBUF);
            if (isShared) {
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            return channel.bind(new InetSocketAddress(local, listen.getPort()));
        } catch (BindException e) {
            closeQuietly(channel);
            throw explain(local, e);
        } catch (UnsupportedOperationException e) {
            closeQuietly(channel);
            throw new SocketException("this system cannot share a UDP port between workers (SO_REUSEPORT): set workers to 1");
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    /**
     * Opens a socket that only sends; null if its port cannot be bound. Nobody reads what strangers send to it: the smallest
     * receive buffer fills up and the kernel drops the rest.
     */
    static DatagramChannel openReturnSocket(InetAddress local, int port, boolean isShared) {
        DatagramChannel channel = null;
        try {
            channel = DatagramChannel.open(family(local));
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 1);
            if (isShared) {
                // Two load balancer nodes may use one port, and the kernel may give them to two workers.
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            return channel.bind(new InetSocketAddress(local, port));
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            closeQuietly(channel);
            return null;
        }
    }

    private BindException explain(InetAddress local, BindException cause) {
        String where = "cannot listen on UDP " + local.getHostAddress() + " port " + listen.getPort() + ": ";
        String message = String.valueOf(cause.getMessage());
        String fix = message.contains("in use")
                ? "another program uses it ('ss -ulpn sport = " + listen.getPort() + "' names it); stop it or choose another port"
                : message.contains("assign") ? "no interface of this machine has this address ('ip address' lists them)"
                : listen.getPort() < 1024 ? message + "; ports below 1024 need CAP_NET_BIND_SERVICE" : message;
        BindException explained = new BindException(where + fix);
        explained.initCause(cause);
        return explained;
    }

    /** Follows local addresses that appear and go, if the wildcard is listened on, and looks for receive-buffer drops. */
    @Override
    public synchronized void maintain() {
        followAddresses();
        Set<InetSocketAddress> listening = new HashSet<>();
        ports.forEach(port -> port.addLocalAddresses(listening));
        drops.poll(listening, System.nanoTime());
    }

    private void followAddresses() {
        if (!listen.getAddress().isAnyLocalAddress()) {
            return;
        }
        try {
            Set<InetAddress> addresses = LocalAddresses.behind(listen.getAddress());
            for (NioPort port : ports) {
                port.offerAddresses(addresses);
            }
        } catch (SocketException e) {
            LOG.debug("cannot list local addresses: {}", e.getMessage());
        }
    }

    @Override
    public long receiveBufferDrops() {
        return drops.total();
    }

    @Override
    public synchronized String describe() {
        if (grantedReceiveBufferBytes < receiveBufferBytes) {
            LOG.warn("receive buffer is {} KiB, not {} KiB as asked: bursts may be lost. 'sysctl -w net.core.rmem_max={}' allows it",
                    grantedReceiveBufferBytes >> 10, receiveBufferBytes >> 10, receiveBufferBytes);
        }
        OpenFiles.warnIfFewer(affordableReturnSockets, maxReturnSockets);
        return "portable NIO transport on UDP " + listen.getAddress().getHostAddress() + " port " + listen.getPort()
                + ", receive buffer " + (grantedReceiveBufferBytes >> 10) + " KiB, up to " + affordableReturnSockets + " reply ports";
    }

    @Override
    public synchronized void close() {
        ports.forEach(NioPort::close);
        ports.clear();
    }

    static ProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    static void closeQuietly(AutoCloseable closeable) {
        if (closeable == null) {
            return;
        }
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.debug("close: {}", e.toString());
        }
    }
}
