package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.tun.Capability;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP/1.1 server on one thread, bounded in connections, bytes and time, for health checks and scrapes.
 *
 * <p>{@link #open}, {@link #start} and {@link #stop} are for its owner, {@link #stats} for anyone, the rest for its thread.
 *
 * <p>Why not the JDK's jdk.httpserver, measured with 17 and 25: as many half-sent requests as its executor has threads, and
 * no check is answered for as long as they stay (its limits of time and connections are system properties for the whole JVM);
 * a POST or a megabyte of garbage is ended by RST; behind 200 silent connections new ones were not accepted at all.
 *
 * <p>At the limit of connections the one whose time is over soonest gives way, but not before it has had {@link #GRACE_NS}:
 * so silent clients are pushed out and a burst of honest ones waits in the backlog instead of pushing out each other.
 */
final class HealthServer {
    static final long GRACE_NS = 100_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
    private static final int BACKLOG = 1024;
    /** A health check must hear within its time although workers use all CPUs. */
    private static final int NICENESS = -10;
    private static final long TICK_MS = 50;
    /** One CPU in so many is the most that requests can take, however many come: the load balancer's take next to nothing. */
    private static final int CPU_SHARE_DIVISOR = 4;
    private static final long CPU_BURST_NS = 250_000_000L;
    private static final long STOP_TIMEOUT_MS = 5_000;
    private static final long LOG_INTERVAL_NS = 10_000_000_000L;

    private final HealthConfig config;
    private final Function<HttpRequest, HttpResponse> pages;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final SelectionKey acceptKey;
    private final Thread thread;
    private final List<HealthConnection> connections = new ArrayList<>();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong badRequests = new AtomicLong();
    private final AtomicLong timeouts = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();
    private final AtomicLong acceptFailures = new AtomicLong();
    private final AtomicLong pauses = new AtomicLong();
    private volatile int openConnections;
    private volatile boolean isRunning = true;
    private volatile boolean isListening = true;
    private boolean hasLogged;
    private long loggedNs;

    private HealthServer(HealthConfig config, Function<HttpRequest, HttpResponse> pages, ServerSocketChannel listener,
                         Selector selector) throws IOException {
        this.config = config;
        this.pages = pages;
        this.listener = listener;
        this.selector = selector;
        this.acceptKey = listener.register(selector, SelectionKey.OP_ACCEPT);
        this.thread = new Thread(this::run, "gwlb4j-health");
    }

    /**
     * Binds the port; nothing is answered before {@link #start}.
     *
     * @param isShared whether another process of this user may have it, too, while one takes over from the other: the system gives each
     *                 connection to one of them
     * @throws IOException if that fails; the message names the fix
     */
    static HealthServer open(HealthConfig config, Function<HttpRequest, HttpResponse> pages, boolean isShared) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        Selector selector = null;
        try {
            selector = Selector.open();
            listener.configureBlocking(false);
            if (isShared) {
                listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            listener.bind(config.address(), BACKLOG);
            return new HealthServer(config, pages, listener, selector);
        } catch (IOException | RuntimeException e) {
            closeQuietly(listener);
            closeQuietly(selector);
            throw explain(config.address(), e);
        }
    }

    private static IOException explain(InetSocketAddress address, Exception cause) {
        int port = address.getPort();
        String message = String.valueOf(cause.getMessage());
        String fix = address.isUnresolved() ? "the host name cannot be resolved; give an address of this machine"
                : message.contains("in use")
                ? "another program uses it ('ss -tlpn sport = " + port + "' names it); stop it or choose another port"
                : message.contains("assign") ? "no interface of this machine has this address ('ip address' lists them)"
                : port < 1024 ? message + "; ports below 1024 need CAP_NET_BIND_SERVICE" : message;
        String full = "cannot serve the health page on TCP " + address.getHostString() + " port " + port + ": " + fix;
        IOException explained = cause instanceof BindException ? new BindException(full) : new SocketException(full);
        explained.initCause(cause);
        return explained;
    }

    void start() {
        thread.start();
    }

    /** The port that is listened on. */
    int port() {
        return listener.socket().getLocalPort();
    }

    /** Takes what waits in the backlog and closes the port, so that new connections go to the process that shares it; those that are open are served. */
    void stopListening() {
        isListening = false;
        selector.wakeup();
    }

    /** Closes the port and all connections; the port can be bound again at once. */
    void stop() {
        isRunning = false;
        selector.wakeup();
        LockSupport.unpark(thread);
        if (Thread.currentThread() != thread) {
            Threads.join(thread, STOP_TIMEOUT_MS);
        }
        closeAll();
    }

    private void closeAll() {
        closeQuietly(listener);
        for (SelectionKey key : selector.isOpen() ? List.copyOf(selector.keys()) : List.<SelectionKey>of()) {
            closeQuietly(key.channel());
        }
        closeQuietly(selector);
    }

    private void run() {
        if (LinuxTransport.unavailableCause() == null) {
            NativeThread.setNiceness(NICENESS); // where it is not allowed, answers may take a few time slices
        }
        Threads.keepOnly(Capability.DAC_OVERRIDE); // strangers' requests need no rights; pages of one's own may read files
        WorkBudget budget = new WorkBudget(CPU_SHARE_DIVISOR, CPU_BURST_NS, System.nanoTime(), WorkBudget.usedByThisThreadNs());
        try {
            while (isRunning) {
                pause(budget.pauseNs(System.nanoTime(), WorkBudget.usedByThisThreadNs()));
                boolean isPaused = !acceptKey.isValid() || acceptKey.interestOps() == 0;
                selector.select(connections.isEmpty() && !isPaused ? 0 : TICK_MS);
                long nowNs = System.nanoTime();
                boolean isClientWaiting = selector.selectedKeys().remove(acceptKey);
                serveReady(nowNs);
                endLate(nowNs);
                connections.removeIf(HealthConnection::isClosed);
                boolean isToPause = isClientWaiting && !accept(nowNs);
                if (!isListening && listener.isOpen()) {
                    accept(nowNs);
                    closeQuietly(listener);
                }
                if (acceptKey.isValid()) {
                    acceptKey.interestOps(isToPause ? 0 : SelectionKey.OP_ACCEPT);
                }
                openConnections = connections.size();
            }
        } catch (Throwable e) {
            if (isRunning) {
                LOG.error("the health server died: health checks will fail", e);
            }
        } finally {
            closeAll();
        }
    }

    private void pause(long ns) {
        if (ns > 0 && isRunning) {
            pauses.incrementAndGet();
            LockSupport.parkNanos(this, ns);
        }
    }

    private void serveReady(long nowNs) {
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof HealthConnection connection) {
                try {
                    connection.onReady(nowNs);
                } catch (Throwable e) { // an Error too, such as no memory: one answer less, not the last one
                    logRarely(nowNs, "a health request failed unexpectedly; its connection is closed", e);
                    connection.close();
                }
            }
        }
        selector.selectedKeys().clear();
    }

    private void endLate(long nowNs) {
        for (HealthConnection connection : connections) {
            if (!connection.isClosed() && nowNs - connection.deadlineNs() >= 0) {
                if (connection.isLate()) {
                    timeouts.incrementAndGet();
                }
                connection.onTimeout(nowNs);
            }
        }
    }

    /**
     * Takes what waits in the backlog, after those that were there before have been served. False if it has to wait there a
     * moment longer.
     */
    private boolean accept(long nowNs) {
        if (connections.size() >= config.maxConnections() && !evictOne(nowNs)) {
            return false;
        }
        try {
            while (connections.size() < config.maxConnections()) {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    break;
                }
                accepted.incrementAndGet();
                add(channel, nowNs);
            }
            return true;
        } catch (IOException e) {
            acceptFailures.incrementAndGet();
            logRarely(nowNs, "cannot accept a health connection (is the limit of open files reached? 'ulimit -n')", e);
            return false;
        }
    }

    private void add(SocketChannel channel, long nowNs) {
        try {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, 0);
            HealthConnection connection = new HealthConnection(this, channel, key, config.maxHeaderBytes(), nowNs);
            key.attach(connection);
            connections.add(connection);
        } catch (IOException e) {
            closeQuietly(channel); // reset while it waited
        }
    }

    private boolean evictOne(long nowNs) {
        HealthConnection victim = null;
        for (HealthConnection connection : connections) {
            if (nowNs - connection.phaseSinceNs() >= GRACE_NS
                    && (victim == null || connection.deadlineNs() - victim.deadlineNs() < 0)) {
                victim = connection;
            }
        }
        if (victim == null) {
            return false;
        }
        evicted.incrementAndGet();
        victim.close();
        return connections.remove(victim);
    }

    private void logRarely(long nowNs, String message, Throwable cause) {
        if (!hasLogged || nowNs - loggedNs >= LOG_INTERVAL_NS) {
            hasLogged = true;
            loggedNs = nowNs;
            LOG.warn(message, cause);
        }
    }

    HttpResponse respond(HttpRequest request) {
        requests.incrementAndGet();
        if (request.status() != 200) {
            badRequests.incrementAndGet();
        }
        return pages.apply(request);
    }

    long requestTimeoutNs() {
        return config.requestTimeout().toNanos();
    }

    long keepAliveNs() {
        return config.keepAlive().toNanos();
    }

    HealthServerStats stats() {
        return new HealthServerStats(openConnections, accepted.get(), requests.get(), badRequests.get(), timeouts.get(),
                evicted.get(), acceptFailures.get(), pauses.get());
    }

    static void closeQuietly(AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception e) {
            LOG.debug("close: {}", e.toString());
        }
    }
}
