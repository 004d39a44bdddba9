package io.github.gwlb4j.gwlb.tun;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.simulator.lab.LabNamespace;

/**
 * Sends back each tunnel's packets by its own {@code gwo-<X>}, with a routing table and a rule for each, as hook scripts must where
 * endpoints have the same addresses. What the kernel itself has to say it routes by marks only.
 */
final class RuledRoutes implements TunnelListener {
    private static final int FIRST_TABLE = 100;

    private final LabNamespace appliance;
    private final boolean isMarking;

    RuledRoutes(LabNamespace appliance) {
        this(appliance, false);
    }

    private RuledRoutes(LabNamespace appliance, boolean isMarking) {
        this.appliance = appliance;
        this.isMarking = isMarking;
    }

    /** Also marks each packet with its tunnel, and routes by the mark: so the kernel's answers, which reflect it, find their tunnel. */
    RuledRoutes withMarks() {
        return new RuledRoutes(appliance, true);
    }

    @Override
    public void onCreated(Tunnel tunnel) {
        String table = Long.toString(FIRST_TABLE + tunnel.endpointId());
        ip("rule", "add", "iif", tunnel.ingressInterface(), "table", table);
        ip("route", "add", "default", "dev", tunnel.egressInterface(), "table", table);
        if (isMarking) {
            ip("rule", "add", "fwmark", table, "table", table);
            run("iptables", "-t", "mangle", "-A", "PREROUTING", "-i", tunnel.ingressInterface(), "-j", "MARK", "--set-mark", table);
        }
    }

    @Override
    public void onDestroyed(Tunnel tunnel, Reason reason) {
        ip("rule", "del", "iif", tunnel.ingressInterface());
    }

    private void ip(String object, String action, String... arguments) {
        for (String family : new String[] {"-4", "-6"}) {
            String[] command = new String[arguments.length + 4];
            System.arraycopy(new String[] {"ip", family, object, action}, 0, command, 0, 4);
            System.arraycopy(arguments, 0, command, 4, arguments.length);
            run(command);
        }
    }

    private void run(String... command) {
        try {
            TunModeLab.run(appliance, command);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
