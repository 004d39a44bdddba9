package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import java.util.Locale;

/** The health page for people. Stateless; cold path. */
final class TextPage {
    private TextPage() {
    }

    static String of(HealthSnapshot snapshot) {
        ApplianceStats stats = snapshot.stats();
        StringBuilder page = new StringBuilder(1024);
        line(page, snapshot.status().isHealthy() ? "healthy" : "UNHEALTHY");
        snapshot.status().problems().forEach(problem -> line(page, "problem: %s", singleLine(problem)));
        line(page, "appliance %s %s, up %.0f s", snapshot.name(), snapshot.state(), snapshot.uptimeSeconds());
        line(page, "received %d packets, %d bytes", stats.receivedPackets(), stats.receivedBytes());
        line(page, "forwarded %d packets, %d bytes", stats.forwardedPackets(), stats.forwardedBytes());
        if (stats.deliveredPackets() + stats.readPackets() + stats.heldPackets() > 0) {
            line(page, "into interfaces %d packets, %d bytes; out of interfaces %d packets, %d bytes; held %d packets",
                    stats.deliveredPackets(), stats.deliveredBytes(), stats.readPackets(), stats.readBytes(), stats.heldPackets());
        }
        line(page, "dropped by the handler %d packets", stats.droppedByHandler());
        for (DropReason reason : DropReason.values()) {
            if (stats.dropped(reason) > 0) {
                line(page, "dropped %d packets %s: %s", stats.dropped(reason), reason, reason.label());
            }
        }
        line(page, stats.receiveBufferDrops() < 0 ? "receive buffer drops not known"
                : "receive buffer drops %d packets", stats.receiveBufferDrops());
        line(page, "reply sockets %d", stats.returnSockets());
        if (stats.flows() != null) {
            line(page, "flows %d, room for about %d", stats.flows().flows(), stats.flows().slots() * 3L / 4);
        }
        if (stats.trackedFlows() != null) {
            line(page, "tracked flows %d of %d, evicted %d", stats.trackedFlows().flows(), stats.trackedFlows().maxFlows(),
                    stats.trackedFlows().evicted());
        }
        if (stats.extras().injectedPackets() + stats.extras().injectFailures() > 0) {
            line(page, "injected %d packets, failed %d", stats.extras().injectedPackets(), stats.extras().injectFailures());
        }
        if (stats.extras().callbackFailures() > 0) {
            line(page, "the handler's timers, tasks and ends of flows failed %d times; the log says why", stats.extras().callbackFailures());
        }
        for (WorkerStats worker : stats.workers()) {
            line(page, "worker %d busy %.0f %%, received %d packets", worker.index(), 100 * worker.busyRatio(), worker.receivedPackets());
        }
        line(page, "tunnels %d, created %d, creation failures %d", stats.tunnels().size(), stats.extras().tunnelsCreated(),
                stats.extras().creationFailures());
        snapshot.listedTunnels().forEach(tunnel -> line(page, tunnel));
        int omitted = stats.tunnels().size() - snapshot.listedTunnels().size();
        if (omitted > 0) {
            line(page, "and %d tunnels more", omitted);
        }
        return page.toString();
    }

    private static void line(StringBuilder page, TunnelStats tunnel) {
        String interfaces = !tunnel.mode().hasIngressInterface() ? "" : " " + tunnel.ingressInterface()
                + (tunnel.mode().hasEgressInterface() ? " " + tunnel.egressInterface() : "");
        line(page, "tunnel %s %s %s%s received %d packets, %d bytes; into the interface %d packets, %d bytes; forwarded %d packets, %d bytes; dropped by the handler %d; "
                        + "last packet %.1f s ago", tunnel.name(), tunnel.mode(), tunnel.phase(), interfaces,
                tunnel.receivedPackets(), tunnel.receivedBytes(), tunnel.deliveredPackets(), tunnel.deliveredBytes(),
                tunnel.forwardedPackets(), tunnel.forwardedBytes(), tunnel.droppedByHandler(), HealthSnapshot.idleSeconds(tunnel));
    }

    private static void line(StringBuilder page, String format, Object... arguments) {
        page.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private static String singleLine(String text) {
        return text.replaceAll("\\R", " ");
    }
}
