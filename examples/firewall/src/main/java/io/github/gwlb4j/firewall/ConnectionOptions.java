package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.state.EngineSettings;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Options: how connections are remembered, and what a reload does. */
final class ConnectionOptions {
    private static final int MAX_TCP_TIMEOUT_SECONDS = 6000;

    /** What becomes of open connections when other rules are loaded. */
    enum OnReload { KEEP, RECHECK }

    /** What becomes of packets with wrong checksums that would change a connection. */
    enum BadChecksums { DROP, IGNORE }

    @Option(names = "--max-connections", paramLabel = "N", description = "Most connections each worker remembers; default 262144.")
    private int maxConnections = EngineSettings.DEFAULT.maxConnections();

    @Option(names = "--tcp-timeout", paramLabel = "SECONDS",
            description = "Forget a TCP connection after so much silence; default 350, as the load balancer does.")
    private int tcpTimeoutSeconds = (int) EngineSettings.DEFAULT.tcpTimeout().toSeconds();

    @Option(names = "--bad-checksums", paramLabel = "drop|ignore",
            description = "Packets with wrong checksums that begin, end or change a connection; default drop.")
    private BadChecksums badChecksums = BadChecksums.DROP;

    @Option(names = "--watch", description = "Reload the rules also when the file has changed, not only on SIGHUP.")
    private boolean isWatching;

    @Option(names = "--on-reload", paramLabel = "keep|recheck",
            description = "Open connections: keep them, or end those that the new rules deny; default keep.")
    private OnReload onReload = OnReload.KEEP;

    @Option(names = "--dry-run", description = "Decide, count and log, but forward every packet and answer none.")
    private boolean isDryRun;

    EngineSettings settings() {
        OptionTypes.requireRange("--max-connections", maxConnections, 1, Integer.MAX_VALUE);
        OptionTypes.requireRange("--tcp-timeout", tcpTimeoutSeconds, 60, MAX_TCP_TIMEOUT_SECONDS);
        return new EngineSettings(maxConnections, Duration.ofSeconds(tcpTimeoutSeconds), isDryRun, onReload == OnReload.RECHECK,
                badChecksums == BadChecksums.DROP, EngineSettings.DEFAULT.maxUndecided());
    }

    boolean isWatching() {
        return isWatching;
    }

    boolean isDryRun() {
        return isDryRun;
    }
}
