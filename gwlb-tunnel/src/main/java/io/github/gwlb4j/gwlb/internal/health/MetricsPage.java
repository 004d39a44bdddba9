package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The page for Prometheus: text format version 0.0.4, names as its conventions want them. Belongs to one call; cold path.
 *
 * <p>No label value needs escaping: they are enum names, endpoint names and numbers.
 */
final class MetricsPage {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder page = new StringBuilder(4096);

    private MetricsPage() {
    }

    static String of(HealthSnapshot snapshot) {
        MetricsPage metrics = new MetricsPage();
        metrics.appliance(snapshot);
        metrics.packets(snapshot.stats());
        if (snapshot.stats().flows() != null) {
            metrics.flows(snapshot.stats().flows());
        }
        if (snapshot.stats().trackedFlows() != null) {
            metrics.tracked(snapshot.stats().trackedFlows());
        }
        metrics.workers(snapshot.stats().workers());
        metrics.tunnels(snapshot);
        metrics.server(snapshot.server());
        return metrics.page.toString();
    }

    private void appliance(HealthSnapshot snapshot) {
        gauge("gwlb4j_healthy", "Whether the appliance is healthy: 1 or 0.", snapshot.status().isHealthy() ? 1 : 0);
        head("gwlb4j_state", "gauge", "1 for the state that the appliance is in, 0 for the others.");
        for (GwlbAppliance.State state : GwlbAppliance.State.values()) {
            sample("gwlb4j_state", "state", lower(state), snapshot.state() == state ? 1 : 0);
        }
        head("gwlb4j_uptime_seconds", "gauge", "Time since the appliance was started.");
        page.append("gwlb4j_uptime_seconds ").append(decimal(snapshot.uptimeSeconds())).append('\n');
    }

    private void packets(ApplianceStats stats) {
        counter("gwlb4j_received_packets_total", "GENEVE datagrams received.", stats.receivedPackets());
        counter("gwlb4j_received_bytes_total", "UDP payload bytes of GENEVE datagrams received.", stats.receivedBytes());
        counter("gwlb4j_forwarded_packets_total", "GENEVE datagrams sent back.", stats.forwardedPackets());
        counter("gwlb4j_forwarded_bytes_total", "UDP payload bytes of GENEVE datagrams sent back.", stats.forwardedBytes());
        counter("gwlb4j_interface_delivered_packets_total", "Packets written into TUN interfaces.", stats.deliveredPackets());
        counter("gwlb4j_interface_delivered_bytes_total", "Bytes written into TUN interfaces.", stats.deliveredBytes());
        counter("gwlb4j_interface_read_packets_total", "Packets read out of TUN interfaces.", stats.readPackets());
        counter("gwlb4j_interface_read_bytes_total", "Bytes read out of TUN interfaces.", stats.readBytes());
        gauge("gwlb4j_held_packets", "Packets that wait for their tunnel to be created.", stats.heldPackets());
        counter("gwlb4j_tapped_packets_total", "Copies written into the interfaces of taps.", stats.extras().tappedPackets());
        counter("gwlb4j_tap_dropped_packets_total", "Copies that the interface of a tap did not take.", stats.extras().tapDrops());
        counter("gwlb4j_packet_too_big_sent_total", "ICMP errors sent about packets that were too large.",
                stats.extras().packetTooBigSent());
        counter("gwlb4j_injected_packets_total", "Packets of the handler's own that were sent.", stats.extras().injectedPackets());
        counter("gwlb4j_inject_failures_total", "Packets of the handler's own that could not be sent.", stats.extras().injectFailures());
        counter("gwlb4j_callback_failures_total", "Times that a handler's timer, task or onFlowEnd threw.", stats.extras().callbackFailures());
        counter("gwlb4j_handler_dropped_packets_total", "Packets dropped by the packet handler's verdict.", stats.droppedByHandler());
        head("gwlb4j_dropped_packets_total", "counter", "Packets dropped for any other reason.");
        for (DropReason reason : DropReason.values()) {
            sample("gwlb4j_dropped_packets_total", "reason", lower(reason), stats.dropped(reason));
        }
        if (stats.receiveBufferDrops() >= 0) {
            counter("gwlb4j_receive_buffer_dropped_packets_total",
                    "Datagrams that the kernel dropped because a receive buffer was full.", stats.receiveBufferDrops());
        }
        gauge("gwlb4j_return_sockets", "Sockets open for replies.", stats.returnSockets());
    }

    private void flows(FlowTableStats flows) {
        gauge("gwlb4j_flows", "Flows held in the flow table.", flows.flows());
        gauge("gwlb4j_flow_slots", "Places for flows in the flow table.", flows.slots());
        gauge("gwlb4j_flow_memory_bytes", "Direct memory of the flow table.", flows.memoryBytes());
        counter("gwlb4j_flows_inserted_total", "New flows.", flows.inserted());
        counter("gwlb4j_flows_expired_total", "Flows forgotten because they were silent.", flows.expired());
        counter("gwlb4j_flows_evicted_total", "Flows forgotten early, to make room.", flows.evicted());
    }

    private void tracked(FlowTrackingStats flows) {
        gauge("gwlb4j_tracked_flows", "Inline flows held.", flows.flows());
        gauge("gwlb4j_tracked_flows_max", "Inline flows that can be held.", flows.maxFlows());
        counter("gwlb4j_tracked_flows_created_total", "New inline flows.", flows.created());
        counter("gwlb4j_tracked_flows_expired_total", "Inline flows that ended because they were silent.", flows.expired());
        counter("gwlb4j_tracked_flows_evicted_total", "Inline flows that gave way to new ones.", flows.evicted());
    }

    private void workers(List<WorkerStats> workers) {
        head("gwlb4j_worker_busy_ratio", "gauge", "Share of the last second in which the worker did not wait for packets.");
        workers.forEach(worker -> sample("gwlb4j_worker_busy_ratio", "worker", worker.index(), decimal(worker.busyRatio())));
        head("gwlb4j_worker_received_packets_total", "counter", "GENEVE datagrams received by the worker.");
        workers.forEach(worker -> sample("gwlb4j_worker_received_packets_total", "worker", worker.index(), worker.receivedPackets()));
    }

    private void tunnels(HealthSnapshot snapshot) {
        gauge("gwlb4j_tunnels", "Tunnels that exist; not all of them need be listed below.", snapshot.stats().tunnels().size());
        ApplianceStats.Extras extras = snapshot.stats().extras();
        counter("gwlb4j_tunnels_created_total", "Tunnels whose creation succeeded.", extras.tunnelsCreated());
        counter("gwlb4j_tunnels_destroyed_total", "Tunnels that have ended.", extras.tunnelsDestroyed());
        gauge("gwlb4j_adopted_tunnels", "Tunnels taken over from the process before this one.", extras.tunnelsAdopted());
        gauge("gwlb4j_adopted_flows", "Flow records taken over from the process before this one, or from a file.", extras.flowsAdopted());
        counter("gwlb4j_tunnel_creation_failures_total", "Times that a tunnel could not be created.", extras.creationFailures());
        List<TunnelStats> listed = snapshot.listedTunnels();
        tunnelCounter("received_packets", "Packets received from the endpoint.", listed, TunnelStats::receivedPackets);
        tunnelCounter("received_bytes", "Inner bytes received from the endpoint.", listed, TunnelStats::receivedBytes);
        tunnelCounter("delivered_packets", "Packets written into the endpoint's interface.", listed, TunnelStats::deliveredPackets);
        tunnelCounter("delivered_bytes", "Bytes written into the endpoint's interface.", listed, TunnelStats::deliveredBytes);
        tunnelCounter("forwarded_packets", "Packets sent back to the endpoint.", listed, TunnelStats::forwardedPackets);
        tunnelCounter("forwarded_bytes", "Inner bytes sent back to the endpoint.", listed, TunnelStats::forwardedBytes);
        tunnelCounter("handler_dropped_packets", "Packets of the endpoint dropped by the handler.", listed, TunnelStats::droppedByHandler);
        if (!listed.isEmpty()) {
            head("gwlb4j_tunnel_idle_seconds", "gauge", "Time since the endpoint's last packet.");
            listed.forEach(tunnel -> sample("gwlb4j_tunnel_idle_seconds", "endpoint", tunnel.name(), decimal(HealthSnapshot.idleSeconds(tunnel))));
        }
    }

    private void tunnelCounter(String what, String help, List<TunnelStats> tunnels, ToLongFunction<TunnelStats> value) {
        String name = "gwlb4j_tunnel_" + what + "_total";
        if (!tunnels.isEmpty()) {
            head(name, "counter", help);
            tunnels.forEach(tunnel -> sample(name, "endpoint", tunnel.name(), value.applyAsLong(tunnel)));
        }
    }

    private void server(HealthServerStats server) {
        gauge("gwlb4j_health_connections", "Connections to the health page that are open.", server.openConnections());
        counter("gwlb4j_health_connections_total", "Connections to the health page.", server.connections());
        counter("gwlb4j_health_requests_total", "Requests to the health page.", server.requests());
        counter("gwlb4j_health_bad_requests_total", "Requests to the health page that were malformed or too long.", server.badRequests());
        counter("gwlb4j_health_timeouts_total", "Connections to the health page ended for slowness.", server.timeouts());
        counter("gwlb4j_health_evictions_total", "Connections to the health page that gave way at the limit.", server.evicted());
        counter("gwlb4j_health_accept_failures_total", "Connections that the system did not hand out.", server.acceptFailures());
        counter("gwlb4j_health_pauses_total", "Pauses of the health page because requests had taken a quarter of a CPU.", server.pauses());
    }

    private void counter(String name, String help, long value) {
        head(name, "counter", help);
        page.append(name).append(' ').append(value).append('\n');
    }

    private void gauge(String name, String help, long value) {
        head(name, "gauge", help);
        page.append(name).append(' ').append(value).append('\n');
    }

    private void head(String name, String type, String help) {
        page.append("# HELP ").append(name).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String label, Object labelValue, Object value) {
        page.append(name).append('{').append(label).append("=\"").append(labelValue).append("\"} ").append(value).append('\n');
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
