package io.github.gwlb4j.simulator;

import java.util.Locale;
import java.util.Map;

/** Writes a {@link SimulationReport} for people. Stateless. */
final class ReportText {
    private static final String ROW = "  %-12s %10s %10s %10s %10s %10s\n";

    private ReportText() {
    }

    static String of(SimulationReport report) {
        return details(report) + verdict(report);
    }

    /** All but the verdict. */
    static String details(SimulationReport report) {
        StringBuilder text = new StringBuilder(1024);
        report.events().forEach(event -> text.append("  ").append(event).append('\n'));
        text.append(report.events().isEmpty() ? "" : "\n");
        appendTable(text, report);
        text.append(format("\nSent %,.0f packets/s (%.1f Mbit/s) for %.2f s in %d %s.\n", report.packetsPerSecond(),
                megabitsPerSecond(report), report.sendingNs() / 1e9, report.flows(), report.flows() == 1 ? "flow" : "flows"));
        if (report.returned() > 0) {
            SimulationReport.RoundTrip time = report.roundTrip();
            text.append(format("Round trip: p50 %s, p90 %s, p99 %s, p99.9 %s, max %s.\n",
                    micros(time.p50Ns()), micros(time.p90Ns()), micros(time.p99Ns()), micros(time.p999Ns()), micros(time.maxNs())));
        }
        appendFaults(text, report);
        if (report.portUnreachable() > 0) {
            text.append("Nothing listens at the target: its host answered \"port unreachable\". Is the appliance running?\n");
        }
        report.notes().forEach(note -> text.append("Note: ").append(note).append('\n'));
        return text.toString();
    }

    private static void appendTable(StringBuilder text, SimulationReport report) {
        text.append(format(ROW, "traffic", "sent", "returned", "intact", "missing", "dropped*"));
        report.byKind().forEach((kind, count) -> appendRow(text, kind, count));
        appendRow(text, "total", report.total());
        text.append("  * expected to be dropped, and did not come back\n");
    }

    private static void appendRow(StringBuilder text, String name, SimulationReport.KindCount count) {
        text.append(format(ROW, name, count.sent(), count.returned(), count.intact(), count.missing(), count.droppedAsExpected()));
    }

    private static void appendFaults(StringBuilder text, SimulationReport report) {
        for (Map.Entry<ReplyFault, Long> fault : report.faults().entrySet()) {
            text.append(format("%s: %d %s\n", fault.getKey().isUnexpected() ? "Unexpected" : "Wrong", fault.getValue(),
                    fault.getKey().description()));
        }
    }

    private static String verdict(SimulationReport report) {
        if (report.isOk()) {
            String dropped = report.droppedAsExpected() == 0 ? ""
                    : format(" and %d were dropped as expected", report.droppedAsExpected());
            return report.returned() == 0
                    ? format("OK: %d sent, nothing came back, as expected.", report.sent())
                    : format("OK: %d sent, %d came back intact and in order%s.", report.sent(), report.returned(), dropped);
        }
        if (report.sent() == 0) {
            return "FAILED: nothing was sent.";
        }
        long wrong = report.faults().entrySet().stream()
                .filter(e -> !e.getKey().isUnexpected()).mapToLong(Map.Entry::getValue).sum();
        return format("FAILED: %d sent, %d returned, %d missing, %d unexpected, %d faults in replies.", report.sent(),
                report.returned(), report.missing(), report.unexpected(), wrong);
    }

    private static double megabitsPerSecond(SimulationReport report) {
        return report.sendingNs() == 0 ? 0 : report.sentBytes() * 8e3 / report.sendingNs();
    }

    private static String micros(long ns) {
        return ns < 10_000_000 ? format("%.0f µs", ns / 1e3) : format("%.1f ms", ns / 1e6);
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
