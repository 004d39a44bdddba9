package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What a worker in inline mode is put together from, with settings that suit tests. */
final class WorkerParts {
    private WorkerParts() {
    }

    static PacketRules packetRules(boolean isFailOpen, boolean isPoisoning) {
        return new PacketRules(Gwlb.OPTION_CLASS, isFailOpen, isPoisoning, 65_535, false, 0, 8, 1 << 20, null, 256, 1 << 20);
    }

    static PacketRules trackingRules(FlowTracking tracking, boolean isPoisoning, int tunnelMtu, int injectQueue, int rewriteBytes) {
        return new PacketRules(Gwlb.OPTION_CLASS, false, isPoisoning, tunnelMtu, false, 100, 8, 1 << 20, tracking, injectQueue, rewriteBytes);
    }

    static TunnelRules tunnelRules(Admission admission, int maxTunnels) {
        return new TunnelRules(admission, new EndpointModes(TunnelMode.INLINE, Map.of()), maxTunnels, 0, TimeUnit.SECONDS.toNanos(1),
                TimeUnit.SECONDS.toNanos(60), Set.of(), 4, TimeUnit.SECONDS.toNanos(5));
    }

    static SharedState inline(Admission admission, int maxTunnels, LongSupplier clock) {
        TunnelManager tunnels = new TunnelManager(tunnelRules(admission, maxTunnels), 1, List.of(),
                (endpointId, mode) -> {
                    throw new AssertionError("inline mode has no interfaces");
                }, new ReadableTunnels(1), Runnable::run, clock, () -> { }, () -> { });
        return new SharedState(admission, tunnels, null, null, new FragmentRecords(1024, FragmentRecords.DEFAULT_TIMEOUT_NS), null);
    }
}
