package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.aws.EndpointId;

/**
 * Counters of one tunnel. Immutable.
 *
 * @param endpointId        id of the endpoint's network interface
 * @param receivedPackets   packets whose GENEVE header and inner IP layer were sound
 * @param receivedBytes     inner bytes of those
 * @param forwardedPackets  packets sent back
 * @param forwardedBytes    inner bytes of those
 * @param droppedByHandler  packets that the handler dropped
 * @param idleNs            time since the last packet, in nanoseconds
 */
public record TunnelStats(long endpointId, long receivedPackets, long receivedBytes, long forwardedPackets,
                          long forwardedBytes, long droppedByHandler, long idleNs) {
    /**
     * The endpoint's name as AWS shows it.
     *
     * @return for example {@code vpce-0123456789abcdef0}
     */
    public String name() {
        return "vpce-" + EndpointId.toHex(endpointId);
    }
}
