package io.github.gwlb4j.gwlb.transport;

import java.util.function.IntFunction;

/**
 * The sockets that replies leave from: one for each source port seen, bound to it, so that a reply keeps the flow's port
 * without any privilege.
 *
 * <p>Belongs to one worker's thread. Bounded: when all are in use, the one that has been silent longest gives way if it has
 * been silent for {@link #MIN_SILENCE_NS}, else the packet is refused; so a flood of new ports cannot push out flows that
 * are alive. A port that could not be bound is not tried again for {@link #RETRY_NS}; the note of that takes no socket and
 * does not count, and there is at most one for each port of a table.
 *
 * <p>Steady state is two array reads and a list splice; opening a socket allocates.
 *
 * @param <S> kind of socket
 */
final class ReturnSockets<S extends AutoCloseable> {
    static final long MIN_SILENCE_NS = 1_000_000_000L;
    static final long RETRY_NS = 1_000_000_000L;
    private static final int PORTS = 65_536;

    private final int max;
    private final long idleNs;
    /** Ends of a list in order of use, the longest unused one first; a sentinel spares all null checks. */
    private final ReturnSocket<S> order = new ReturnSocket<>(null, null, 0);
    private volatile int open;
    private volatile boolean isClosed;

    /** One table for each local address. */
    static final class Table<S extends AutoCloseable> {
        private final IntFunction<S> binder;
        private final ReturnSocket<S>[] byPort = newArray();

        /** Takes what opens a socket on a port of that address; it gives null if that is not possible now. */
        Table(IntFunction<S> binder) {
            this.binder = binder;
        }

        @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
        private static <S extends AutoCloseable> ReturnSocket<S>[] newArray() {
            return new ReturnSocket[PORTS];
        }
    }

    /** A bound socket, or the note that its port cannot be bound until later. */
    static final class ReturnSocket<S extends AutoCloseable> {
        private final Table<S> table;
        private final S socket;
        private final int port;
        private long lastUseNs;
        private ReturnSocket<S> previous;
        private ReturnSocket<S> next;

        private ReturnSocket(Table<S> table, S socket, int port) {
            this.table = table;
            this.socket = socket;
            this.port = port;
        }

        /** Null if the port could not be bound. */
        S socket() {
            return socket;
        }
    }

    ReturnSockets(int max, long idleNs) {
        this.max = max;
        this.idleNs = idleNs;
        order.previous = order;
        order.next = order;
    }

    /** The socket of a local address and port; null if the bound is reached; one without a socket if it cannot be bound. */
    ReturnSocket<S> find(Table<S> table, int port, long nowNs) {
        ReturnSocket<S> found = table.byPort[port];
        if (found == null) {
            return open(table, port, nowNs);
        }
        if (found.socket == null) {
            if (nowNs - found.lastUseNs < RETRY_NS) {
                return found;
            }
            remove(found);
            return open(table, port, nowNs);
        }
        found.lastUseNs = nowNs;
        if (order.previous != found) {
            unlink(found);
            append(found);
        }
        return found;
    }

    /** Whether there is a socket for a local address and port, which does not count as a use. */
    boolean has(Table<S> table, int port) {
        return table.byPort[port] != null && table.byPort[port].socket != null;
    }

    private ReturnSocket<S> open(Table<S> table, int port, long nowNs) {
        if (isClosed) {
            return null;
        }
        while (open >= max) {
            ReturnSocket<S> eldest = order.next;
            if (nowNs - eldest.lastUseNs < MIN_SILENCE_NS) {
                return null;
            }
            remove(eldest); // perhaps only a note, which makes no room
        }
        ReturnSocket<S> opened = new ReturnSocket<>(table, table.binder.apply(port), port);
        opened.lastUseNs = nowNs;
        table.byPort[port] = opened;
        append(opened);
        if (opened.socket != null) {
            open++;
        }
        return opened;
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
    void close(Table<S> table) {
        ReturnSocket<S> socket = order.next;
        while (socket != order) {
            ReturnSocket<S> next = socket.next;
            if (table == null || socket.table == table) {
                remove(socket);
            }
            socket = next;
        }
    }

    int open() {
        return open;
    }

    private void remove(ReturnSocket<S> removed) {
        unlink(removed);
        removed.table.byPort[removed.port] = null;
        if (removed.socket != null) {
            NioTransport.closeQuietly(removed.socket);
            open--;
        }
    }

    private void append(ReturnSocket<S> socket) {
        socket.previous = order.previous;
        socket.next = order;
        order.previous.next = socket;
        order.previous = socket;
    }

    private void unlink(ReturnSocket<S> socket) {
        socket.previous.next = socket.next;
        socket.next.previous = socket.previous;
    }
}
