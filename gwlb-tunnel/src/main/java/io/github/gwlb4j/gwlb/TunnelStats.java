package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.aws.EndpointId;

/**
 * Counters of one tunnel. Immutable.
 *
 * @param endpointId        id of the endpoint's network interface
 * @param mode              what happens to its packets
 * @param phase             where it stands in its life
 * @param receivedPackets   packets whose GENEVE header and inner IP layer were sound
 * @param receivedBytes     inner bytes of those
 * @param deliveredPackets  packets written into its TUN interface, copies for a tap not counted
 * @param deliveredBytes    inner bytes of those
 * @param forwardedPackets  packets sent back to the load balancer, from the handler or out of a TUN interface
 * @param forwardedBytes    inner bytes of those
 * @param droppedByHandler  packets that the handler dropped
 * @param heldPackets       packets that wait now for the tunnel to be created
 * @param idleNs            time since the last packet of either direction, in nanoseconds
 */
public record TunnelStats(long endpointId, TunnelMode mode, TunnelPhase phase, long receivedPackets, long receivedBytes,
                          long deliveredPackets, long deliveredBytes, long forwardedPackets, long forwardedBytes,
                          long droppedByHandler, long heldPackets, long idleNs) {
    /**
     * The endpoint's name as AWS shows it.
     *
     * @return for example {@code vpce-0123456789abcdef0}
     */
    public String name() {
        return "vpce-" + EndpointId.toHex(endpointId);
    }

    /**
     * Name of its interface on which packets from the load balancer arrive.
     *
     * @return {@code gwi-<X>}, X the endpoint id in base 60; whether there is such an interface, the mode says
     */
    public String ingressInterface() {
        return "gwi-" + EndpointId.toBase60(endpointId);
    }

    /**
     * Name of its interface that takes packets back to the load balancer.
     *
     * @return {@code gwo-<X>}, X the endpoint id in base 60; whether there is such an interface, the mode says
     */
    public String egressInterface() {
        return "gwo-" + EndpointId.toBase60(endpointId);
    }
}
