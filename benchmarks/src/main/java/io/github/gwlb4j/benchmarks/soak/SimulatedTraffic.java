package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.InnerPacketRule;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * The simulator as a second load balancer node beside the lab's own, in runs of some seconds: DNS, HTTP, TLS, ICMP, fragments, jumbo,
 * IPv4 and IPv6, each byte of each reply checked. Each run has new flows and endpoints that the appliance has not seen and that idle
 * out afterwards.
 */
final class SimulatedTraffic implements AutoCloseable {
    static final String NODE_ADDRESS = "10.99.0.3";
    private static final Duration RUN = Duration.ofSeconds(8);
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final long PAUSE_MS = 500;
    private static final int ENDPOINTS = 2;
    private static final int FLOWS = 2;
    private static final int MAX_SOCKETS = 64;
    /**
     * What a fault outside the appliance does to the replies: they come late, a late one after its run has ended, or what was sent
     * first waits for its tunnel.
     */
    static final Set<ReplyFault> HARMLESS = Set.of(ReplyFault.LATE, ReplyFault.NEVER_SENT, ReplyFault.OUT_OF_ORDER);

    private final int packetsPerSecond;
    private final Random random;
    private final LoadThread thread;
    private final Map<ReplyFault, Long> faults = new EnumMap<>(ReplyFault.class);
    private long runs;
    private long cleanRuns;
    private long sent;
    private long intact;
    private long missing;
    private long refusedRuns;
    private SimulationReport firstWrong;

    SimulatedTraffic(String name, LiveLab lab, int packetsPerSecond, long seed) throws Exception {
        this.packetsPerSecond = packetsPerSecond;
        this.random = new Random(seed);
        Commands.run(lab.loadBalancer(), "ip address add " + NODE_ADDRESS + "/24 dev app0");
        thread = LoadThread.start("soak-simulator-" + name, lab.loadBalancer(), this::run);
    }

    private void run() throws InterruptedException {
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target(LiveLab.APPLIANCE_ADDRESS + ":6081").source(NODE_ADDRESS)
                .endpointIds(random.longs(ENDPOINTS).toArray()).seed(random.nextLong()).packetsPerSecond(packetsPerSecond).duration(RUN)
                .timeout(TIMEOUT).maxSockets(MAX_SOCKETS).innerPacketRule(InnerPacketRule.ttlMayDecrease()).build()) {
            note(gwlb.run(Traffic.everything(FLOWS)));
        } catch (IOException e) {
            synchronized (this) {
                refusedRuns++; // the link is down, or its other end
            }
            Thread.sleep(PAUSE_MS);
        }
        Thread.sleep(PAUSE_MS);
    }

    private synchronized void note(SimulationReport report) {
        runs++;
        sent += report.sent();
        intact += report.intact();
        missing += report.missing();
        report.faults().forEach((fault, count) -> faults.merge(fault, count, Long::sum));
        if (report.isOk()) {
            cleanRuns++;
        }
        if (firstWrong == null && report.faults().keySet().stream().anyMatch(fault -> !HARMLESS.contains(fault))) {
            firstWrong = report;
        }
    }

    synchronized long runs() {
        return runs;
    }

    synchronized long cleanRuns() {
        return cleanRuns;
    }

    synchronized long sent() {
        return sent;
    }

    synchronized long intact() {
        return intact;
    }

    synchronized long refusedRuns() {
        return refusedRuns;
    }

    synchronized long missing() {
        return missing;
    }

    synchronized Map<ReplyFault, Long> faults() {
        return new EnumMap<>(faults);
    }

    /** Null, or the report of the first run with wrong bytes. */
    synchronized SimulationReport firstWrong() {
        return firstWrong;
    }

    @Override
    public void close() {
        thread.close();
    }
}
