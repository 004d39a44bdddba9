package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.packet.Cidr;
import java.util.Collection;

/**
 * Who may send, and for which endpoints: anyone who reaches UDP 6081 could inject packets otherwise (RFC 8926, 6).
 *
 * <p>Immutable; usable from any thread; allocates nothing while asked. An empty list admits everyone.
 */
public final class Admission {
    private final Cidr[] sources;
    private final long[] endpointIds;

    /**
     * Seals two lists.
     *
     * @param sources     networks of the load balancer's nodes; empty admits every sender
     * @param endpointIds endpoints that may have a tunnel; empty admits every endpoint
     */
    public Admission(Collection<Cidr> sources, Collection<Long> endpointIds) {
        this.sources = sources.toArray(new Cidr[0]);
        this.endpointIds = endpointIds.stream().mapToLong(Long::longValue).toArray();
    }

    boolean admitsSource(long high, long low) {
        // An outer IPv4 address is the lower 32 bits; no IPv6 sender has such a short address but ::1.
        int version = high == 0 && low >>> 32 == 0 && low != 1 ? 4 : 6;
        for (Cidr source : sources) {
            if (source.contains(version, high, low)) {
                return true;
            }
        }
        return sources.length == 0;
    }

    /** Asked for endpoints without a tunnel only, so a walk over the list is quick enough. */
    boolean admitsEndpoint(long endpointId) {
        for (long admitted : endpointIds) {
            if (admitted == endpointId) {
                return true;
            }
        }
        return endpointIds.length == 0;
    }
}
