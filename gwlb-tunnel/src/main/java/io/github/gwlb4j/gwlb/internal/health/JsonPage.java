package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The health page for programs (RFC 8259), as the documentation of package health describes it. Stateless; cold path. */
final class JsonPage {
    private static final double NS_PER_SECOND = 1e9;

    private JsonPage() {
    }

    static String of(HealthSnapshot snapshot) {
        ApplianceStats stats = snapshot.stats();
        return object(
                member("healthy", snapshot.status().isHealthy()),
                member("problems", array(snapshot.status().problems().stream().map(JsonPage::string))),
                member("name", string(snapshot.name())),
                member("state", string(snapshot.state().name())),
                member("uptimeSeconds", seconds(snapshot.uptimeSeconds())),
                member("received", count(stats.receivedPackets(), stats.receivedBytes())),
                member("forwarded", count(stats.forwardedPackets(), stats.forwardedBytes())),
                member("deliveredToInterfaces", count(stats.deliveredPackets(), stats.deliveredBytes())),
                member("readFromInterfaces", count(stats.readPackets(), stats.readBytes())),
                member("droppedByHandler", stats.droppedByHandler()),
                member("heldPackets", stats.heldPackets()),
                member("drops", object(Arrays.stream(DropReason.values())
                        .map(reason -> member(reason.name(), stats.dropped(reason))).toArray(String[]::new))),
                member("receiveBufferDrops", stats.receiveBufferDrops() < 0 ? "null" : stats.receiveBufferDrops()),
                member("returnSockets", stats.returnSockets()),
                member("packetTooBigSent", stats.extras().packetTooBigSent()),
                member("tapped", object(member("packets", stats.extras().tappedPackets()), member("drops", stats.extras().tapDrops()))),
                member("flows", stats.flows() == null ? "null" : flows(stats.flows())),
                member("trackedFlows", stats.trackedFlows() == null ? "null" : tracked(stats.trackedFlows())),
                member("injected", object(member("packets", stats.extras().injectedPackets()),
                        member("failures", stats.extras().injectFailures()))),
                member("callbackFailures", stats.extras().callbackFailures()),
                member("workers", array(stats.workers().stream().map(JsonPage::worker))),
                member("tunnelCount", stats.tunnels().size()),
                member("tunnelsCreated", stats.extras().tunnelsCreated()),
                member("tunnelsDestroyed", stats.extras().tunnelsDestroyed()),
                member("tunnelCreationFailures", stats.extras().creationFailures()),
                member("adopted", object(member("tunnels", stats.extras().tunnelsAdopted()), member("flows", stats.extras().flowsAdopted()))),
                member("tunnels", array(snapshot.listedTunnels().stream().map(JsonPage::tunnel)))) + "\n";
    }

    private static String flows(FlowTableStats flows) {
        return object(
                member("held", flows.flows()),
                member("slots", flows.slots()),
                member("memoryBytes", flows.memoryBytes()),
                member("tcpTimeoutSeconds", seconds(flows.tcpTimeoutNs() / NS_PER_SECOND)),
                member("otherTimeoutSeconds", seconds(flows.otherTimeoutNs() / NS_PER_SECOND)),
                member("closedTimeoutSeconds", seconds(flows.closedTimeoutNs() / NS_PER_SECOND)),
                member("inserted", flows.inserted()),
                member("expired", flows.expired()),
                member("evicted", flows.evicted()),
                member("refusedFull", flows.full()));
    }

    private static String tracked(FlowTrackingStats flows) {
        return object(
                member("held", flows.flows()),
                member("max", flows.maxFlows()),
                member("created", flows.created()),
                member("expired", flows.expired()),
                member("evicted", flows.evicted()));
    }

    private static String worker(WorkerStats worker) {
        return object(
                member("index", worker.index()),
                member("received", count(worker.receivedPackets(), worker.receivedBytes())),
                member("forwarded", count(worker.forwardedPackets(), worker.forwardedBytes())),
                member("droppedByHandler", worker.droppedByHandler()),
                member("busyRatio", seconds(worker.busyRatio())));
    }

    private static String tunnel(TunnelStats tunnel) {
        return object(
                member("endpoint", string(tunnel.name())),
                member("mode", string(tunnel.mode().name())),
                member("phase", string(tunnel.phase().name())),
                member("ingressInterface", tunnel.mode().hasIngressInterface() ? string(tunnel.ingressInterface()) : "null"),
                member("egressInterface", tunnel.mode().hasEgressInterface() ? string(tunnel.egressInterface()) : "null"),
                member("received", count(tunnel.receivedPackets(), tunnel.receivedBytes())),
                member("delivered", count(tunnel.deliveredPackets(), tunnel.deliveredBytes())),
                member("forwarded", count(tunnel.forwardedPackets(), tunnel.forwardedBytes())),
                member("droppedByHandler", tunnel.droppedByHandler()),
                member("idleSeconds", seconds(HealthSnapshot.idleSeconds(tunnel))));
    }

    private static String count(long packets, long bytes) {
        return object(member("packets", packets), member("bytes", bytes));
    }

    private static String object(String... members) {
        return Stream.of(members).collect(Collectors.joining(", ", "{", "}"));
    }

    private static String array(Stream<String> elements) {
        return elements.collect(Collectors.joining(", ", "[", "]"));
    }

    private static String member(String name, Object json) {
        return string(name) + ": " + json;
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** A string with everything escaped that RFC 8259 section 7 wants escaped, and unpaired surrogates, which UTF-8 has not. */
    static String string(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ' || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                json.append("\\u").append(HexFormat.of().toHexDigits((char) c));
            } else {
                json.appendCodePoint(c);
            }
        });
        return json.append('"').toString();
    }
}
