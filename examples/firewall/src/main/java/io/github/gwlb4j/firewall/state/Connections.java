package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;

/**
 * The connections of one worker: opens, advances and ends them. They hang on the library's flows, which find and expire them; here are
 * the handshakes in progress, and the objects of ended connections, to be used again. Belongs to the worker's thread; the counters may
 * be read from any.
 */
final class Connections {
    private final HalfOpenConnections halfOpen;
    private final ClientStreams streams;
    private final long[] timeoutNs = new long[TcpState.Timeout.values().length];
    /** Ended ones, linked by {@code newer}. */
    private Connection pool;
    private volatile int size;
    private volatile int halfOpenSize;
    private volatile long opened;
    private volatile long evicted;

    Connections(EngineSettings settings, ClientStreams streams, int halfOpenLimit, int halfOpenLimitPerSource) {
        this.streams = streams;
        halfOpen = new HalfOpenConnections(halfOpenLimit, halfOpenLimitPerSource, settings.maxConnections());
        for (TcpState.Timeout timeout : TcpState.Timeout.values()) {
            timeoutNs[timeout.ordinal()] = Math.min(timeout.ns(), settings.tcpTimeout().toNanos());
        }
        timeoutNs[TcpState.Timeout.OPEN.ordinal()] = settings.tcpTimeout().toNanos();
    }

    void setHalfOpenLimits(int total, int perSource) {
        halfOpen.setLimits(total, perSource);
    }

    /** Whether a source may begin another TCP connection. */
    boolean admitsHandshake(long sourceTag) {
        return halfOpen.admits(sourceTag);
    }

    /** Begins a TCP connection; the handshake that has waited longest gives way if there are too many. */
    Connection openTcp(Flow flow, TcpState state, long sourceTag) {
        Connection connection = open(flow);
        connection.tcp = state;
        connection.sourceTag = sourceTag;
        if (state.isHalfOpen()) {
            Connection oldest = halfOpen.oldestIfFull();
            if (oldest != null) {
                evicted++;
                oldest.flow.forget();
            }
            halfOpen.add(connection);
            halfOpenSize = halfOpen.size();
        }
        flow.setTimeoutNs(timeoutNs[state.timeout().ordinal()]);
        return connection;
    }

    /** Begins a connection of another protocol. */
    Connection openOther(Flow flow) {
        Connection connection = open(flow);
        flow.setTimeoutNs(EngineSettings.UNANSWERED_NS);
        return connection;
    }

    private Connection open(Flow flow) {
        Connection connection = pool;
        if (connection == null) {
            connection = new Connection();
        } else {
            pool = connection.newer;
            connection.newer = null;
        }
        connection.flow = flow;
        flow.attach(connection);
        size++;
        opened++;
        return connection;
    }

    /** A TCP connection goes on to another state, or stays. */
    void advance(Connection connection, TcpState next) {
        TcpState before = connection.tcp;
        if (next == before) {
            return;
        }
        connection.tcp = next;
        if (before.isHalfOpen() && !next.isHalfOpen()) {
            halfOpen.remove(connection);
            halfOpenSize = halfOpen.size();
        }
        if (before.timeout() != next.timeout()) {
            connection.flow.setTimeoutNs(timeoutNs[next.timeout().ordinal()]);
        }
    }

    /** The responder of a connection that is not TCP has been heard. */
    void answer(Connection connection) {
        connection.isAnswered = true;
        connection.flow.setTimeoutNs(EngineSettings.ANSWERED_NS);
    }

    /** Nothing of a connection passes any more, until it has been silent for a while. */
    void block(Connection connection, Action action, DecisionCause cause) {
        if (halfOpen.contains(connection)) {
            halfOpen.remove(connection);
            halfOpenSize = halfOpen.size();
        }
        streams.giveBack(connection);
        connection.isRead = false;
        connection.blockedAction = action;
        connection.blockedCause = cause;
        connection.flow.setTimeoutNs(TcpState.Timeout.HALF_OPEN.ns());
    }

    /** Forgets a connection whose flow goes on with another one. */
    void detach(Connection connection) {
        connection.flow.attach(null);
        release(connection);
    }

    /** A flow has ended, for whatever reason. */
    void onFlowEnd(Flow flow, FlowEnd end) {
        if (flow.attachment() instanceof Connection connection) {
            if (end == FlowEnd.EVICTED) {
                evicted++;
            }
            release(connection);
        }
    }

    private void release(Connection connection) {
        if (halfOpen.contains(connection)) {
            halfOpen.remove(connection);
            halfOpenSize = halfOpen.size();
        }
        streams.giveBack(connection);
        connection.clear();
        connection.newer = pool;
        pool = connection;
        size--;
    }

    /** Connections now. From any thread, a moment old. */
    int size() {
        return size;
    }

    /** Of these, TCP handshakes that are not complete. From any thread, a moment old. */
    int halfOpen() {
        return halfOpenSize;
    }

    /** Connections since the start. From any thread, a moment old. */
    long opened() {
        return opened;
    }

    /** Connections that had to give way, because the table or the list of handshakes was full. From any thread, a moment old. */
    long evicted() {
        return evicted;
    }
}
