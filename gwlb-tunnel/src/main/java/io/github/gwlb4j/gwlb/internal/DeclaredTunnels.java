package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.TunnelPhase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Waits at start for the tunnels of declared endpoints. Usable from any thread but the control thread, which makes them. */
final class DeclaredTunnels {
    private static final long POLL_MS = 5;

    private final TunnelRules rules;
    private final TunnelTable table;
    private final LongSupplier clock;
    private volatile boolean isGivenUp;

    DeclaredTunnels(TunnelRules rules, TunnelTable table, LongSupplier clock) {
        this.rules = rules;
        this.table = table;
        this.clock = clock;
    }

    /** Makes {@link #await} give up soon. From any thread. */
    void giveUp() {
        isGivenUp = true;
    }

    /** Waits until each is active or has failed; throws unless all are active. */
    void await(long timeoutNs) throws IOException {
        long startNs = clock.getAsLong();
        while (rules.declared().stream().anyMatch(this::isUndecided) && clock.getAsLong() - startNs < timeoutNs) {
            if (isGivenUp) {
                throw new IOException("closed while the tunnels of declared endpoints were being created");
            }
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the tunnels of declared endpoints were being created");
            }
        }
        List<String> problems = rules.declared().stream().sorted().map(endpointId -> problem(endpointId, timeoutNs))
                .filter(Objects::nonNull).toList();
        if (!problems.isEmpty()) {
            throw new IOException(problems.stream().collect(Collectors.joining("; ",
                    problems.size() + " of " + rules.declared().size() + " declared endpoint(s) have no tunnel: ", "")), firstFailure());
        }
    }

    private boolean isUndecided(long endpointId) {
        TunnelState tunnel = table.find(endpointId);
        return tunnel != null && tunnel.phase() == TunnelPhase.CREATING && tunnel.life().failure() == null;
    }

    private String problem(long endpointId, long timeoutNs) {
        TunnelState tunnel = table.find(endpointId);
        String name = "vpce-" + EndpointId.toHex(endpointId) + ": ";
        if (tunnel == null) {
            return name + (rules.admission().admitsEndpoint(endpointId) ? "no room for it (setting maxTunnels), or it was destroyed meanwhile"
                    : "it is not among the allowed endpoints (setting allowEndpoint)");
        }
        if (tunnel.phase() == TunnelPhase.ACTIVE) {
            return null;
        }
        Throwable failure = tunnel.life().failure();
        return name + (failure != null ? TunnelNews.text(failure) : "its creation still goes on after "
                + TimeUnit.NANOSECONDS.toMillis(timeoutNs) + " ms; what does the listener, or hook script, wait for?");
    }

    private Throwable firstFailure() {
        return rules.declared().stream().sorted().map(table::find).filter(Objects::nonNull).map(tunnel -> tunnel.life().failure())
                .filter(Objects::nonNull).findFirst().orElse(null);
    }
}
