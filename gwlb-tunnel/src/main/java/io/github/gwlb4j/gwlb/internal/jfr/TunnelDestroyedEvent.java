package io.github.gwlb4j.gwlb.internal.jfr;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.time.Duration;
import java.time.Instant;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A tunnel has gone. Emitted on the control thread. */
@Name("io.github.gwlb4j.TunnelDestroyed")
@Label("Tunnel Destroyed")
@Category("gwlb4j")
@StackTrace(false)
public final class TunnelDestroyedEvent extends Event {
    @Label("Endpoint")
    private final String endpoint;
    @Label("Reason")
    private final String reason;
    @Label("Lifetime")
    @Timespan(Timespan.MILLISECONDS)
    private final long lifetimeMs;
    @Label("Received Packets")
    private final long receivedPackets;
    @Label("Received Bytes")
    @DataAmount
    private final long receivedBytes;

    private TunnelDestroyedEvent(Tunnel tunnel, Reason reason) {
        TunnelStats stats = tunnel.stats();
        this.endpoint = tunnel.name();
        this.reason = reason.name();
        this.lifetimeMs = Duration.between(tunnel.createdAt(), Instant.now()).toMillis();
        this.receivedPackets = stats.receivedPackets();
        this.receivedBytes = stats.receivedBytes();
    }

    /**
     * Emits the event.
     *
     * @param tunnel that has gone
     * @param reason why
     */
    public static void emit(Tunnel tunnel, Reason reason) {
        new TunnelDestroyedEvent(tunnel, reason).commit();
    }
}
