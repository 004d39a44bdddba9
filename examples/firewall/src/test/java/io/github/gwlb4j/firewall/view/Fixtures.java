package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A firewall's day at the office, second by second, the same each time. */
final class Fixtures {
    static final String[] ADDRESSES = {"10.20.0.14", "10.20.3.201", "2001:db8:20::5f", "10.20.1.77", "198.51.100.23", "10.20.0.9"};
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    private Fixtures() {
    }

    /** How much has happened by a second: a slow wave, a morning's rise, some noise. */
    private static double load(int second, int what) {
        double wave = 1 + 0.45 * Math.sin(second / 47.0 + what) + 0.2 * Math.sin(second / 9.0 + 2 * what);
        return wave + 0.12 * new Random(1000L * what + second).nextGaussian() * wave;
    }

    static FirewallStatus status(int second) {
        double received = 0;
        double dropped = 0;
        double opened = 0;
        for (int s = 1; s <= second; s++) {
            received += 21_300 * load(s, 1);
            dropped += (s % 200 > 150 ? 4_200 : 600) * load(s, 2);
            opened += 340 * load(s, 3);
        }
        return status(second, (long) received, (long) dropped, (long) opened);
    }

    private static FirewallStatus status(int second, long received, long dropped, long opened) {
        long byRules = dropped * 9 / 10;
        Map<DropReason, Long> drops = new LinkedHashMap<>();
        drops.put(DropReason.SOURCE_NOT_ALLOWED, dropped / 20);
        drops.put(DropReason.PACKET_TOO_LARGE, dropped / 40);
        drops.put(DropReason.OPTION_MISSING, dropped - byRules - dropped / 20 - dropped / 40);
        long forwarded = received - dropped;
        ApplianceStats stats = stats(received, received * 892, forwarded, forwarded * 911, byRules, drops, List.of(
                tunnel(0x0a1b2c3d4e5f60718L, received * 7 / 10, byRules * 2 / 3), tunnel(0x0123456789abcdef0L, received * 2 / 10, byRules / 3),
                tunnel(0x0f00dcafe12345678L, received / 10, 0)));
        return new FirewallStatus(NOON.plusSeconds(second), Duration.ofSeconds(93_784 + second), "edge-eu-1a", List.of(), stats,
                new Connections(18_342 + opened % 977, 57, 262_144, opened, 12), rules(forwarded, byRules), decisions(forwarded, byRules),
                top(second));
    }

    static ApplianceStats stats(long received, long receivedBytes, long forwarded, long forwardedBytes, long byRules,
                                Map<DropReason, Long> drops, List<TunnelStats> tunnels) {
        return new ApplianceStats(received, receivedBytes, 0, 0, forwarded, forwardedBytes, 0, 0, byRules, 0, drops,
                new ApplianceStats.Extras(0, 0, 0, tunnels.size(), 0, 0, 0, 0, 0, 0, 0), 3, 12, null, null, List.of(), tunnels);
    }

    static TunnelStats tunnel(long id, long packets, long dropped) {
        return new TunnelStats(id, TunnelMode.INLINE, TunnelPhase.ACTIVE, packets, packets * 840, 0, 0, packets - dropped,
                (packets - dropped) * 840, dropped, 0, 1_000_000);
    }

    private static List<RuleStatus> rules(long forwarded, long dropped) {
        return List.of(
                new RuleStatus("web-out", "allow tcp from @clients to any port 80,443 domains @allowed", "allow", forwarded * 8 / 10, forwarded * 800, forwarded / 70),
                new RuleStatus("ads", "reject tcp to any port 443 domains *.tracker.example", "reject", dropped / 5, dropped * 15, dropped / 5),
                new RuleStatus("dns", "allow udp from @clients to @resolvers port 53", "allow", forwarded / 10, forwarded * 9, forwarded / 20),
                new RuleStatus("ping", "allow icmp limit 10/s burst 20", "allow", forwarded - forwarded * 8 / 10 - forwarded / 10, forwarded * 8, forwarded / 900),
                new RuleStatus("no-smtp", "deny tcp to any port 25 log", "deny", dropped / 4, dropped * 16, dropped / 4),
                new RuleStatus("default", "default deny", "deny", dropped - dropped / 5 - dropped / 4, dropped * 40, dropped / 2));
    }

    private static Map<String, Long> decisions(long forwarded, long dropped) {
        Map<String, Long> decisions = new LinkedHashMap<>();
        decisions.put("established", forwarded * 19 / 20);
        decisions.put("rule", forwarded / 20 + dropped * 3 / 4);
        decisions.put("name", dropped / 8);
        decisions.put("mid-stream", dropped / 16);
        return decisions;
    }

    private static TopTraffic top(int second) {
        List<Talker> talkers = new ArrayList<>();
        List<Talker> flows = new ArrayList<>();
        for (int i = 0; i < ADDRESSES.length; i++) {
            long bytes = (long) (480_000_000 / (i * i * 0.7 + 1) * load(second, i + 4));
            talkers.add(new Talker(ADDRESSES[i], "", bytes / 890, bytes, i < 3 ? 0 : 21_000L * i));
            String end = ADDRESSES[i].contains(":") ? "[" + ADDRESSES[i] + "]" : ADDRESSES[i];
            flows.add(new Talker("tcp " + end + ":" + (49_152 + 7 * i) + " <-> 203.0.113.10:443", "vpce-0a1b2c3d4e5f60718", bytes / 1_100, bytes / 2, 12_000L * i));
        }
        talkers.sort(Sort.BYTES.talkers());
        flows.sort(Sort.BYTES.talkers());
        return new TopTraffic(47.6, 1_204_118, 1_071_000_000L, talkers, flows);
    }

    /** What a view shows after so many seconds. */
    static LiveSnapshot snapshot(int seconds) {
        RateWindow rates = new RateWindow();
        LiveSnapshot snapshot = null;
        for (int second = Math.max(0, seconds - RateWindow.SECONDS); second <= seconds; second++) {
            snapshot = rates.add(status(second));
        }
        return snapshot;
    }
}
