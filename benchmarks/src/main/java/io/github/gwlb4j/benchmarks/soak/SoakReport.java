package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that a run has shown.
 *
 * @param seed      of the schedule
 * @param seconds   how long it took
 * @param machine   what it ran on
 * @param units     the appliances
 * @param outcomes  the injections, in order
 * @param checks    what must hold
 */
record SoakReport(long seed, long seconds, String machine, List<UnitResult> units, List<FaultOutcome> outcomes, List<Check> checks) {
    boolean isPassed() {
        return checks.stream().allMatch(Check::isPassed);
    }

    /** Writes {@code report.md} and {@code report.json}. */
    void write(Path directory) throws IOException {
        Files.writeString(directory.resolve("report.md"), markdown());
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(directory.resolve("report.json").toFile(), this);
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "# Soak: %s%n%n%d min %d s, %d injections of faults, seed %d, %s%n",
                isPassed() ? "passed" : "FAILED", seconds / 60, seconds % 60, outcomes.size(), seed, machine));
        table(text, "Checks", "| | what must hold | figures |");
        checks.forEach(check -> line(text, check.isPassed() ? "ok" : "**FAILED**", check.name(), check.detail()));
        units.forEach(unit -> append(text, unit));
        appendFaults(text);
        return text.toString();
    }

    private void append(StringBuilder text, UnitResult unit) {
        Counters total = unit.total();
        table(text, "Appliance: " + unit.role().label(), "| figure | |");
        line(text, "packets in", total.in() + " (" + total.received() + " received, " + total.read() + " read from interfaces)");
        line(text, "packets out", total.out() + " (" + total.forwarded() + " sent back, " + total.delivered() + " into interfaces)");
        line(text, "dropped by the handler", total.droppedByHandler());
        line(text, "held at the end", total.held());
        total.drops().forEach((reason, count) -> {
            if (count > 0) {
                line(text, "dropped: " + reason, count);
            }
        });
        line(text, "dropped by the kernel, receive buffer full", total.other("receiveBufferDrops"));
        line(text, "counter invariant", unit.invariantChecks() + " snapshots, " + unit.violations() + " wrong");
        line(text, "health checks", unit.invariantChecks() + " answered (" + unit.unhealthyAnswers() + " said 503), " + unit.unanswered() + " not");
        if (unit.first() != null && unit.last() != null) {
            line(text, "RSS first, last", megabytes(unit.first().rssBytes()) + ", " + megabytes(unit.last().rssBytes()));
            line(text, "heap after GC first, last", megabytes(unit.first().heapBytes()) + ", " + megabytes(unit.last().heapBytes()));
            line(text, "descriptors first, last (without reply sockets and tunnels)", unit.first().descriptors() + ", " + unit.last().descriptors());
            line(text, "threads first, last", unit.first().threads() + ", " + unit.last().threads());
        }
        line(text, "started again by its supervisor", unit.restarts());
        unit.load().forEach((name, count) -> line(text, name, count));
        unit.pauses().forEach((name, ms) -> line(text, "pause, ms: " + name, String.format(Locale.ROOT, "%.1f", ms)));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    /** Faults by name: how often, the worst, and what was seen the last time. */
    private void appendFaults(StringBuilder text) {
        Map<String, FaultSum> sums = new TreeMap<>();
        outcomes.forEach(outcome -> sums.merge(outcome.title(), FaultSum.of(outcome), FaultSum::plus));
        table(text, "Faults", "| fault | times | longest gap of the flow | longest until it passed again | longest until TCP went on | seen | not well |");
        sums.forEach((title, sum) -> line(text, title, sum.times(), sum.gapMs() + " ms", sum.recoveryMs() + " ms", sum.transferMs() + " ms",
                sum.seen() == null ? "nothing" : sum.seen(), sum.bad()));
    }

    private record FaultSum(long times, long gapMs, long recoveryMs, long transferMs, String seen, long bad) {
        static FaultSum of(FaultOutcome outcome) {
            return new FaultSum(1, outcome.gapMs(), outcome.recoveryMs(), outcome.transferMs(), outcome.seen(),
                    outcome.problems().isEmpty() ? 0 : 1);
        }

        FaultSum plus(FaultSum other) {
            return new FaultSum(times + other.times, Math.max(gapMs, other.gapMs), Math.max(recoveryMs, other.recoveryMs),
                    Math.max(transferMs, other.transferMs), other.seen != null ? other.seen : seen, bad + other.bad);
        }
    }

    private static void table(StringBuilder text, String title, String columns) {
        text.append("\n## ").append(title).append("\n\n").append(columns).append('\n')
                .append(columns.replaceAll("[^|]+", "---")).append('\n');
    }

    private static void line(StringBuilder text, Object... cells) {
        for (Object cell : cells) {
            text.append("| ").append(String.valueOf(cell).replace("|", "\\|").replace('\n', ' ')).append(' ');
        }
        text.append("|\n");
    }
}
