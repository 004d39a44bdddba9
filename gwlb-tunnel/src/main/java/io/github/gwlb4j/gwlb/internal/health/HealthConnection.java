package io.github.gwlb4j.gwlb.internal.health;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * One client of the health server: reads a request, writes its answer, and again; at the end says FIN and reads on until the
 * client does too.
 *
 * <p>Belongs to the server's thread. The end matters: a socket closed while bytes are unread makes the kernel send RST, which
 * may destroy the answer on its way and which health checks count as a failure.
 */
final class HealthConnection {
    static final long LINGER_NS = 2_000_000_000L;
    private static final int MAX_LINGER_BYTES = 4 << 20;

    private enum Phase { READING, WRITING, LINGERING, CLOSED }

    private final HealthServer server;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer received;
    private final boolean isFromLoopback;
    private Phase phase = Phase.READING;
    private ByteBuffer answer;
    private boolean keepAlive;
    private int lingeredBytes;
    private long phaseSinceNs;
    private long deadlineNs;

    HealthConnection(HealthServer server, SocketChannel channel, SelectionKey key, int maxHeaderBytes, long nowNs) {
        this.server = server;
        this.channel = channel;
        this.key = key;
        this.received = ByteBuffer.allocate(maxHeaderBytes);
        this.isFromLoopback = isLoopback(channel.socket().getLocalAddress()) && isLoopback(channel.socket().getInetAddress());
        enter(Phase.READING, SelectionKey.OP_READ, nowNs, server.requestTimeoutNs());
    }

    /** Null if the client has gone already. */
    private static boolean isLoopback(InetAddress address) {
        return address != null && address.isLoopbackAddress();
    }

    private void enter(Phase next, int interest, long nowNs, long timeNs) {
        phase = next;
        phaseSinceNs = nowNs;
        deadlineNs = nowNs + timeNs;
        key.interestOps(interest);
    }

    /** Does what the socket is ready for. */
    void onReady(long nowNs) {
        try {
            switch (phase) {
                case READING -> read(nowNs);
                case WRITING -> write(nowNs);
                case LINGERING -> discard();
                default -> { }
            }
        } catch (IOException e) {
            close(); // reset by the client: nothing to say, nobody to say it to
        }
    }

    private void read(long nowNs) throws IOException {
        if (channel.read(received) < 0) {
            close();
            return;
        }
        int end = HttpRequest.end(received);
        if (end >= 0) {
            answer(HttpRequest.parse(received, end, isFromLoopback), received.position() > end, nowNs);
        } else if (!received.hasRemaining()) {
            answer(HttpRequest.refused(431), true, nowNs);
        }
    }

    /** Bytes behind the request, a body or a pipelined request, are not looked at: the connection ends with this answer. */
    private void answer(HttpRequest request, boolean hasMoreBytes, long nowNs) throws IOException {
        keepAlive = request.keepAlive() && !hasMoreBytes;
        answer = server.respond(request).encode(request, keepAlive);
        received.clear();
        enter(Phase.WRITING, SelectionKey.OP_WRITE, nowNs, server.requestTimeoutNs());
        write(nowNs);
    }

    private void write(long nowNs) throws IOException {
        channel.write(answer);
        if (answer.hasRemaining()) {
            return;
        }
        answer = null;
        if (keepAlive) {
            enter(Phase.READING, SelectionKey.OP_READ, nowNs, server.keepAliveNs());
        } else {
            finish(nowNs);
        }
    }

    private void finish(long nowNs) throws IOException {
        channel.shutdownOutput();
        enter(Phase.LINGERING, SelectionKey.OP_READ, nowNs, LINGER_NS);
    }

    private void discard() throws IOException {
        int count = channel.read(received.clear());
        lingeredBytes += Math.max(0, count);
        if (count < 0 || lingeredBytes > MAX_LINGER_BYTES) {
            close();
        }
    }

    /** The time is over. */
    void onTimeout(long nowNs) {
        try {
            if (phase == Phase.READING) {
                finish(nowNs);
            } else {
                close();
            }
        } catch (IOException e) {
            close();
        }
    }

    /** Whether a client took too long with its request or its answer; waiting for a next request or for its FIN is no fault. */
    boolean isLate() {
        return phase == Phase.WRITING || phase == Phase.READING && (received.position() > 0 || !keepAlive);
    }

    boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    long phaseSinceNs() {
        return phaseSinceNs;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    void close() {
        phase = Phase.CLOSED;
        answer = null;
        key.cancel();
        HealthServer.closeQuietly(channel);
    }
}
