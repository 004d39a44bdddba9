package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance.State;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges an appliance's health, and serves it over HTTP if that is configured.
 *
 * <p>{@link #open}, {@link #start} and {@link #stop} are for the owner, the rest for any thread.
 */
public final class HealthService {
    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);

    /** A health check asks at once when it has connected. */
    private static final long LEAVE_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private final String name;
    private final HealthConfig config;
    private final ContributorWatch contributors;
    private final Supplier<State> state;
    private final Supplier<ApplianceStats> stats;
    private final Supplier<List<String>> workerProblems;
    private final long createdNs = System.nanoTime();
    private HealthServer server;

    /**
     * Puts the parts together; nothing is opened yet.
     *
     * @param name           of the appliance
     * @param config         of the HTTP server, or null for none
     * @param contributors   the user's, by name
     * @param state          of the appliance
     * @param stats          of the appliance
     * @param workerProblems what keeps its workers from their work
     */
    public HealthService(String name, HealthConfig config, Map<String, HealthContributor> contributors, Supplier<State> state,
                         Supplier<ApplianceStats> stats, Supplier<List<String>> workerProblems) {
        this.name = name;
        this.config = config;
        this.contributors = new ContributorWatch(contributors);
        this.state = state;
        this.stats = stats;
        this.workerProblems = workerProblems;
    }

    /**
     * Binds the HTTP port, if there is to be one.
     *
     * @param isShared whether another process of this user may have the port, too, while one takes over from the other
     * @throws IOException if that fails; the message names the fix
     */
    public void open(boolean isShared) throws IOException {
        if (config != null) {
            server = HealthServer.open(config, new HealthPages(config.format(), this::snapshot,
                    new ExtraPages(config.pages(), config.maxPageBytes()))::respond, isShared);
        }
    }

    /** Starts answering and asking contributors. */
    public void start() {
        contributors.start();
        if (server != null) {
            server.start();
            boolean isWildcard = config.address().getAddress().isAnyLocalAddress();
            LOG.info("health page on TCP port {} of {}, metrics at /metrics", server.port(),
                    isWildcard ? "every local address" : config.address().getHostString());
            if (!config.pages().isEmpty()) {
                LOG.info("more pages there: {}", config.pages().entrySet().stream()
                        .map(page -> page.getKey() + (page.getValue().isLoopbackOnly() ? " (from this machine only)" : "")).toList());
            }
        }
    }

    /** Leaves the port to the process that shares it, and gives connections that are open a moment to be answered. */
    public void leave() {
        if (server != null) {
            server.stopListening();
            LockSupport.parkNanos(LEAVE_NS);
        }
    }

    /** Closes the port and ends the threads. Safe whatever has been opened and started. */
    public void stop() {
        if (server != null) {
            server.stop();
        }
        contributors.stop();
    }

    /**
     * Judges the appliance's health now.
     *
     * @return healthy, or all that is wrong
     */
    public HealthStatus status() {
        List<String> problems = new ArrayList<>();
        switch (state.get()) {
            case RUNNING -> { }
            case DRAINING -> problems.add("draining: existing flows go on, new ones belong elsewhere");
            case NEW -> problems.add("not started yet");
            case STARTING -> problems.add("starting: declared tunnels are being created");
            default -> problems.add("closed");
        }
        problems.addAll(workerProblems.get());
        problems.addAll(contributors.problems(System.nanoTime()));
        return problems.isEmpty() ? HealthStatus.healthy() : new HealthStatus(problems);
    }

    /**
     * How long ago the appliance was started.
     *
     * @return nanoseconds
     */
    public long uptimeNs() {
        return System.nanoTime() - createdNs;
    }

    /**
     * The port that the health page is served on.
     *
     * @return 1 to 65,535; 0 if there is none
     */
    public int port() {
        return server != null ? server.port() : 0;
    }

    private HealthSnapshot snapshot() {
        return new HealthSnapshot(name, state.get(), status(), uptimeNs(), stats.get(), server.stats(), config.maxTunnelsListed());
    }
}
