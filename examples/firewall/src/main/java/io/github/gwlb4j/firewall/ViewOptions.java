package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.view.LiveViews;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import java.net.InetSocketAddress;
import picocli.CommandLine.Option;

/** Options: who watches while it runs. */
final class ViewOptions {
    @Option(names = "--ui", description = "Show endpoints, rules, flows and rates in the terminal, live.")
    private boolean hasTerminal;

    @Option(names = "--web", description = "Show the same on the health port at /live, read-only and for this machine only.")
    private boolean hasPages;

    private final LiveViews views = new LiveViews();

    /** Whether anybody will ask who sends most. */
    boolean isWatching() {
        return hasTerminal || hasPages;
    }

    /** Settings of the health port; null if there is none. */
    HealthConfig health(Integer port) {
        if (port == null) {
            if (hasPages) {
                throw new IllegalArgumentException("--web shows its page on the health port: say --health-port PORT, too");
            }
            return null;
        }
        OptionTypes.requireRange("--health-port", port, 1, 65_535);
        if (!hasPages) {
            return HealthConfig.onPort(port);
        }
        return views.addPages(HealthConfig.builder(new InetSocketAddress(port))).build();
    }

    /** Takes over the terminal if that is asked for and it is one. */
    void openTerminal() {
        if (hasTerminal && !views.openTerminal()) {
            System.err.println("firewall: --ui needs a terminal as standard input and output; printing lines instead");
        }
    }

    LiveViews views() {
        return views;
    }
}
