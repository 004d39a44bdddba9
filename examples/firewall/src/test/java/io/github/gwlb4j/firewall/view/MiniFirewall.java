package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** A real appliance with one rule: no UDP. Counts what a view shows, and can be shown traffic. */
final class MiniFirewall implements FirewallStatusSource, AutoCloseable {
    private final AtomicLongArray packets = new AtomicLongArray(2);
    private final AtomicLongArray bytes = new AtomicLongArray(2);
    private final TopTalkers talkers = new TopTalkers();
    private final FlowKey flow = new FlowKey();
    private final Instant startedAt = Instant.now();
    private final int port;
    private final GwlbAppliance appliance;

    MiniFirewall(HealthConfig health) throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            port = free.getLocalPort();
        }
        appliance = GwlbAppliance.builder().listen(new InetSocketAddress("127.0.0.1", port)).workers(1).handler(worker -> this::onPacket).health(health).build().start();
    }

    private Verdict onPacket(GwlbPacket packet) {
        int rule = packet.inner().protocol() == IpProtocol.UDP ? 1 : 0;
        packets.incrementAndGet(rule);
        bytes.addAndGet(rule, packet.inner().totalLength());
        talkers.count(packet.inner(), flow.set(packet.tunnel().endpointId(), packet.inner()));
        talkers.publish(packet.receivedNs());
        return rule == 0 ? Verdict.FORWARD : Verdict.DROP;
    }

    void run(Traffic... traffic) throws IOException {
        try (GwlbSimulator gwlb = GwlbSimulator.builder().target("127.0.0.1:" + port).source("127.0.0.2").timeout(Duration.ofSeconds(5))
                .expectDrop("udp").build()) {
            gwlb.run(traffic);
        }
    }

    @Override
    public FirewallStatus status() {
        Instant now = Instant.now();
        return new FirewallStatus(now, Duration.between(startedAt, now), "mini", List.of(), appliance.stats(), new Connections(0, 0, 1, 0, 0),
                List.of(new RuleStatus("all", "default allow", "allow", packets.get(0), bytes.get(0), 0),
                        new RuleStatus("no-udp", "deny udp", "deny", packets.get(1), bytes.get(1), 0)),
                Map.of("rule", packets.get(0) + packets.get(1)), TopTalkers.top(List.of(talkers), StatusJson.MAX_TOP));
    }

    @Override
    public void close() {
        appliance.close();
    }
}
