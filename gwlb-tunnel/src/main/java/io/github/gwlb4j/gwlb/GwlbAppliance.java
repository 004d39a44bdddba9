package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.internal.ApplianceRuntime;
import io.github.gwlb4j.gwlb.internal.health.HealthService;
import io.github.gwlb4j.gwlb.internal.jmx.ApplianceMBean;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;

/**
 * An appliance behind an AWS Gateway Load Balancer: receives GENEVE, asks a {@link PacketHandler} about each packet, sends
 * back what it forwards.
 *
 * <p>Usable from any thread. The life of one: {@link #builder()}, {@link GwlbApplianceBuilder#build()}, {@link #start()}, perhaps
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

    GwlbAppliance(ApplianceConfig config) {
        this.config = config;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static GwlbApplianceBuilder builder() {
        return new GwlbApplianceBuilder();
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
        DatagramTransport transport = config.transport != null ? config.transport.get() : defaultTransport();
        ApplianceRuntime starting = new ApplianceRuntime(transport, config.tunnelRules, config.packetRules, config.tun,
                config.tun.flows(), config.capture, config.listeners, config.workers, config.workerCpus, this::close);
        HealthService judge = new HealthService(config.name, config.health, config.healthContributors, this::state,
                starting::stats, starting::problems);
        try {
            judge.open();
            starting.start(config.handlers);
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

    /** The fast one where it works. */
    private DatagramTransport defaultTransport() {
        long idleNs = config.returnSocketIdle.toNanos();
        boolean isIpv4 = config.listen.getAddress() instanceof Inet4Address;
        return isIpv4 && LinuxTransport.unavailableCause() == null
                ? new LinuxTransport(config.listen, config.receiveBufferBytes, config.maxReturnSockets, idleNs, config.returnPath)
                : new NioTransport(config.listen, config.receiveBufferBytes, config.maxReturnSockets, idleNs);
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
     * Makes an endpoint's tunnel, as its first packet would. Returns at once; listeners tell when it is there.
     *
     * @param endpointId id of the endpoint's network interface
     * @return false if the appliance does not run, the endpoint is not allowed, or there are as many tunnels as the setting allows
     */
    public synchronized boolean createTunnel(long endpointId) {
        return isForwarding() && runtime.tunnels().create(endpointId);
    }

    /**
     * Destroys an endpoint's tunnel: its listeners are told, with reason {@link TunnelListener.Reason#REQUESTED}, and its interfaces
     * vanish. Returns at once. The endpoint's next packet makes a new one.
     *
     * @param endpointId id of the endpoint's network interface
     * @return whether there is such a tunnel
     */
    public synchronized boolean destroyTunnel(long endpointId) {
        return isForwarding() && runtime.tunnels().destroy(endpointId);
    }

    private boolean isForwarding() {
        return state == State.RUNNING || state == State.DRAINING;
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
     * also again; a handler that does not return is waited for ten seconds, listeners for
     * {@link GwlbApplianceBuilder#closeTimeout}, then left behind. While one thread closes, a call on another returns at once.
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
}
