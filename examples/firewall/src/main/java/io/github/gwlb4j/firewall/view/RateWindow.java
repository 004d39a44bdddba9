package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Rate;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Series;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Turns counters into rates: what has been added between two snapshots, by the time between them. Remembers ten minutes of them.
 * Belongs to one thread.
 */
final class RateWindow {
    /** How far the history goes back, one value a second. */
    static final int SECONDS = 600;
    private static final Series[] SERIES = Series.values();

    private final long[][] ring = new long[SERIES.length][SECONDS];
    private int next;
    private int size;
    private long sequence;
    private FirewallStatus previous;

    /** Takes the newest status; to be called about once a second. */
    LiveSnapshot add(FirewallStatus status) {
        double seconds = previous == null ? 0 : status.uptime().minus(previous.uptime()).toNanos() / 1e9;
        Map<String, Rate> endpoints = new HashMap<>();
        Map<String, Long> rules = new HashMap<>();
        if (seconds > 0) {
            remember(status, seconds);
            endpointRates(status, seconds, endpoints);
            ruleRates(status, seconds, rules);
        }
        previous = status;
        return new LiveSnapshot(++sequence, status, history(), endpoints, rules);
    }

    private void remember(FirewallStatus status, double seconds) {
        for (Series series : SERIES) {
            ring[series.ordinal()][next] = rate(counter(series, previous), counter(series, status), seconds);
        }
        next = (next + 1) % SECONDS;
        size = Math.min(size + 1, SECONDS);
    }

    private static long counter(Series series, FirewallStatus status) {
        ApplianceStats stats = status.appliance();
        return switch (series) {
            case RECEIVED_BITS -> stats.receivedBytes() * Byte.SIZE;
            case FORWARDED_BITS -> stats.forwardedBytes() * Byte.SIZE;
            case RECEIVED_PACKETS -> stats.receivedPackets();
            case FORWARDED_PACKETS -> stats.forwardedPackets();
            case DROPPED_PACKETS -> stats.droppedByHandler() + stats.droppedByReason() + Math.max(0, stats.receiveBufferDrops());
            case OPENED_CONNECTIONS -> status.connections().opened();
        };
    }

    private static long rate(long before, long now, double seconds) {
        return Math.max(0, Math.round((now - before) / seconds));
    }

    private void endpointRates(FirewallStatus status, double seconds, Map<String, Rate> rates) {
        Map<Long, TunnelStats> before = new HashMap<>();
        previous.appliance().tunnels().forEach(tunnel -> before.put(tunnel.endpointId(), tunnel));
        for (TunnelStats tunnel : status.appliance().tunnels()) {
            TunnelStats then = before.get(tunnel.endpointId());
            rates.put(tunnel.name(), new Rate(
                    rate(then == null ? 0 : then.receivedPackets(), tunnel.receivedPackets(), seconds),
                    rate(then == null ? 0 : then.receivedBytes() * Byte.SIZE, tunnel.receivedBytes() * Byte.SIZE, seconds)));
        }
    }

    private void ruleRates(FirewallStatus status, double seconds, Map<String, Long> rates) {
        Map<String, Long> before = new HashMap<>();
        previous.rules().forEach(rule -> before.put(rule.name(), rule.packets()));
        for (RuleStatus rule : status.rules()) {
            rates.put(rule.name(), rate(before.getOrDefault(rule.name(), 0L), rule.packets(), seconds));
        }
    }

    private Map<Series, long[]> history() {
        Map<Series, long[]> history = new EnumMap<>(Series.class);
        for (Series series : SERIES) {
            long[] values = new long[size];
            for (int i = 0; i < size; i++) {
                values[i] = ring[series.ordinal()][Math.floorMod(next - size + i, SECONDS)];
            }
            history.put(series, values);
        }
        return history;
    }
}
