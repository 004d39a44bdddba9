package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.packet.IpPacket;
import java.security.SecureRandom;

/**
 * A number that stands for a packet's source in the tables that count by source: endpoint and IPv4 address, or endpoint and IPv6 /64,
 * as one host has all addresses of its /64. 64 bits of a keyed hash: nobody outside can make two sources share one, or crowd
 * a part of a table. Stateless; usable from any thread; allocates nothing.
 */
public final class SourceTag {
    private static final long SEED_1 = new SecureRandom().nextLong();
    private static final long SEED_2 = new SecureRandom().nextLong();
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private SourceTag() {
    }

    /**
     * The tag of a packet's source.
     *
     * @param endpointId where the packet comes from
     * @param packet     wrapped with {@code OK}
     * @return 64 bits, never 0
     */
    public static long of(long endpointId, IpPacket packet) {
        return of(endpointId, packet.version() == 4 ? packet.sourceLow() : packet.sourceHigh(), packet.version());
    }

    /**
     * The tag of any three numbers.
     *
     * @param first  the first
     * @param second the second
     * @param third  the third
     * @return 64 bits, never 0
     */
    public static long of(long first, long second, long third) {
        long mixed = mix(mix(mix(first ^ SEED_1) ^ second) ^ third ^ SEED_2);
        return mixed == 0 ? MIX : mixed;
    }

    /** SplitMix64's finaliser: each bit of the input moves each bit of the result. */
    private static long mix(long value) {
        long z = value + MIX;
        z = (z ^ z >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ z >>> 27) * 0x94d0_49bb_1331_11ebL;
        return z ^ z >>> 31;
    }
}
