package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import io.github.gwlb4j.tun.TunDevice;
import java.io.IOException;

/**
 * The TUN interfaces of one tunnel. Usable from any thread; worker i reads and writes queue i of each.
 *
 * @param ingress {@code gwi-<X>}: packets from the load balancer come out of it
 * @param egress  {@code gwo-<X>}: what the kernel sends into it goes back to the load balancer; null if the mode has none
 */
record TunnelInterfaces(TunDevice ingress, TunDevice egress) implements AutoCloseable {

    /** Opens the interfaces of a tunnel. */
    @FunctionalInterface
    interface Opener {
        /**
         * Opens what the mode needs. On a callback thread.
         *
         * @throws IOException if the system refuses; the message names the fix; nothing stays open
         */
        TunnelInterfaces open(long endpointId, TunnelMode mode) throws IOException;

        /**
         * Takes those that another process has had.
         *
         * @throws IOException if they are not what is needed; the descriptors are closed
         */
        default TunnelInterfaces adopt(HandedTunnel handed) throws IOException {
            throw new IOException("these interfaces cannot be taken over");
        }
    }

    /** Closes both; they vanish with their addresses and routes. Safe to call again. */
    @Override
    public void close() {
        ingress.close();
        if (egress != null) {
            egress.close();
        }
    }
}
