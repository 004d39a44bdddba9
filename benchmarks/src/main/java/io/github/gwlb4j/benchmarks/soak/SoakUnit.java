package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One appliance with its lab, its load, and the supervisor that starts it again when it has ended. Safe for any thread. */
final class SoakUnit implements AutoCloseable {
    static final String SERVER = "10.30.0.2";
    /** For each worker, of each of two devices, a queue and an eventfd. */
    private static final long DESCRIPTORS_OF_A_TUNNEL = 2 * 2 * SoakAppliance.WORKERS;
    private static final int GENEVE_PORT = 6081;
    private static final int SITE_MTU = 1500;
    private static final long SUPERVISOR_MS = 50;
    private static final Duration TAKEOVER_LIMIT = Duration.ofSeconds(20);

    private final Role role;
    private final LiveLab lab;
    private final SoakFiles files;
    private final FakeClock clock;
    private final HealthWatch health;
    private final Probe probe;
    private final Flood flood;
    private final CheckedTransfer transfer;
    private final ShortConnections connections;
    private final SimulatedTraffic simulated;
    private final BadDatagrams badDatagrams;
    private final LoadThread supervisor;
    private final List<String> unexpectedEnds = new ArrayList<>();
    /** Held by who puts another process in the place of the one there. */
    private final Object processChange = new Object();
    private volatile ApplianceProcess process;
    private volatile boolean isEndExpected;
    private volatile long restarts;

    /**
     * Starts all of it.
     *
     * @param role             of the appliance
     * @param report           directory for its files
     * @param endpointId       of the flows that last
     * @param packetsPerSecond of the simulated traffic; 0 for none of it, nor of the transfer
     * @param seed             of made-up endpoints and packets
     */
    SoakUnit(Role role, Path report, long endpointId, int packetsPerSecond, long seed) throws Exception {
        this.role = role;
        files = SoakFiles.create(report, role);
        lab = LiveLab.builder().site(SiteConfig.of(endpointId).withMtu(SITE_MTU)).start();
        Commands.run(lab.appliance(), "sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        clock = role == Role.INLINE && FakeClock.isInstalled() ? new FakeClock(files.directory()) : null;
        process = startAppliance();
        health = new HealthWatch(role.label(), lab.appliance());
        probe = new Probe(lab.site(0), SERVER);
        flood = new Flood(lab, seed);
        connections = new ShortConnections(lab.site(0), SERVER);
        badDatagrams = new BadDatagrams(lab.site(0));
        transfer = packetsPerSecond == 0 ? null : new CheckedTransfer(lab.site(0), SERVER);
        simulated = packetsPerSecond == 0 ? null : new SimulatedTraffic(role.label(), lab, packetsPerSecond, seed);
        supervisor = LoadThread.start("soak-supervisor-" + role.label(), lab.appliance(), this::supervise);
    }

    private ApplianceProcess startAppliance() throws Exception {
        return ApplianceProcess.start(role, lab.appliance(), LiveLab.APPLIANCE_ADDRESS, GENEVE_PORT, files, clock);
    }

    private void supervise() throws Exception {
        Thread.sleep(SUPERVISOR_MS);
        synchronized (processChange) {
            restartWhenEnded();
        }
    }

    /** What systemd does with Restart=always. */
    private void restartWhenEnded() throws Exception {
        if (process.isAlive()) {
            return;
        }
        health.processHasEnded();
        if (!isEndExpected) {
            synchronized (this) {
                unexpectedEnds.add("process " + process.pid() + " of " + role.label() + " ended with exit code "
                        + process.awaitEnd(Duration.ZERO) + "; see " + files.log());
            }
        }
        isEndExpected = false;
        process = startAppliance();
        restarts++;
    }

    /** Starts a process that takes over, and waits until both have said how it went. */
    void upgrade() throws Exception {
        synchronized (processChange) {
            ApplianceProcess old = process;
            health.expectTakeover();
            ApplianceProcess successor = startAppliance();
            int exitCode = old.awaitEnd(TAKEOVER_LIMIT);
            if (exitCode == SoakAppliance.HANDED_OVER) {
                process = successor;
                old.close();
            } else {
                successor.close();
                throw new IllegalStateException("process " + old.pid() + " has not handed over: exit code " + exitCode + "; see " + files.log());
            }
        }
    }

    Role role() {
        return role;
    }

    LiveLab lab() {
        return lab;
    }

    LabSite site() {
        return lab.site(0);
    }

    SoakFiles files() {
        return files;
    }

    /** Null if there is none. */
    FakeClock clock() {
        return clock;
    }

    ApplianceProcess process() {
        return process;
    }

    HealthWatch health() {
        return health;
    }

    Probe probe() {
        return probe;
    }

    Flood flood() {
        return flood;
    }

    ShortConnections connections() {
        return connections;
    }

    BadDatagrams badDatagrams() {
        return badDatagrams;
    }

    /** Null if there is none. */
    CheckedTransfer transfer() {
        return transfer;
    }

    /** Null if there is none. */
    SimulatedTraffic simulated() {
        return simulated;
    }

    long restarts() {
        return restarts;
    }

    /** The next end of the process is part of a fault. */
    void expectEnd() {
        isEndExpected = true;
    }

    synchronized List<String> unexpectedEnds() {
        return List.copyOf(unexpectedEnds);
    }

    /** Makes a callback of the appliance misbehave. */
    void strike(CallbackFaults.Place place, CallbackFaults.Kind kind, int times) throws IOException, InterruptedException {
        process.ask("strike " + place + " " + kind + " " + times);
    }

    JsonNode figures() throws IOException, InterruptedException {
        return process.ask("figures");
    }

    /** Runs a program in the appliance's namespace. */
    void run(String line) throws IOException, InterruptedException {
        Commands.run(lab.appliance(), line);
    }

    /** What can grow, without what depends on how many tunnels and reply sockets there are at the moment. */
    Growth growth() throws IOException, InterruptedException {
        JsonNode growth = process.ask("growth");
        ProcessFigures figures = process.figures();
        long tunnels = growth.path("tunnels").asLong();
        long replySockets = growth.path("replySockets").asLong();
        long ofTunnels = role.isTun() ? DESCRIPTORS_OF_A_TUNNEL * tunnels : 0;
        return new Growth(figures.rssBytes(), growth.path("heapAfterGc").asLong(), figures.descriptors() - replySockets - ofTunnels,
                figures.threads(), tunnels, replySockets, growth.path("flows").asLong());
    }

    /** Ends the load, then the appliance, then the lab. */
    @Override
    public void close() throws Exception {
        supervisor.close();
        for (AutoCloseable load : new AutoCloseable[] {simulated, transfer, connections, badDatagrams, flood, probe}) {
            if (load != null) {
                load.close();
            }
        }
        health.close();
        process.close();
        lab.close();
        files.close();
    }
}
