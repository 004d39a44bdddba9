package io.github.gwlb4j.simulator.load;

import java.util.Locale;

/** Writes a {@link LoadReport} for people. Stateless. */
final class LoadText {
    private static final String ROW = "%10s %10s %10s %9s %9s %9s %9s %9s %9s %9s  %s\n";

    private LoadText() {
    }

    static String of(LoadReport report) {
        StringBuilder text = new StringBuilder(2048);
        text.append(String.format(Locale.ROOT, ROW, "rate/s", "sent/s", "returned/s", "Mbit/s", "loss", "p50", "p99", "p99.9", "max",
                "sent late", ""));
        for (LoadStep step : report.steps()) {
            text.append(row(report, step));
            appendDetails(text, step, report.hasPassed(step));
        }
        text.append("Latency counts from when a packet was due, \"sent late\" is the sender's part of it (p99). Loss is what was not back ")
                .append(seconds(report.settings().timeoutNs())).append(" s after the step's last packet.\n");
        text.append("Sent and received with ").append(report.wire()).append(".\n");
        report.notes().forEach(note -> text.append("Note: ").append(note).append('\n'));
        return text.append(report.verdict()).toString();
    }

    static String row(LoadReport report, LoadStep step) {
        String result = report.hasPassed(step) ? "passed" : step.generatorLimits().isEmpty() ? "FAILED" : "generator limit";
        return String.format(Locale.ROOT, ROW, count(step.packetsPerSecond()), count(step.sentPacketsPerSecond()),
                count(step.returnedPacketsPerSecond()), String.format(Locale.ROOT, "%,.1f", step.returnedBitsPerSecond() / 1e6),
                String.format(Locale.ROOT, "%.3f %%", 100 * step.lossRatio()), micros(step.latency().p50Ns()),
                micros(step.latency().p99Ns()), micros(step.latency().p999Ns()), micros(step.latency().maxNs()),
                micros(step.sendDelay().p99Ns()), result);
    }

    private static void appendDetails(StringBuilder text, LoadStep step, boolean hasPassed) {
        step.faults().forEach((fault, count) -> text.append(String.format(Locale.ROOT, "%10s wrong: %,d x %s\n", "", count,
                fault.description())));
        if (!hasPassed) {
            step.generatorLimits().forEach(limit -> text.append(String.format(Locale.ROOT, "%10s this program: %s\n", "", limit)));
        }
        if (step.late() > 0) {
            text.append(String.format(Locale.ROOT, "%10s %,d replies of an earlier step came in this one\n", "", step.late()));
        }
    }

    private static String count(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String micros(long ns) {
        return ns < 10_000_000 ? String.format(Locale.ROOT, "%.0f us", ns / 1e3) : String.format(Locale.ROOT, "%.1f ms", ns / 1e6);
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.1f", ns / 1e9);
    }
}
