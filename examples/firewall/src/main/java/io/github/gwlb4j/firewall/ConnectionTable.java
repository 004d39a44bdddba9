package io.github.gwlb4j.firewall;

import io.github.gwlb4j.packet.FlowKey;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The connections that a rule has allowed, so that their replies pass. Belongs to one worker's thread.
 *
 * <p>Bounded. When full, the connection that has been silent longest gives way: ending ones first, then half-open ones, then UDP
 * and the like, then TCP. Looking up allocates nothing. Connections of one timeout stand in a list in order of their last packet, so what
 * has expired is at its head.
 */
final class ConnectionTable {
    /** How long a silent connection is remembered: once both ends have spoken, never shorter than the load balancer does. */
    enum Timeout {
        /** TCP with a reset or both ends finished: only what is still on its way. */
        ENDING(10),
        /** TCP that only one end has spoken on: a handshake not finished, or a flood of them. */
        HALF_OPEN(30),
        /** Everything but TCP, as the load balancer. */
        SHORT(120),
        /** TCP, as the load balancer. */
        TCP(350);

        private final long ns;

        Timeout(int seconds) {
            this.ns = TimeUnit.SECONDS.toNanos(seconds);
        }
    }

    /** One connection. */
    static final class Connection {
        private final FlowKey key;
        private final int rule;
        private Timeout timeout;
        private long lastPacketNs;
        private int finishedDirections;
        private Connection previous;
        private Connection next;

        private Connection(FlowKey key, int rule) {
            this.key = key;
            this.rule = rule;
        }

        /** Index of the rule that allowed it. */
        int rule() {
            return rule;
        }

        boolean isEnding() {
            return timeout == Timeout.ENDING;
        }
    }

    private static final int MAX_EXPIRED_AT_ONCE = 1024;
    private static final Timeout[] TIMEOUTS = Timeout.values();

    private final int max;
    private final Map<FlowKey, Connection> connections = new HashMap<>();
    private final Connection[] lists = new Connection[TIMEOUTS.length];
    private volatile long evicted;
    private volatile int size;

    ConnectionTable(int max) {
        this.max = max;
        for (int i = 0; i < lists.length; i++) {
            Connection sentinel = new Connection(null, -1);
            sentinel.previous = sentinel;
            sentinel.next = sentinel;
            lists[i] = sentinel;
        }
    }

    /** The connection of a flow, or null. */
    Connection find(FlowKey key, long nowNs) {
        Connection connection = connections.get(key);
        if (connection == null) {
            return null;
        }
        if (nowNs - connection.lastPacketNs >= connection.timeout.ns) {
            remove(connection);
            return null;
        }
        return connection;
    }

    /**
     * One of the connection's two ends has spoken. Not for ICMP errors about it: anyone on the way may send them, so they neither
     * answer a handshake nor keep a silent connection.
     */
    void notePacket(Connection connection, boolean isForward, long nowNs) {
        boolean isAnswered = isForward != connection.key.isForward();
        touch(connection, connection.timeout == Timeout.HALF_OPEN && isAnswered ? Timeout.TCP : connection.timeout, nowNs);
    }

    Connection add(FlowKey key, int rule, Timeout timeout, long nowNs) {
        if (connections.size() >= max) {
            evict();
        }
        Connection connection = new Connection(key.copy(), rule);
        connections.put(connection.key, connection);
        connection.timeout = timeout;
        connection.lastPacketNs = nowNs;
        append(connection);
        size = connections.size();
        return connection;
    }

    /** A TCP end has finished (FIN); once both have, the connection is ending. */
    void finish(Connection connection, boolean isForward, long nowNs) {
        connection.finishedDirections |= isForward ? 1 : 2;
        if (connection.finishedDirections == 3) {
            touch(connection, Timeout.ENDING, nowNs);
        }
    }

    /** A TCP connection was reset. */
    void reset(Connection connection, long nowNs) {
        touch(connection, Timeout.ENDING, nowNs);
    }

    void remove(Connection connection) {
        connections.remove(connection.key);
        unlink(connection);
        size = connections.size();
    }

    /** Forgets what has been silent for its timeout; not too many at once, since packets wait meanwhile. */
    void expire(long nowNs) {
        int left = MAX_EXPIRED_AT_ONCE;
        for (Timeout timeout : TIMEOUTS) {
            Connection list = lists[timeout.ordinal()];
            for (; left > 0 && list.next != list && nowNs - list.next.lastPacketNs >= timeout.ns; left--) {
                remove(list.next);
            }
        }
    }

    private void evict() {
        for (Connection list : lists) {
            if (list.next != list) {
                remove(list.next);
                evicted += 1;
                return;
            }
        }
    }

    /** How many connections there are. From any thread, a moment old. */
    int size() {
        return size;
    }

    /** How many had to give way because the table was full. From any thread, a moment old. */
    long evicted() {
        return evicted;
    }

    private void touch(Connection connection, Timeout timeout, long nowNs) {
        unlink(connection);
        connection.timeout = timeout;
        connection.lastPacketNs = nowNs;
        append(connection);
    }

    private void append(Connection connection) {
        Connection list = lists[connection.timeout.ordinal()];
        connection.previous = list.previous;
        connection.next = list;
        list.previous.next = connection;
        list.previous = connection;
    }

    private static void unlink(Connection connection) {
        connection.previous.next = connection.next;
        connection.next.previous = connection.previous;
    }
}
