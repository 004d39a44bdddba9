package io.github.gwlb4j.packet;

/** The hash of a {@link FlowKey}: seeded, and of a few multiplications, since it is computed for each packet. Stateless. */
final class FlowHash {
    private static final long MIX_1 = 0x9e37_79b9_7f4a_7c15L;
    private static final long MIX_2 = 0xc2b2_ae3d_27d4_eb4fL;
    private static final long MIX_3 = 0x1656_67b1_9e37_79f9L;

    private FlowHash() {
    }

    /** What all flows have: endpoint, ports and kind; the addresses follow. */
    static long start(long seed, long endpointId, int ports, int kind) {
        return mix(endpointId ^ seed, (long) ports << 32 ^ kind ^ MIX_1);
    }

    static long ofIpv4(long seed, long start, long first, long second) {
        return spread(mix(start ^ MIX_2, first << 32 ^ second ^ seed));
    }

    static long ofIpv6(long seed, long start, long firstHigh, long firstLow, long secondHigh, long secondLow) {
        long h = mix(start ^ firstHigh, firstLow ^ seed ^ MIX_2);
        return spread(mix(h ^ secondHigh, secondLow ^ seed ^ MIX_3));
    }

    /**
     * What is left to do after the last product: of addresses in a row it makes multiples of one number, and for one seed in some
     * hundred that number is so near to a simple fraction of 2^64 that they crowd into a few places.
     */
    private static long spread(long product) {
        long h = (product ^ product >>> 32) * MIX_1;
        return h ^ h >>> 29;
    }

    /** Both halves of a 128-bit product: every input bit reaches every output bit, for the price of two multiplications. */
    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ a * b;
    }
}
