package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Series;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the web page must show of a status, straight from the statistics: text, and after a bar the tip. */
final class PageNumbers {
    private final Map<String, String> numbers = new TreeMap<>();

    private PageNumbers() {
    }

    static Map<String, String> of(LiveSnapshot snapshot) {
        PageNumbers page = new PageNumbers();
        FirewallStatus status = snapshot.status();
        page.numbers.put("name", status.name());
        page.numbers.put("uptime", Amounts.duration(status.uptime()));
        page.numbers.put("time", status.time().toString().replace("T", " ").replace("Z", " UTC"));
        page.totals(status);
        page.rates(snapshot);
        page.rules(snapshot);
        page.endpoints(snapshot);
        page.top(status);
        int decision = 0;
        for (long packets : status.decisions().values()) {
            page.numbers.put("decisions." + decision++, Amounts.count(packets));
        }
        return page.numbers;
    }

    private void bytes(String key, long bytes) {
        numbers.put(key, Amounts.bytes(bytes) + " | " + Amounts.count(bytes) + " bytes");
    }

    private void count(String key, long value) {
        numbers.put(key, Amounts.count(value));
    }

    private void totals(FirewallStatus status) {
        ApplianceStats stats = status.appliance();
        count("appliance.receivedPackets", stats.receivedPackets());
        count("appliance.forwardedPackets", stats.forwardedPackets());
        bytes("appliance.receivedBytes", stats.receivedBytes());
        bytes("appliance.forwardedBytes", stats.forwardedBytes());
        count("appliance.droppedByHandler", stats.droppedByHandler());
        count("appliance.droppedByReason", stats.droppedByReason() + Math.max(0, stats.receiveBufferDrops()));
        for (DropReason reason : DropReason.values()) {
            if (stats.dropped(reason) > 0) {
                count("drops." + reason, stats.dropped(reason));
            }
        }
        if (stats.receiveBufferDrops() > 0) {
            count("drops.receiveBuffer", stats.receiveBufferDrops());
        }
        count("connections.now", status.connections().now());
        count("connections.halfOpen", status.connections().halfOpen());
        count("connections.limit", status.connections().limit());
        count("connections.opened", status.connections().opened());
        count("connections.evicted", status.connections().evicted());
    }

    private void rates(LiveSnapshot snapshot) {
        for (Series series : Series.values()) {
            long now = snapshot.now(series);
            boolean isBits = series == Series.RECEIVED_BITS || series == Series.FORWARDED_BITS;
            String text = isBits ? Amounts.bitsPerSecond(now) : Amounts.perSecond(now);
            numbers.put("rate." + series.jsonName(), text);
            numbers.put("chart." + series.jsonName(), text);
        }
        numbers.put("peak.bits", Amounts.bitsPerSecond(peak(snapshot, Series.RECEIVED_BITS, Series.FORWARDED_BITS)));
        numbers.put("peak.packets", Amounts.perSecond(peak(snapshot, Series.RECEIVED_PACKETS, Series.FORWARDED_PACKETS, Series.DROPPED_PACKETS)));
        numbers.put("peak.connections", Amounts.perSecond(peak(snapshot, Series.OPENED_CONNECTIONS)));
    }

    private static long peak(LiveSnapshot snapshot, Series... series) {
        return Arrays.stream(series).flatMapToLong(one -> Arrays.stream(snapshot.history().get(one))).max().orElse(0);
    }

    private void rules(LiveSnapshot snapshot) {
        numbers.put("rules.shown", "in order, the first that matches decides");
        List<RuleStatus> rules = snapshot.status().rules();
        for (int i = 0; i < rules.size(); i++) {
            RuleStatus rule = rules.get(i);
            numbers.put("rules." + i + ".packetRate", Amounts.perSecond(snapshot.ruleRate(rule.name())));
            count("rules." + i + ".packets", rule.packets());
            bytes("rules." + i + ".bytes", rule.bytes());
            count("rules." + i + ".connections", rule.connections());
        }
    }

    private void endpoints(LiveSnapshot snapshot) {
        numbers.put("endpoints.shown", "");
        List<TunnelStats> tunnels = snapshot.status().appliance().tunnels();
        for (int i = 0; i < tunnels.size(); i++) {
            TunnelStats tunnel = tunnels.get(i);
            String key = "endpoints." + i + ".";
            numbers.put(key + "bitRate", Amounts.bitsPerSecond(snapshot.endpointRate(tunnel.name()).bits()));
            numbers.put(key + "packetRate", Amounts.perSecond(snapshot.endpointRate(tunnel.name()).packets()));
            count(key + "receivedPackets", tunnel.receivedPackets());
            bytes(key + "receivedBytes", tunnel.receivedBytes());
            count(key + "forwardedPackets", tunnel.forwardedPackets());
            bytes(key + "forwardedBytes", tunnel.forwardedBytes());
            count(key + "droppedByHandler", tunnel.droppedByHandler());
        }
    }

    private void top(FirewallStatus status) {
        long seconds = Math.round(status.top().seconds());
        numbers.put("top.seconds", seconds + " s");
        bytes("top.bytes", status.top().bytes());
        numbers.put("top.packets", Amounts.count(status.top().packets()) + " packets");
        Map<String, List<Talker>> lists = Map.of("talkers", status.top().talkers(), "flows", status.top().flows());
        lists.forEach((list, talkers) -> {
            for (Talker talker : talkers) {
                String key = list + "." + talkers.indexOf(talker) + ".";
                numbers.put(key + "bytes", Amounts.bytes(talker.bytes()) + " | between " + Amounts.count(talker.bytes()) + " and "
                        + Amounts.count(talker.bytes() + talker.error()) + " bytes");
                numbers.put(key + "bitRate", Amounts.bitsPerSecond(seconds == 0 ? 0 : talker.bytes() * 8 / seconds));
                count(key + "packets", talker.packets());
            }
        });
    }
}
