package io.github.gwlb4j.benchmarks.codec;

/** A symmetric flow hash by hand: reads what a flow key reads, believes all of it, and mixes it as a flow key does. */
final class BlindFlowHash {
    private static final long MIX_1 = 0x9e37_79b9_7f4a_7c15L;
    private static final long MIX_2 = 0xc2b2_ae3d_27d4_eb4fL;
    private static final long MIX_3 = 0x1656_67b1_9e37_79f9L;

    private BlindFlowHash() {
    }

    static long ipv4(long endpoint, long ip) {
        long shape = Raw.i64(ip); // version, lengths, fragment bits
        long source = Integer.toUnsignedLong(Raw.i32(ip + 12));
        long destination = Integer.toUnsignedLong(Raw.i32(ip + 16));
        int ports = Raw.i32(ip + 20);
        int protocol = Raw.u8(ip + 9);
        boolean isForward = source <= destination;
        long first = isForward ? source : destination;
        long second = isForward ? destination : source;
        long h = mix(endpoint, (long) (isForward ? ports : Integer.rotateLeft(ports, 16)) << 32 ^ protocol ^ MIX_1);
        return mix(h ^ MIX_2, first << 32 ^ second) + shape;
    }

    static long ipv6(long endpoint, long ip) {
        long shape = Raw.i64(ip);
        long sourceHigh = Raw.i64(ip + 8);
        long sourceLow = Raw.i64(ip + 16);
        long destinationHigh = Raw.i64(ip + 24);
        long destinationLow = Raw.i64(ip + 32);
        int ports = Raw.i32(ip + 40);
        int compared = Long.compareUnsigned(sourceHigh, destinationHigh);
        boolean isForward = compared == 0 ? Long.compareUnsigned(sourceLow, destinationLow) <= 0 : compared < 0;
        long h = mix(endpoint, (long) (isForward ? ports : Integer.rotateLeft(ports, 16)) << 32 ^ shape >>> 8 & 0xff ^ MIX_1);
        h = mix(h ^ (isForward ? sourceHigh : destinationHigh), (isForward ? sourceLow : destinationLow) ^ MIX_2);
        return mix(h ^ (isForward ? destinationHigh : sourceHigh), (isForward ? destinationLow : sourceLow) ^ MIX_3);
    }

    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ a * b;
    }
}
