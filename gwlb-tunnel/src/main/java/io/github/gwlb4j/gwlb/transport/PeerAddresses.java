package io.github.gwlb4j.gwlb.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Turns socket addresses into numbers and back, and remembers the last ones: a load balancer has a handful of nodes.
 *
 * <p>Belongs to one worker's thread. The memory is a fixed number of entries, so spoofed senders cannot make it grow; what
 * is not remembered costs an allocation.
 */
final class PeerAddresses {
    private static final int ENTRIES = 256;
    private static final int IPV4_BYTES = 4;

    private final InetSocketAddress[] remembered = new InetSocketAddress[ENTRIES];
    private final long[] rememberedHigh = new long[ENTRIES];
    private final long[] rememberedLow = new long[ENTRIES];
    private InetSocketAddress lastRead;
    private long high;
    private long low;

    /** Reads a sender's address into {@link #high()} and {@link #low()}. */
    void read(InetSocketAddress sender) {
        if (sender == lastRead) {
            return; // the JDK hands out the same object while the sender stays the same
        }
        byte[] bytes = sender.getAddress().getAddress();
        if (bytes.length == IPV4_BYTES) {
            high = 0;
            low = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt());
        } else {
            high = ByteBuffer.wrap(bytes).getLong();
            low = ByteBuffer.wrap(bytes).getLong(Long.BYTES);
        }
        lastRead = sender;
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }

    /** The socket address of a peer; IPv4 if the upper half is 0 and the lower fits into 32 bits. */
    InetSocketAddress address(long high, long low, int port) {
        int slot = (int) ((high ^ low) * 0x9e37_79b9_7f4a_7c15L >>> 56);
        InetSocketAddress known = remembered[slot];
        if (known != null && rememberedHigh[slot] == high && rememberedLow[slot] == low && known.getPort() == port) {
            return known;
        }
        InetSocketAddress made = new InetSocketAddress(inetAddress(high, low), port);
        remembered[slot] = made;
        rememberedHigh[slot] = high;
        rememberedLow[slot] = low;
        return made;
    }

    private static InetAddress inetAddress(long high, long low) {
        // ::1 and :: are the only IPv6 addresses that a sender can have among those whose upper 96 bits are 0.
        boolean isIpv4 = high == 0 && low >>> 32 == 0 && low > 1;
        byte[] bytes = isIpv4
                ? ByteBuffer.allocate(IPV4_BYTES).putInt((int) low).array()
                : ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array();
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 bytes are addresses", e);
        }
    }
}
