package io.github.gwlb4j.firewall.view;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a status once a second on a thread of its own and hands it on. {@link #close} may be called from any thread. */
final class StatusSampler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusSampler.class);

    private final FirewallStatusSource source;
    private final Consumer<LiveSnapshot> views;
    private final RateWindow rates = new RateWindow();
    private ScheduledExecutorService timer;
    private boolean hasFailed;

    StatusSampler(FirewallStatusSource source, Consumer<LiveSnapshot> views) {
        this.source = source;
        this.views = views;
    }

    /** Takes the first status at once. */
    synchronized void start() {
        sample();
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "firewall-live");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
    }

    /** Takes one status now. */
    synchronized void sample() {
        try {
            views.accept(rates.add(source.status()));
            hasFailed = false;
        } catch (RuntimeException e) {
            if (!hasFailed) {
                hasFailed = true; // once, not once a second
                LOG.warn("the live view gets no status; it shows the last one", e);
            }
        }
    }

    @Override
    public void close() {
        ScheduledExecutorService running;
        synchronized (this) {
            running = timer;
        }
        if (running != null) {
            running.shutdownNow();
        }
    }
}
