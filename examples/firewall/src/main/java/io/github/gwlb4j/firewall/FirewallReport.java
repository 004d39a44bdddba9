package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the firewall tells people: a line a second while it runs, a summary at the end. */
final class FirewallReport {
    private static final double BITS_PER_MEGABIT = 1e6;

    private final Policy rules;
    private final List<Firewall> workers;
    private ApplianceStats last;
    private long lastNs;

    FirewallReport(Policy rules, List<Firewall> workers, ApplianceStats atStart) {
        this.rules = rules;
        this.workers = workers;
        this.last = atStart;
        this.lastNs = System.nanoTime();
    }

    /** What has happened since the last line. */
    String line(ApplianceStats now) {
        long nowNs = System.nanoTime();
        double seconds = Math.max(1e-3, (nowNs - lastNs) / 1e9);
        String line = String.format(Locale.ROOT,
                "%s  in %,.0f pps  %.2f Mbit/s  forwarded %,.0f pps  flows %,d  denied %,d  dropped %,d",
                LocalTime.now().truncatedTo(ChronoUnit.SECONDS),
                (now.receivedPackets() - last.receivedPackets()) / seconds,
                (now.receivedBytes() - last.receivedBytes()) * 8 / seconds / BITS_PER_MEGABIT,
                (now.forwardedPackets() - last.forwardedPackets()) / seconds,
                flows(), now.droppedByHandler() - last.droppedByHandler(), now.droppedByReason() - last.droppedByReason());
        last = now;
        lastNs = nowNs;
        return line;
    }

    private long flows() {
        return workers.stream().mapToLong(worker -> worker.connections().size()).sum();
    }

    String summary(ApplianceStats total) {
        StringBuilder text = new StringBuilder(512);
        text.append("Firewall summary\n");
        row(text, "packets received", total.receivedPackets());
        row(text, "packets forwarded", total.forwardedPackets());
        row(text, "packets denied by rules", total.droppedByHandler());
        row(text, "packets dropped for other reasons", total.droppedByReason());
        for (Map.Entry<DropReason, Long> drop : total.drops().entrySet()) {
            if (drop.getValue() > 0) {
                row(text, "  " + drop.getKey().label(), drop.getValue());
            }
        }
        long evicted = workers.stream().mapToLong(worker -> worker.connections().evicted()).sum();
        if (evicted > 0) {
            row(text, "connections forgotten, table full (--max-connections)", evicted);
        }
        text.append("Packets by rule (replies count for the rule that allowed their connection)\n");
        for (int i = 0; i < rules.ruleCount(); i++) {
            int rule = i;
            long packets = workers.stream().mapToLong(worker -> worker.packetsByRule(rule)).sum();
            String where = rules.rule(i).line() > 0 ? "line " + rules.rule(i).line() + ": " : "";
            row(text, where + rules.rule(i).text(), packets);
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String what, long number) {
        text.append(String.format(Locale.ROOT, "  %,12d  %s%n", number, what));
    }
}
