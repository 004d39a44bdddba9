package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import java.util.List;

/**
 * All that an answer tells. Immutable.
 *
 * @param name             of the appliance
 * @param state            where it stands in its life
 * @param status           whether it is healthy
 * @param uptimeNs         since it was started
 * @param stats            its counters
 * @param server           the health server's own counters
 * @param maxTunnelsListed most tunnels to list one by one
 */
record HealthSnapshot(String name, GwlbAppliance.State state, HealthStatus status, long uptimeNs, ApplianceStats stats,
                      HealthServerStats server, int maxTunnelsListed) {
    private static final double NS_PER_SECOND = 1e9;

    /** The tunnels to list. */
    List<TunnelStats> listedTunnels() {
        List<TunnelStats> all = stats.tunnels();
        return all.subList(0, Math.min(all.size(), maxTunnelsListed));
    }

    double uptimeSeconds() {
        return uptimeNs / NS_PER_SECOND;
    }

    static double idleSeconds(TunnelStats tunnel) {
        return tunnel.idleNs() / NS_PER_SECOND;
    }
}
