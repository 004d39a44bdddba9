package io.github.gwlb4j.benchmarks.flow;

import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;

/**
 * Keys of any number of flows, taken from a packet as a worker does it: no array of keys, which would be a cache miss of its
 * own. Belongs to one thread.
 */
final class FlowKeys {
    private static final int SERVER = 0xc0a8_0001;
    private static final int PACKET_LENGTH = 28;
    private static final int HEADER_LENGTH = 40;
    private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(PACKET_LENGTH);
    private final IpPacket packet = new IpPacket();
    private final FlowKey key = new FlowKey();
    private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_LENGTH);
    private final ReturnPath path = new ReturnPath();
    private long random = System.nanoTime();

    FlowKeys() {
        bytes.putLong(0, 0x4500_001c_0000_0000L).putInt(8, 0x4011_0000).putInt(16, SERVER);
    }

    /** The key of UDP flow number n. */
    FlowKey key(long n, boolean isForward) {
        int client = (int) n;
        int ports = 443 << 16 | (int) (n >>> 32) & 0xffff;
        bytes.putInt(isForward ? 12 : 16, client).putInt(isForward ? 16 : 12, SERVER);
        bytes.putInt(20, isForward ? Integer.rotateLeft(ports, 16) : ports);
        packet.wrap(bytes, 0, PACKET_LENGTH);
        return key.set(1, packet);
    }

    /** A number from 0 to less than the bound (SplitMix64). */
    int next(int bound) {
        long z = random += STEP;
        z = (z ^ z >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ z >>> 27) * 0x94d0_49bb_1331_11ebL;
        return (int) ((z >>> 32) * bound >>> 32);
    }

    /** The usual header, the same for all flows but for the first word: 40 bytes. */
    ReturnPath path(long n) {
        header.putInt(0, (int) n);
        return path.header(header, 0, HEADER_LENGTH).peer(0, 0x0a00_0001, 40_000, 0);
    }
}
