package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** Tunnels for tests of what uses them. */
final class TestTunnels {
    private TestTunnels() {
    }

    /** Inline tunnels without a listener and without a timeout, for one worker. */
    static TunnelManager inline(Admission admission, int maxTunnels, LongSupplier clock) {
        TunnelRules rules = new TunnelRules(admission, new EndpointModes(TunnelMode.INLINE, Map.of()), maxTunnels, 0,
                Duration.ofSeconds(1).toNanos(), Duration.ofSeconds(60).toNanos(), Set.of(), 1, Duration.ofSeconds(1).toNanos());
        return new TunnelManager(rules, 1, new TunnelListener() { }, (endpointId, mode) -> {
            throw new AssertionError("inline tunnels have no interfaces");
        }, new ReadableTunnels(1), Runnable::run, clock, () -> { }, () -> { });
    }
}
