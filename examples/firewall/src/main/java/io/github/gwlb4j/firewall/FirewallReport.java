package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.firewall.state.EngineStats;
import io.github.gwlb4j.firewall.state.RuleTally;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the firewall tells people: a line a second while it runs, a summary at the end. Belongs to one thread. */
final class FirewallReport {
    private static final double BITS_PER_MEGABIT = 1e6;
    /** LocalTime's own text leaves the seconds out when they are 0. */
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final CurrentPolicy policy;
    private final List<Firewall> workers;
    private final boolean isDryRun;
    private ApplianceStats last;
    private long lastDenied;
    private long lastNs;

    FirewallReport(CurrentPolicy policy, List<Firewall> workers, boolean isDryRun, ApplianceStats atStart) {
        this.policy = policy;
        this.workers = workers;
        this.isDryRun = isDryRun;
        this.last = atStart;
        this.lastNs = System.nanoTime();
    }

    /** What has happened since the last line. */
    String line(ApplianceStats now) {
        long nowNs = System.nanoTime();
        double seconds = Math.max(1e-3, (nowNs - lastNs) / 1e9);
        long denied = denied();
        String line = String.format(Locale.ROOT,
                "%s  in %,.0f pps  %.2f Mbit/s  forwarded %,.0f pps  flows %,d  denied %,d  dropped %,d",
                clock(LocalTime.now()),
                (now.receivedPackets() - last.receivedPackets()) / seconds,
                (now.receivedBytes() - last.receivedBytes()) * 8 / seconds / BITS_PER_MEGABIT,
                (now.forwardedPackets() - last.forwardedPackets()) / seconds,
                stats(workers).connections(), denied - lastDenied, now.droppedByReason() - last.droppedByReason());
        last = now;
        lastDenied = denied;
        lastNs = nowNs;
        return line;
    }

    static String clock(LocalTime time) {
        return CLOCK.format(time);
    }

    private long denied() {
        long denied = 0;
        for (DecisionCause cause : DecisionCause.values()) {
            denied += dropped(workers, cause);
        }
        return denied;
    }

    static long dropped(List<Firewall> workers, DecisionCause cause) {
        return workers.stream().mapToLong(worker -> worker.dropped(cause)).sum();
    }

    static long passed(List<Firewall> workers, DecisionCause cause) {
        return workers.stream().mapToLong(worker -> worker.passed(cause)).sum();
    }

    static EngineStats stats(List<Firewall> workers) {
        return workers.stream().map(Firewall::stats).reduce(EngineStats.NONE, EngineStats::plus);
    }

    String summary(ApplianceStats total) {
        StringBuilder text = new StringBuilder(1024);
        text.append("Firewall summary\n");
        row(text, "packets received", total.receivedPackets());
        row(text, "packets forwarded", total.forwardedPackets());
        String wouldBe = isDryRun ? " (dry run: forwarded all the same)" : "";
        row(text, "packets denied by rules" + wouldBe, dropped(workers, DecisionCause.RULE));
        for (DecisionCause cause : DecisionCause.values()) {
            long dropped = dropped(workers, cause);
            if (cause != DecisionCause.RULE && dropped > 0) {
                row(text, "packets denied for " + words(cause) + wouldBe, dropped);
            }
        }
        row(text, "packets dropped for other reasons", total.droppedByReason());
        for (Map.Entry<DropReason, Long> drop : total.drops().entrySet()) {
            rowIfAny(text, "  " + drop.getKey().label(), drop.getValue());
        }
        connections(text, stats(workers));
        rules(text);
        return text.toString();
    }

    private static String words(DecisionCause cause) {
        return switch (cause) {
            case RULE -> "a rule";
            case ESTABLISHED -> "the connection they belong to";
            case NAME -> "the name that was asked for";
            case UNKNOWN_NAME -> "a name that could not be found";
            case MID_STREAM -> "beginning in the middle of a connection";
            case INVALID_STATE -> "not fitting the state of their connection";
            case HALF_OPEN_LIMIT -> "too many unfinished handshakes of their source";
            case RATE_LIMIT -> "too many connections of their source";
            case FRAGMENT -> "being bad fragments, or fragments of what is denied";
            case BAD_CHECKSUM -> "wrong checksums";
        };
    }

    private static void connections(StringBuilder text, EngineStats stats) {
        rowIfAny(text, "connections forgotten early, too many at a time (--max-connections, half-open-limit)", stats.evicted());
        rowIfAny(text, "answers sent to rejected packets", stats.rejectsSent());
        rowIfAny(text, "answers not sent, too many (rejects-per-second)", stats.rejectsSuppressed());
        rowIfAny(text, "connections judged without their name, too many were undecided", stats.namesGivenUp());
        rowIfAny(text, "fragmented packets forgotten early, too many at a time", stats.fragmentsDisplaced());
        rowIfAny(text, "times that sources shared a rate limit, too many at a time", stats.sharedBuckets());
    }

    private void rules(StringBuilder text) {
        text.append("Packets by rule (replies count for the rule that allowed their connection)\n");
        RuleTotals totals = RuleTotals.of(policy.version(), workers);
        for (int i = 0; i < totals.version().policy().ruleCount(); i++) {
            Rule rule = totals.version().policy().rule(i);
            String where = rule.line() > 0 ? "line " + rule.line() + ": " : "";
            row(text, where + rule.text(), totals.packets(i));
        }
        rowIfAny(text, "rules that a reload took away", totals.packets(RuleTally.DEPARTED));
    }

    private static void rowIfAny(StringBuilder text, String what, long number) {
        if (number > 0) {
            row(text, what, number);
        }
    }

    private static void row(StringBuilder text, String what, long number) {
        text.append(String.format(Locale.ROOT, "  %,12d  %s%n", number, what));
    }
}
