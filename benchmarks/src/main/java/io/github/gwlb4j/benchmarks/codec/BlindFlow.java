package io.github.gwlb4j.benchmarks.codec;

/** Options and symmetric flow key by hand: reads what the codec reads, believes all of it, and keeps what the codec keeps. */
final class BlindFlow {
    private static final long MIX_1 = 0x9e37_79b9_7f4a_7c15L;
    private static final long MIX_2 = 0xc2b2_ae3d_27d4_eb4fL;
    private static final long MIX_3 = 0x1656_67b1_9e37_79f9L;

    long endpointId;
    long attachmentId;
    int flowCookie;
    private long firstHigh;
    private long firstLow;
    private long secondHigh;
    private long secondLow;
    private int ports;
    private long shape;
    private int protocol;
    private int transportOffset;
    private boolean isForward;
    private long hash;

    long setIpv4(long endpoint, long ip) {
        shape = Raw.i64(ip); // version, lengths, fragment bits
        protocol = Raw.u8(ip + 9);
        long addresses = Raw.i64(ip + 12);
        order(0, addresses >>> 32, 0, addresses & 0xffff_ffffL, Raw.i32(ip + 20));
        long h = mix(endpoint, (long) ports << 32 ^ protocol ^ MIX_1);
        hash = mix(h ^ MIX_2, firstLow << 32 ^ secondLow);
        return hash;
    }

    long setIpv6(long endpoint, long ip) {
        shape = Raw.i64(ip); // version, length, next header
        protocol = (int) shape >>> 8 & 0xff;
        order(Raw.i64(ip + 8), Raw.i64(ip + 16), Raw.i64(ip + 24), Raw.i64(ip + 32), Raw.i32(ip + 40));
        long h = mix(endpoint, (long) ports << 32 ^ protocol ^ MIX_1);
        h = mix(h ^ firstHigh, firstLow ^ MIX_2);
        hash = mix(h ^ secondHigh, secondLow ^ MIX_3);
        return hash;
    }

    /** Version, lengths, fragment bits and protocol, kept. */
    int readIp(long ip) {
        shape = Raw.i64(ip);
        boolean isIpv4 = shape >>> 60 == 4;
        protocol = isIpv4 ? Raw.u8(ip + 9) : (int) shape >>> 8 & 0xff;
        transportOffset = isIpv4 ? (int) (shape >>> 54) & 0x3c : 40;
        return protocol + transportOffset;
    }

    private void order(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int packetPorts) {
        int compared = Long.compareUnsigned(sourceHigh, destinationHigh);
        isForward = compared == 0 ? Long.compareUnsigned(sourceLow, destinationLow) <= 0 : compared < 0;
        firstHigh = isForward ? sourceHigh : destinationHigh;
        firstLow = isForward ? sourceLow : destinationLow;
        secondHigh = isForward ? destinationHigh : sourceHigh;
        secondLow = isForward ? destinationLow : sourceLow;
        ports = isForward ? packetPorts : Integer.rotateLeft(packetPorts, 16);
    }

    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ a * b;
    }
}
