package io.github.gwlb4j.gwlb;

import java.time.Instant;

/**
 * One endpoint that sends traffic through this appliance, with its counters.
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
     * When its first packet came.
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
