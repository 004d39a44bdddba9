package io.github.gwlb4j.gwlb.tun;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.Route;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a pass-through hook script does: sends back what comes, and what the kernel itself has to say. The default route leads into
 * {@code gwo-<X>}, so there can be one tunnel only; for several see {@link RuledRoutes}.
 */
final class TunnelRoutes implements TunnelListener {
    private final NetworkNamespace network;
    private final boolean isByIngress;
    private final int mtu;
    final AtomicInteger created = new AtomicInteger();
    final AtomicInteger destroyed = new AtomicInteger();
    volatile Reason lastReason;

    TunnelRoutes(LabNamespace appliance) {
        this(appliance.network(), false, 0);
    }

    private TunnelRoutes(NetworkNamespace network, boolean isByIngress, int mtu) {
        this.network = network;
        this.isByIngress = isByIngress;
        this.mtu = mtu;
    }

    /** Sends packets back by the interface they come from. */
    TunnelRoutes byIngress() {
        return new TunnelRoutes(network, true, mtu);
    }

    /** Gives the interface that packets go back by another MTU. */
    TunnelRoutes withMtu(int bytes) {
        return new TunnelRoutes(network, isByIngress, bytes);
    }

    @Override
    public void onCreated(Tunnel tunnel) {
        created.incrementAndGet();
        String link = isByIngress ? tunnel.ingressInterface() : tunnel.egressInterface();
        try (NetAdmin admin = NetAdmin.open(network)) {
            if (mtu > 0) {
                admin.setMtu(link, mtu);
            }
            admin.addRoute(Route.into("0.0.0.0/0", link));
            admin.addRoute(Route.into("::/0", link));
        } catch (LinuxException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void onDestroyed(Tunnel tunnel, Reason reason) {
        lastReason = reason;
        destroyed.incrementAndGet();
    }
}
