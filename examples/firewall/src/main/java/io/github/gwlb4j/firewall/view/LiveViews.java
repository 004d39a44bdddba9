package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.gwlb.health.HealthConfig;

/**
 * The views of one firewall: in the terminal, on the web, both, or none. In this order:
 *
 * <pre>{@code
 * LiveViews views = new LiveViews();
 * views.addPages(healthConfigBuilder);        // --web, before the appliance is built
 * views.openTerminal();                       // --ui
 * views.start(statusSource);                  // once the appliance runs
 * ...
 * if (!views.isOnTerminal()) print(line);     // lines of one's own would be drawn over
 * ...
 * views.close();                              // before the summary is printed
 * }</pre>
 *
 * <p>For one thread; {@link #isOnTerminal} and {@link #close} for any.
 */
public final class LiveViews implements AutoCloseable {
    private final LivePages pages = new LivePages();
    private boolean hasPages;
    private volatile TerminalUi terminal;
    private volatile StatusSampler sampler;

    /** No view yet. */
    public LiveViews() {
        // nothing is opened before it is asked for
    }

    /**
     * Puts the web page on the health port, at {@code /live}, for this machine only.
     *
     * @param config settings of the health port
     * @return the same builder
     */
    public HealthConfig.Builder addPages(HealthConfig.Builder config) {
        hasPages = true;
        return pages.addTo(config);
    }

    /**
     * Takes over the terminal, if standard input and output are one.
     *
     * @return false if not; then lines of text are the view
     */
    public boolean openTerminal() {
        terminal = TerminalUi.open();
        return terminal != null;
    }

    /**
     * Starts taking a status a second, if there is a view to show it.
     *
     * @param source of the running firewall
     */
    public void start(FirewallStatusSource source) {
        if (hasPages || terminal != null) {
            StatusSampler starting = new StatusSampler(source, this::show);
            sampler = starting;
            starting.start();
        }
    }

    private void show(LiveSnapshot snapshot) {
        TerminalUi ui = terminal;
        if (ui != null) {
            ui.show(snapshot);
        }
        if (hasPages) {
            pages.show(snapshot);
        }
    }

    /**
     * Whether the terminal belongs to the view now: not before it was opened, nor once its user has left it with {@code q}.
     *
     * @return true if nothing else should be printed
     */
    public boolean isOnTerminal() {
        TerminalUi ui = terminal;
        return ui != null && ui.isOpen();
    }

    /** Ends the views and leaves the terminal as it was. A second call does nothing. */
    @Override
    public void close() {
        StatusSampler running = sampler;
        if (running != null) {
            running.close();
        }
        TerminalUi ui = terminal;
        if (ui != null) {
            ui.close();
        }
    }
}
