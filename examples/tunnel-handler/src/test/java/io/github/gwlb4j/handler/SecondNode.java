package io.github.gwlb4j.handler;

import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.load.LoadReport;
import io.github.gwlb4j.simulator.load.LoadStep;
import io.github.gwlb4j.simulator.load.LoadTest;
import io.github.gwlb4j.simulator.load.PacketSizes;
import io.github.gwlb4j.simulator.load.RatePlan;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.NetAdmin;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Another node of the load balancer beside a lab's own, which sends UDP flows at a fixed rate and counts what comes back. */
public final class SecondNode {
    /** Of the sender and of the processes that are measured. */
    public static final int NICENESS = -15;
    private static final String ADDRESS = "10.99.0.3";

    private SecondNode() {
    }

    /**
     * Starts sending 512-byte packets of 200 flows, after a second of the same that does not count.
     *
     * @return what has come back, at the end
     */
    public static CompletableFuture<LoadStep> send(LiveLab lab, int packetsPerSecond, Duration duration) throws Exception {
        try (NetAdmin admin = NetAdmin.open(lab.loadBalancer().network())) {
            admin.setAddress("app0", LinkAddress.parse(ADDRESS + "/24"));
        }
        LoadTest test = lab.loadBalancer().call(() -> {
            NativeThread.setNiceness(NICENESS); // of the receiving thread, which inherits it
            return LoadTest.builder().target(LiveLab.APPLIANCE_ADDRESS).source(ADDRESS).flows(200).ports(16)
                .sizes(PacketSizes.parse("512")).step(duration).warmUp(Duration.ofSeconds(1)).timeout(Duration.ofSeconds(2)).build();
        });
        return CompletableFuture.supplyAsync(() -> {
            NativeThread.setNiceness(NICENESS); // what is measured is the appliance, not who else uses this machine
            try (test) {
                LoadReport report = test.run(RatePlan.of(List.of(packetsPerSecond)), 1, step -> { });
                return report.steps().get(0);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }, task -> new Thread(task, "second-node").start());
    }
}
