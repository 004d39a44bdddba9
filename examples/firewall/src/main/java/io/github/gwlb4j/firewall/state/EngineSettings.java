package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.gwlb.FlowTracking;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What is set once for the whole run, beside the rules; {@link io.github.gwlb4j.firewall.rules.PolicySettings} are the settings that a
 * reload may change. Immutable.
 *
 * @param maxConnections      most connections of each worker
 * @param tcpTimeout          silence after which an open TCP connection is forgotten
 * @param isDryRun            everything is decided, counted and logged, and everything is let pass
 * @param isRecheckedOnReload whether new rules also judge connections that are open: at their next packet, once
 * @param isVerifyingChecksum whether packets that the firewall learns something from must have right checksums
 * @param maxUndecided        most connections of each worker whose name is being read
 */
public record EngineSettings(int maxConnections, Duration tcpTimeout, boolean isDryRun, boolean isRecheckedOnReload,
                             boolean isVerifyingChecksum, int maxUndecided) {
    /** What holds when nothing is set. */
    public static final EngineSettings DEFAULT = new EngineSettings(262_144, Duration.ofSeconds(350), false, false, true, 2048);

    /** Silence after which anything but TCP is forgotten, once its other end has answered: as the load balancer. */
    static final long ANSWERED_NS = TimeUnit.SECONDS.toNanos(120);
    /** The same before the other end has answered. */
    static final long UNANSWERED_NS = TimeUnit.SECONDS.toNanos(30);

    /**
     * The same with another limit of connections.
     *
     * @param max most connections of each worker
     * @return new settings
     */
    public EngineSettings withMaxConnections(int max) {
        return new EngineSettings(max, tcpTimeout, isDryRun, isRecheckedOnReload, isVerifyingChecksum, maxUndecided);
    }

    /**
     * The same with or without dry run.
     *
     * @param isDryRun whether everything is let pass
     * @return new settings
     */
    public EngineSettings withDryRun(boolean isDryRun) {
        return new EngineSettings(maxConnections, tcpTimeout, isDryRun, isRecheckedOnReload, isVerifyingChecksum, maxUndecided);
    }

    /**
     * The same with another treatment of open connections after a reload.
     *
     * @param isRechecked whether new rules judge them too
     * @return new settings
     */
    public EngineSettings withRecheckOnReload(boolean isRechecked) {
        return new EngineSettings(maxConnections, tcpTimeout, isDryRun, isRechecked, isVerifyingChecksum, maxUndecided);
    }

    /**
     * What the library is to remember for the firewall: it belongs into
     * {@link io.github.gwlb4j.gwlb.GwlbApplianceBuilder#flowTracking}.
     *
     * @return settings for each worker
     */
    public FlowTracking flowTracking() {
        return FlowTracking.ofMaxFlows(maxConnections).withTcpTimeout(tcpTimeout);
    }
}
