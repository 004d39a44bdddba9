package io.github.gwlb4j.gwlb.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/**
 * The sockets that replies leave from: one for each source port seen, bound to it, so that a reply keeps the flow's port
 * without any privilege.
 *
 * <p>Belongs to one worker's thread. Bounded: when all are in use, the one that has been silent longest gives way if it has
 * been silent for {@link #MIN_SILENCE_NS}, else the packet is refused; so a flood of new ports cannot push out flows that
 * are alive. A port that could not be bound is not tried again for {@link #RETRY_NS}; the note of that takes no socket and
 * does not count, and there is at most one for each port of a table. Nobody reads what strangers send to these ports: the
 * smallest receive buffer fills up and the kernel drops the rest.
 *
 * <p>Steady state is two array reads and a list splice; opening a socket allocates.
 */
final class ReturnSockets {
    static final long MIN_SILENCE_NS = 1_000_000_000L;
    static final long RETRY_NS = 1_000_000_000L;
    private static final int PORTS = 65_536;

    private final int max;
    private final long idleNs;
    private final boolean isShared;
    /** Ends of a list in order of use, the longest unused one first; a sentinel spares all null checks. */
    private final ReturnSocket order = new ReturnSocket(null, null, 0);
    private volatile int open;
    private volatile boolean isClosed;

    /** One table for each local address. */
    static final class Table {
        private final InetAddress local;
        private final ReturnSocket[] byPort = new ReturnSocket[PORTS];

        Table(InetAddress local) {
            this.local = local;
        }
    }

    /** A bound socket, or the note that its port cannot be bound until later. */
    static final class ReturnSocket {
        private final Table table;
        private final DatagramChannel channel;
        private final int port;
        private long lastUseNs;
        private ReturnSocket previous;
        private ReturnSocket next;

        private ReturnSocket(Table table, DatagramChannel channel, int port) {
            this.table = table;
            this.channel = channel;
            this.port = port;
        }

        /** Null if the port could not be bound. */
        DatagramChannel channel() {
            return channel;
        }
    }

    ReturnSockets(int max, long idleNs, boolean isShared) {
        this.max = max;
        this.idleNs = idleNs;
        this.isShared = isShared;
        order.previous = order;
        order.next = order;
    }

    /** The socket of a local address and port; null if the bound is reached; one without a channel if it cannot be bound. */
    ReturnSocket find(Table table, int port, long nowNs) {
        ReturnSocket socket = table.byPort[port];
        if (socket == null) {
            return open(table, port, nowNs);
        }
        if (socket.channel == null) {
            if (nowNs - socket.lastUseNs < RETRY_NS) {
                return socket;
            }
            remove(socket);
            return open(table, port, nowNs);
        }
        socket.lastUseNs = nowNs;
        if (order.previous != socket) {
            unlink(socket);
            append(socket);
        }
        return socket;
    }

    private ReturnSocket open(Table table, int port, long nowNs) {
        if (isClosed) {
            return null;
        }
        while (open >= max) {
            ReturnSocket eldest = order.next;
            if (nowNs - eldest.lastUseNs < MIN_SILENCE_NS) {
                return null;
            }
            remove(eldest); // perhaps only a note, which makes no room
        }
        ReturnSocket socket = new ReturnSocket(table, bind(table.local, port), port);
        socket.lastUseNs = nowNs;
        table.byPort[port] = socket;
        append(socket);
        if (socket.channel != null) {
            open++;
        }
        return socket;
    }

    private DatagramChannel bind(InetAddress local, int port) {
        DatagramChannel channel = null;
        try {
            channel = DatagramChannel.open(NioTransport.family(local));
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 1);
            if (isShared) {
                // Two load balancer nodes may use one port, and the kernel may give them to two workers.
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            return channel.bind(new InetSocketAddress(local, port));
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            NioTransport.closeQuietly(channel);
            return null;
        }
    }

    /** Closes sockets that were not used for the idle time. */
    void expire(long nowNs) {
        while (order.next != order && nowNs - order.next.lastUseNs >= idleNs) {
            remove(order.next);
        }
    }

    /** Closes all sockets, for good. */
    void close() {
        isClosed = true;
        close(null);
    }

    /** Closes the sockets of one local address, or all if the table is null. */
    void close(Table table) {
        ReturnSocket socket = order.next;
        while (socket != order) {
            ReturnSocket next = socket.next;
            if (table == null || socket.table == table) {
                remove(socket);
            }
            socket = next;
        }
    }

    int open() {
        return open;
    }

    private void remove(ReturnSocket socket) {
        unlink(socket);
        socket.table.byPort[socket.port] = null;
        if (socket.channel != null) {
            NioTransport.closeQuietly(socket.channel);
            open--;
        }
    }

    private void append(ReturnSocket socket) {
        socket.previous = order.previous;
        socket.next = order;
        order.previous.next = socket;
        order.previous = socket;
    }

    private static void unlink(ReturnSocket socket) {
        socket.previous.next = socket.next;
        socket.next.previous = socket.previous;
    }
}
