package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionLog;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options: what is written down. */
final class LogOptions {
    @Option(names = "--decisions", paramLabel = "FILE",
            description = "Log decisions as JSON lines: each new connection, each packet that is denied. Rotated at 100 MiB.")
    private Path decisions;

    @Option(names = "--sample", paramLabel = "N", description = "Log one in N decisions of each kind; default 1, all of them.")
    private int sample = 1;

    @Option(names = "--decisions-per-second", paramLabel = "N", description = "Log so many decisions a second at most; default 1000.")
    private int linesPerSecond = 1000;

    @Option(names = "--quiet", description = "No line a second, only the summary.")
    private boolean isQuiet;

    /** Opens the log of decisions; null if none is asked for. */
    DecisionLog openDecisions(boolean isDryRun) throws IOException {
        return decisions == null ? null
                : DecisionLog.builder(decisions).sampleEvery(sample).linesPerSecond(linesPerSecond).dryRun(isDryRun).open();
    }

    boolean isQuiet() {
        return isQuiet;
    }
}
