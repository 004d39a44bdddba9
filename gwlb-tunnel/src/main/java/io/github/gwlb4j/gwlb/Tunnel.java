package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.aws.EndpointId;
import java.time.Instant;

/**
 * One endpoint that sends traffic through this appliance, with its counters, from its creation to its end. When the endpoint comes
 * back after that, it is another tunnel.
 *
 * <p>Usable from any thread; counters read from elsewhere are a moment old.
 */
public interface Tunnel {
    /**
     * Id of the endpoint's network interface.
     *
     * @return the 64 bits of GENEVE option 1
     */
    long endpointId();

    /**
     * The endpoint's name as AWS shows it.
     *
     * @return for example {@code vpce-0123456789abcdef0}
     */
    String name();

    /**
     * What happens to its packets.
     *
     * @return the same for its whole life
     */
    TunnelMode mode();

    /**
     * Name of its interface on which packets from the load balancer arrive.
     *
     * @return {@code gwi-<X>}, X the endpoint id in base 60; whether there is such an interface, the mode says
     */
    default String ingressInterface() {
        return "gwi-" + EndpointId.toBase60(endpointId());
    }

    /**
     * Name of its interface that takes packets back to the load balancer.
     *
     * @return {@code gwo-<X>}, X the endpoint id in base 60; whether there is such an interface, the mode says
     */
    default String egressInterface() {
        return "gwo-" + EndpointId.toBase60(endpointId());
    }

    /**
     * When its first packet came, or when it was asked for.
     *
     * @return wall-clock time
     */
    Instant createdAt();

    /**
     * Reads the counters.
     *
     * @return a snapshot
     */
    TunnelStats stats();
}
