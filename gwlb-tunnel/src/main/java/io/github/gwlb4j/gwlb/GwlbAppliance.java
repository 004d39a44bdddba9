package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.internal.ApplianceRuntime;
import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.gwlb.internal.handover.Takeover;
import io.github.gwlb4j.gwlb.internal.health.HealthService;
import io.github.gwlb4j.gwlb.internal.jmx.ApplianceMBean;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final Logger LOG = LoggerFactory.getLogger(GwlbAppliance.class);
    private static final Duration LONGEST_DRAIN = Duration.ofDays(365);

    private final ApplianceConfig config;
    /** Set before the tunnels of declared endpoints are made: their listeners may ask for statistics while {@link #start} waits for them. */
    private volatile ApplianceRuntime runtime;
    private volatile HealthService health;
    private volatile ApplianceMBean mbean;
    /** Null if no process can take over. */
    private volatile Succession succession;
    private volatile boolean isHandedOver;
    private volatile boolean hasTakenOver;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Who ends everything; handlers and listeners are told on this thread too, and may call {@link #close}. */
    private volatile Thread closer;
    private volatile State state = State.NEW;

    /** Where an appliance stands in its life. */
    public enum State {
        /** Built, not started. */
        NEW,
        /** Being started. */
        STARTING,
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
     * Opens the sockets, makes the handlers, starts the threads and creates the declared tunnels.
     *
     * @return this
     * @throws IOException           if a socket cannot be opened, there is no memory for the buffers, a declared tunnel cannot be
     *                               created, or the appliance is closed meanwhile; the message names the fix; nothing stays
     *                               open, and unless it was closed it may be tried again
     * @throws IllegalStateException if this appliance was started or closed before, or its name is taken in JMX
     */
    public GwlbAppliance start() throws IOException {
        synchronized (this) {
            if (state != State.NEW) {
                throw new IllegalStateException("this appliance is " + state + " and cannot be started; build a new one");
            }
            state = State.STARTING;
        }
        try {
            open();
        } catch (Throwable e) { // whatever it is, an Error too
            startHasFailed();
            throw e;
        }
        boolean isClosed;
        synchronized (this) {
            isClosed = state == State.CLOSED;
            if (!isClosed) {
                state = State.RUNNING;
            }
        }
        if (isClosed) {
            stop();
            throw new IOException("closed while it was starting");
        }
        return this;
    }

    /** Without the lock: listeners and other threads may ask this appliance things meanwhile, and close it. Nothing stays open if it fails. */
    private void open() throws IOException {
        DatagramTransport transport = config.newTransport();
        ApplianceRuntime starting = new ApplianceRuntime(transport, config.tunnelRules, config.packetRules, config.tun,
                config.tun.flows(), config.capture, config.listeners, config.workerSettings(),
                config.isDroppingCapabilities, this::close);
        HealthService judge = new HealthService(config.name, config.health, config.healthContributors, this::stateOfService,
                starting::stats, starting::problems);
        Succession line = Succession.of(config, transport, starting, new GivingAway());
        try {
            health = judge;
            runtime = starting;
            succession = line;
            if (line == null) {
                startAlone(starting, judge);
            } else {
                startInLine(starting, judge, line);
            }
            createTunnels(starting);
            starting.startSaving();
            if (line != null) {
                line.isReady();
            }
            if (config.isInJmx) {
                mbean = ApplianceMBean.register(config.name, judge, this::state, starting::stats);
            }
        } catch (Throwable e) {
            starting.abandon();
            if (line != null) {
                line.abandon(); // behind that: only when nothing runs here may the other process go on
            }
            judge.stop();
            throw e;
        }
    }

    /** Behind a process that has taken over there is none any more: if it ended because of one endpoint, the others would have none, either. */
    private void createTunnels(ApplianceRuntime starting) throws IOException {
        try {
            starting.createTunnels();
        } catch (IOException e) {
            if (!hasTakenOver || state == State.CLOSED) {
                throw e;
            }
            LOG.error("{}; this appliance has taken over and goes on all the same", e.getMessage());
        }
    }

    private void startAlone(ApplianceRuntime starting, HealthService judge) throws IOException {
        judge.open(false);
        judge.start();
        starting.prepare(config.handlers);
        starting.restoreFlows();
        starting.launch();
    }

    /** While another process runs, its health page answers: this one's begins when this one forwards. */
    private void startInLine(ApplianceRuntime starting, HealthService judge, Succession line) throws IOException {
        line.begin();
        if (!line.isTakingOver()) {
            judge.open(true);
            judge.start();
            starting.prepare(config.handlers);
            starting.restoreFlows();
            starting.launch();
            line.isRunning();
            return;
        }
        starting.prepare(config.handlers);
        judge.open(true);
        line.takeOver();
        starting.launch();
        line.isRunning();
        starting.keepAdopted(line.flowsTakenOver());
        hasTakenOver = true;
        judge.start();
    }

    private synchronized void startHasFailed() {
        runtime = null;
        health = null;
        succession = null;
        if (state == State.STARTING) {
            state = State.NEW;
        }
        if (state == State.CLOSED) {
            stopped.countDown();
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
        return runtime.awaitSilence(atMost.compareTo(LONGEST_DRAIN) > 0 ? LONGEST_DRAIN.toNanos() : atMost.toNanos());
    }

    /**
     * Makes an endpoint's tunnel, as its first packet would. Returns at once; listeners tell when it is there.
     *
     * @param endpointId id of the endpoint's network interface
     * @return false if the appliance does not run, the endpoint is not allowed, or there are as many tunnels as the setting allows
     */
    public boolean createTunnel(long endpointId) {
        return isForwarding() && runtime.tunnels().create(endpointId);
    }

    /**
     * Destroys an endpoint's tunnel: its listeners are told, with reason {@link TunnelListener.Reason#REQUESTED}, and its interfaces
     * vanish. Returns at once. The endpoint's next packet makes a new one.
     *
     * @param endpointId id of the endpoint's network interface
     * @return whether there is such a tunnel
     */
    public boolean destroyTunnel(long endpointId) {
        return isForwarding() && runtime.tunnels().destroy(endpointId);
    }

    private boolean isForwarding() {
        return state == State.RUNNING || state == State.DRAINING;
    }

    /**
     * Waits until the appliance has been closed, by whichever thread, and what it had is gone.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitClose() throws InterruptedException {
        stopped.await();
    }

    /**
     * Stops the workers, closes the sockets and the handlers, and destroys all tunnels. Safe from any state and any thread,
     * also again; a handler that does not return is waited for ten seconds, listeners for
     * {@link GwlbApplianceBuilder#closeTimeout}, then left behind. A call while another thread closes, or starts, waits for that
     * thread; a handler or listener of this appliance that calls waits for nothing.
     */
    @Override
    public void close() {
        State before;
        synchronized (this) {
            before = state;
            state = State.CLOSED;
        }
        if (before == State.NEW) {
            stopped.countDown();
        } else if (before == State.RUNNING || before == State.DRAINING) {
            stop();
        } else {
            awaitTheOther();
        }
    }

    /** Another thread starts, and gives up now, or closes. */
    private void awaitTheOther() {
        if (Thread.currentThread() == closer) {
            return;
        }
        ApplianceRuntime current = runtime;
        Succession line = succession;
        if (line != null) {
            line.giveUpStarting();
        }
        if (current != null) {
            current.giveUpStarting();
            if (current.isOwnThread()) {
                return; // the other waits for this thread
            }
        }
        Threads.await(stopped);
    }

    /** The health page last, so that checks hear 503, not silence, while the rest ends. */
    private void stop() {
        closer = Thread.currentThread();
        try {
            if (succession != null) {
                succession.close(); // a hand-over that is as good as done is let happen
            }
            if (!isHandedOver) {
                runtime.stop();
            }
            if (mbean != null) {
                mbean.unregister();
            }
            health.stop();
        } finally {
            if (succession != null) {
                succession.isGone();
            }
            stopped.countDown();
        }
    }

    /** What happens when another process takes over; on that hand-over's thread. */
    private final class GivingAway implements Succession.Owner {
        @Override
        public boolean giveAway() {
            return isForwarding();
        }

        @Override
        public void isGivenAway() {
            isHandedOver = true;
            health.leave();
            synchronized (GwlbAppliance.this) {
                if (state == State.CLOSED) {
                    return; // another thread closes, and waits for this one
                }
                state = State.CLOSED;
            }
            stop();
        }
    }

    /**
     * Whether another process has taken over, see {@link GwlbApplianceBuilder#takeover}: then this appliance has closed without being told to.
     *
     * @return true as soon as the other process forwards; this one is closed a moment later
     */
    public boolean isHandedOver() {
        return isHandedOver;
    }

    /** As the health page sees it: what counts is that packets are forwarded, in this process or the next. */
    private State stateOfService() {
        return isHandedOver || hasTakenOver && state == State.STARTING ? State.RUNNING : state;
    }

    /**
     * Whether a process is at a path, see {@link GwlbApplianceBuilder#takeover}: one that listens there to hand over to another, or one
     * that starts or closes at this moment.
     *
     * @param path of its socket
     * @return true if one is; it goes on, and has not been asked for anything
     * @throws IOException if that cannot be found out; the message names the fix
     */
    public static boolean isTakeoverOffered(Path path) throws IOException {
        return Takeover.isOffered(path.toAbsolutePath());
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
    public ApplianceStats stats() {
        ApplianceRuntime current = runtime;
        if (current == null) {
            throw new IllegalStateException("this appliance has not been started: it has no statistics");
        }
        return current.stats();
    }
}
