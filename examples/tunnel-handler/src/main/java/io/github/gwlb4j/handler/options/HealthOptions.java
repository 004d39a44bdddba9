package io.github.gwlb4j.handler.options;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Health page and the way to stop. Filled by the command line. */
public final class HealthOptions {
    /** TCP port of the health page, or null. */
    @Option(names = {"-p", "--port"}, paramLabel = "PORT", description = "Serve the health page on this TCP port: 200 or 503, with statistics; "
            + "and /metrics for Prometheus.")
    public Integer port;

    /** Whether the page is JSON. */
    @Option(names = {"-j", "--json"}, description = "The health page as JSON instead of text.")
    public boolean isJson;

    /** Whether the page is empty. */
    @Option(names = {"-s", "--status-only"}, description = "The health page's status code only, nothing else to read. Stronger than -j.")
    public boolean isStatusOnly;

    /** TCP port for /metrics, or null. */
    @Option(names = "--metrics", paramLabel = "PORT", description = "Serve /metrics on this TCP port. One port serves both it and the "
            + "health page, so this is -p, or must be equal to it.")
    public Integer metricsPort;

    /** Seconds that forwarding goes on after SIGTERM. */
    @Option(names = "--drain", paramLabel = "SECONDS", defaultValue = "0", description = "After SIGINT or SIGTERM answer health checks with 503 and go on "
            + "forwarding until no flow is left, at most this long; default 0: end "
            + "at once. The load balancer's deregistration delay is a good choice (300).")
    public int drainSeconds;

    /** Socket at which one process takes over from another, or null. */
    @Option(names = "--takeover", paramLabel = "PATH", description = "Take over from the gwlbtun that runs with the same PATH, while its traffic goes "
            + "on: no script runs, no connection ends, that one exits with 0. If none runs, start as usual. Then wait at PATH for the next.")
    public Path takeover;
}
