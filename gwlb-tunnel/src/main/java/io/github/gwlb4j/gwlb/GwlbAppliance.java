package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.internal.ApplianceRuntime;
import io.github.gwlb4j.gwlb.internal.health.HealthService;
import io.github.gwlb4j.gwlb.internal.jmx.ApplianceMBean;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import io.github.gwlb4j.packet.Cidr;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * An appliance behind an AWS Gateway Load Balancer: receives GENEVE, asks a {@link PacketHandler} about each packet, sends
 * back what it forwards.
 *
 * <p>Usable from any thread. The life of one: {@link #builder()}, {@link Builder#build()}, {@link #start()}, perhaps
 * {@link #drain}, {@link #close()}; it cannot be started again.
 *
 * <pre>{@code
 * try (GwlbAppliance appliance = GwlbAppliance.builder()
 *         .handler(worker -> packet -> Verdict.FORWARD)
 *         .build().start()) {
 *     appliance.awaitClose();
 * }
 * }</pre>
 */
public final class GwlbAppliance implements AutoCloseable {
    private final ApplianceConfig config;
    private ApplianceRuntime runtime;
    private volatile HealthService health;
    private ApplianceMBean mbean;
    private volatile State state = State.NEW;

    /** Where an appliance stands in its life. */
    public enum State {
        /** Built, not started. */
        NEW,
        /** Forwarding. */
        RUNNING,
        /** Forwarding what still comes, expecting to be closed. */
        DRAINING,
        /** Closed, or never started and closed. */
        CLOSED
    }

    private GwlbAppliance(ApplianceConfig config) {
        this.config = config;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the sockets, makes the handlers and starts the threads.
     *
     * @return this
     * @throws IOException           if a socket cannot be opened or there is no memory for the buffers; the message names the
     *                               fix; nothing stays open, and it may be tried again
     * @throws IllegalStateException if this appliance was started or closed before, or its name is taken in JMX
     */
    public synchronized GwlbAppliance start() throws IOException {
        if (state != State.NEW) {
            throw new IllegalStateException("this appliance is " + state + " and cannot be started; build a new one");
        }
        DatagramTransport transport = config.transport != null ? config.transport.get()
                : new NioTransport(config.listen, config.receiveBufferBytes, config.maxReturnSockets, config.returnSocketIdle.toNanos());
        ApplianceRuntime starting = new ApplianceRuntime(transport, config.admission, config.listener, config.workers, config.maxTunnels,
                config.tunnelIdleTimeout.toNanos(), config.isPoisoning, this::close);
        HealthService judge = new HealthService(config.name, config.health, config.healthContributors, this::state,
                starting::stats, starting::problems);
        try {
            judge.open();
            starting.start(config.handlers, config.optionClass, config.isFailOpen);
        } catch (Throwable e) { // whatever it is, an Error too, nothing stays open
            judge.stop();
            transport.close();
            throw e;
        }
        runtime = starting;
        health = judge;
        registerInJmx();
        state = State.RUNNING;
        health.start();
        return this;
    }

    private void registerInJmx() {
        if (!config.isInJmx) {
            return;
        }
        try {
            mbean = ApplianceMBean.register(config.name, health, this::state, runtime::stats);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Judges this appliance's health: it runs, its workers get on, and no health contributor objects.
     *
     * @return healthy, or all that is wrong
     */
    public HealthStatus health() {
        HealthService judge = health;
        return judge != null ? judge.status() : HealthStatus.unhealthy("not started yet");
    }

    /**
     * Goes on forwarding until no packet has come for a second or the time is over, whichever is first; then it is the
     * moment to {@link #close()}. Waits meanwhile.
     *
     * @param atMost how long; the load balancer's deregistration delay is a good choice (default there: 300 s)
     * @return whether traffic has ended
     * @throws InterruptedException if the waiting thread is interrupted; the appliance stays draining
     */
    public boolean drain(Duration atMost) throws InterruptedException {
        synchronized (this) {
            if (state != State.RUNNING && state != State.DRAINING) {
                return true;
            }
            state = State.DRAINING;
        }
        return runtime.awaitSilence(atMost.toNanos());
    }

    /**
     * Waits until {@link #close()} has been called, by whichever thread.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public synchronized void awaitClose() throws InterruptedException {
        while (state != State.CLOSED) {
            wait();
        }
    }

    /**
     * Stops the workers, closes the sockets and the handlers, and destroys all tunnels. Safe from any state and any thread,
     * also again; a handler or listener that does not return is waited for ten seconds each, then left behind. While one
     * thread closes, a call on another returns at once.
     */
    @Override
    public void close() {
        boolean isToStop;
        synchronized (this) {
            isToStop = state != State.CLOSED && runtime != null;
            state = State.CLOSED;
            notifyAll();
        }
        if (isToStop) {
            stop();
        }
    }

    /** The health page last, so that checks hear 503, not silence, while the rest ends. */
    private void stop() {
        runtime.stop();
        if (mbean != null) {
            mbean.unregister();
        }
        health.stop();
    }

    /**
     * Where this appliance stands in its life.
     *
     * @return a moment old when another thread changes it
     */
    public State state() {
        return state;
    }

    /**
     * Reads all counters. They stay readable after {@link #close()}.
     *
     * @return a snapshot for which {@link ApplianceStats#isBalanced()} holds
     * @throws IllegalStateException if the appliance has not been started
     */
    public synchronized ApplianceStats stats() {
        if (runtime == null) {
            throw new IllegalStateException("this appliance has not been started: it has no statistics");
        }
        return runtime.stats();
    }

    /** Collects the settings of an appliance. Not thread-safe. */
    public static final class Builder {
        InetSocketAddress listen = new InetSocketAddress("0.0.0.0", Geneve.UDP_PORT);
        int workers = 1;
        int receiveBufferBytes = 4 << 20;
        int maxReturnSockets = 8192;
        Duration returnSocketIdle = Duration.ofSeconds(30);
        int maxTunnels = 1024;
        Duration tunnelIdleTimeout = Duration.ofSeconds(6000);
        int optionClass = Gwlb.OPTION_CLASS;
        final Set<Cidr> allowedSources = new LinkedHashSet<>();
        final Set<Long> allowedEndpoints = new LinkedHashSet<>();
        boolean isFailOpen;
        boolean isPoisoning = GwlbAppliance.class.desiredAssertionStatus();
        PacketHandler.Factory handlers;
        TunnelListener listener = new TunnelListener() { };
        Supplier<DatagramTransport> transport;
        String name;
        boolean isInJmx = true;
        HealthConfig health;
        final Map<String, HealthContributor> healthContributors = new LinkedHashMap<>();

        private Builder() {
        }

        /**
         * Where to receive GENEVE.
         *
         * @param address local address and UDP port, default {@code 0.0.0.0:6081}; a wildcard stands for every local address
         * @return this
         */
        public Builder listen(InetSocketAddress address) {
            listen = address;
            return this;
        }

        /**
         * How many threads handle packets, each with its own handler. The kernel keeps a flow's two directions on one of them.
         *
         * @param count 1 to 256, default 1; more than 1 needs SO_REUSEPORT (Linux)
         * @return this
         */
        public Builder workers(int count) {
            workers = count;
            return this;
        }

        /**
         * Receive buffer to ask the system for. Too small loses packets in bursts; the log says if less was granted.
         *
         * @param bytes 4096 to 2^30, default 4 MiB
         * @return this
         */
        public Builder receiveBufferBytes(int bytes) {
            receiveBufferBytes = bytes;
            return this;
        }

        /**
         * Most sockets that each worker keeps for replies: one for each source port that the load balancer uses. When all are
         * in use, flows on further ports are dropped as {@link DropReason#RETURN_PORT_LIMIT}.
         *
         * @param count 1 to 65,536, default 8192; fewer if the limit of open files does not allow them, and
         *              the log says so then
         * @return this
         */
        public Builder maxReturnSockets(int count) {
            maxReturnSockets = count;
            return this;
        }

        /**
         * How long a reply socket stays open unused. The next packet opens it again.
         *
         * @param idle positive, default 30 s
         * @return this
         */
        public Builder returnSocketIdle(Duration idle) {
            returnSocketIdle = idle;
            return this;
        }

        /**
         * Most tunnels at a time. Packets of further endpoints are dropped as {@link DropReason#TUNNEL_LIMIT}. While there are that
         * many, a minute of silence ends a tunnel, so that made-up endpoints do not keep real ones out for long.
         *
         * @param count 1 to 65,536, default 1024
         * @return this
         */
        public Builder maxTunnels(int count) {
            maxTunnels = count;
            return this;
        }

        /**
         * Silence after which a tunnel times out.
         *
         * @param timeout zero for never; default 6000 s, the longest flow idle timeout that a load balancer can be given
         * @return this
         */
        public Builder tunnelIdleTimeout(Duration timeout) {
            tunnelIdleTimeout = timeout;
            return this;
        }

        /**
         * Class of the load balancer's GENEVE options.
         *
         * @param optionClass 0 to 65535, default {@link Gwlb#OPTION_CLASS}
         * @return this
         */
        public Builder optionClass(int optionClass) {
            this.optionClass = optionClass;
            return this;
        }

        /**
         * Restricts who may send: datagrams of others are dropped as {@link DropReason#SOURCE_NOT_ALLOWED}. A security group
         * should do the same outside; an appliance that takes packets from anyone can be made to inject them.
         *
         * @param network of load balancer nodes, such as their subnets; call again for more; none at all admits everyone
         * @return this
         */
        public Builder allowSource(Cidr network) {
            allowedSources.add(Objects.requireNonNull(network, "network"));
            return this;
        }

        /**
         * Restricts the endpoints: packets of others are dropped as {@link DropReason#ENDPOINT_NOT_ALLOWED} and make no tunnel.
         *
         * @param endpointId id of an endpoint's network interface; call again for more; none at all admits every endpoint
         * @return this
         */
        public Builder allowEndpoint(long endpointId) {
            allowedEndpoints.add(endpointId);
            return this;
        }

        /**
         * Whether a packet is forwarded, not dropped, when the handler throws on it.
         *
         * @param isFailOpen default false: fail closed, as a security appliance should
         * @return this
         */
        public Builder failOpen(boolean isFailOpen) {
            this.isFailOpen = isFailOpen;
            return this;
        }

        /**
         * Whether to overwrite packets as soon as their handler is done with them, so that code which keeps a view is caught.
         *
         * @param isPoisoning default: whether Java assertions are on (-ea), as they are in most test runs
         * @return this
         */
        public Builder poisonPackets(boolean isPoisoning) {
            this.isPoisoning = isPoisoning;
            return this;
        }

        /**
         * The appliance's logic. There is no default.
         *
         * @param factory makes a handler for each worker
         * @return this
         */
        public Builder handler(PacketHandler.Factory factory) {
            handlers = factory;
            return this;
        }

        /**
         * Who is told of tunnels.
         *
         * @param listener default: nobody
         * @return this
         */
        public Builder listener(TunnelListener listener) {
            this.listener = listener;
            return this;
        }

        /**
         * Another edge to the network, for tests. The settings of listen address, receive buffer and reply sockets are the
         * transport's own then.
         *
         * @param transport called once by {@link GwlbAppliance#start()}; default {@link NioTransport}
         * @return this
         */
        public Builder transport(Supplier<DatagramTransport> transport) {
            this.transport = transport;
            return this;
        }

        /**
         * What this appliance is called on its health page and in JMX.
         *
         * @param name 1 to 100 characters; default {@code gwlb4j-1} and so on
         * @return this
         */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /**
         * Whether the platform's MBean server shows this appliance as {@code io.github.gwlb4j:type=Appliance,name=…} while it
         * runs; see {@link ApplianceMXBean}.
         *
         * @param isInJmx default true
         * @return this
         */
        public Builder jmx(boolean isInJmx) {
            this.isInJmx = isInJmx;
            return this;
        }

        /**
         * The HTTP health page, for the load balancer's health checks, for people and for Prometheus.
         *
         * @param config for example {@link HealthConfig#onPort}; null, the default, for none
         * @return this
         */
        public Builder health(HealthConfig config) {
            health = config;
            return this;
        }

        /**
         * Adds a say in whether the appliance is healthy, with or without a health page. Call it for each contributor.
         *
         * @param name        stands before its problems; the same name again replaces the earlier one
         * @param contributor is asked about once a second
         * @return this
         */
        public Builder healthContributor(String name, HealthContributor contributor) {
            healthContributors.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(contributor, "contributor"));
            return this;
        }

        /**
         * Checks and seals the settings.
         *
         * @return an appliance that has not been started
         * @throws IllegalArgumentException if a setting is missing or out of range; the message names it
         */
        public GwlbAppliance build() {
            return new GwlbAppliance(new ApplianceConfig(this));
        }
    }
}
