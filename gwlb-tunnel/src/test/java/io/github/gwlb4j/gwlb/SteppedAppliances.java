package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.internal.ManualClock;
import io.github.gwlb4j.gwlb.internal.SteppedAppliance;
import io.github.gwlb4j.gwlb.transport.DatagramPort;

/** Builds an appliance that a test steps by hand out of the settings that users have. */
public final class SteppedAppliances {
    private SteppedAppliances() {
    }

    public static SteppedAppliance of(GwlbApplianceBuilder builder, DatagramPort port, ManualClock clock) throws Exception {
        ApplianceConfig config = new ApplianceConfig(builder);
        return new SteppedAppliance(port, config.tunnelRules, config.packetRules, config.tun, config.tun.flows(), config.capture,
                config.listeners, config.handlers.create(0), clock);
    }
}
