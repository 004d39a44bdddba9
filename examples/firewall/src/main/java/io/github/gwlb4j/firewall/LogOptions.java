package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionLog;
import io.github.gwlb4j.gwlb.capture.CaptureFilter;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options: what is written down. */
final class LogOptions {
    @Option(names = "--decisions", paramLabel = "FILE",
            description = "Log each new connection and each denied packet as a JSON line; rotated at 100 MiB.")
    private Path decisions;

    @Option(names = "--sample", paramLabel = "N", description = "Log one in N decisions of each kind; default 1, all of them.")
    private Integer sample;

    @Option(names = "--decisions-per-second", paramLabel = "N", description = "Log so many decisions a second at most; default 1000.")
    private Integer linesPerSecond;

    @Option(names = "--capture", paramLabel = "FILE",
            description = "Capture packets as pcapng, what became of each as its comment; 10 files of 100 MiB.")
    private Path capture;

    @Option(names = "--capture-filter", paramLabel = "EXPRESSION",
            description = "Capture only such packets, as in 'verdict dropped and tcp port 443'.")
    private String captureFilter;

    @Option(names = "--quiet", description = "No line a second, only the summary.")
    private boolean isQuiet;

    /** Opens the log of decisions; null if none is asked for. */
    DecisionLog openDecisions(boolean isDryRun) throws IOException {
        if (decisions == null) {
            if (sample != null || linesPerSecond != null) {
                throw new IllegalArgumentException((sample != null ? "--sample" : "--decisions-per-second")
                        + " says how many decisions to log: say --decisions FILE, too");
            }
            return null;
        }
        DecisionLog.Builder log = DecisionLog.builder(decisions).dryRun(isDryRun);
        if (sample != null) {
            log.sampleEvery(sample);
        }
        if (linesPerSecond != null) {
            log.linesPerSecond(linesPerSecond);
        }
        return log.open();
    }

    /** Opens the capture; null if none is asked for. */
    PacketCapture openCapture() throws IOException {
        if (capture == null) {
            if (captureFilter != null) {
                throw new IllegalArgumentException("--capture-filter says what to capture: say --capture FILE, too");
            }
            return null;
        }
        return PacketCapture.builder(capture).filter(captureFilter == null ? null : CaptureFilter.parse(captureFilter))
                .includeDropped(true).open();
    }

    /** Writes what is left; either may be null. */
    void close(DecisionLog decisionLog, PacketCapture packetCapture) {
        if (decisionLog != null) {
            decisionLog.close();
        }
        if (packetCapture != null) {
            packetCapture.close();
        }
    }

    boolean isQuiet() {
        return isQuiet;
    }
}
