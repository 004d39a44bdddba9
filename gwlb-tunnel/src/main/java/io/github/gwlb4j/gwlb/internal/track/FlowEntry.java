package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.packet.FlowKey;

/**
 * The head of a {@link TrackedFlow}: what each packet looks at and changes. A class of its own because the JVM lays out a superclass'
 * fields first, side by side: of thousands of flows most are outside the nearest caches when their next packet comes, and what that costs
 * is the number of cache lines touched, one after the other. So the key's numbers are here and no reference to a key, and instead of the
 * newest packet's header there is a digest of it, see {@link TrackedFlow#keep}.
 *
 * <p>Belongs to its tracker's thread.
 */
abstract class FlowEntry {
    private long hash;
    private long firstLow;
    private long secondLow;
    private long endpointId;
    /** When it took its place in the list. */
    long listedNs;
    long lastSeenNs;
    /** Of how the newest packet came; means something if {@link #headerLength} is the usual one. */
    long wayDigest;
    private long forwardPackets;
    private long forwardBytes;
    private long reversePackets;
    private long reverseBytes;
    private int ports;
    private int kind;
    /** Of the GENEVE header that is kept; 0 if none is. */
    int headerLength;
    /** Whether the addresses have upper halves, {@link #hasHighs}: those of IPv4 have not, and most flows' are never looked at. */
    private boolean isWide;
    boolean isLive;
    /** The list of its timeout; null once the flow has ended. */
    SilenceList list;
    Tunnel tunnel;
    /** The next flow of the same place in the index; of a flow that has ended, the next to be used again. */
    TrackedFlow nextInPlace;
    Object attachment;

    void begin(FlowKey of, Tunnel through) {
        hash = of.hash64();
        firstLow = of.firstLow();
        secondLow = of.secondLow();
        endpointId = of.endpointId();
        ports = of.ports();
        kind = of.kind();
        isWide = isWide(of);
        tunnel = through;
        forwardPackets = 0;
        forwardBytes = 0;
        reversePackets = 0;
        reverseBytes = 0;
        headerLength = 0;
        isLive = true;
    }

    private static boolean isWide(FlowKey key) {
        return (key.firstHigh() | key.secondHigh()) != 0;
    }

    /** Whether the upper halves of the addresses are those of a key; asked only if there are any. */
    abstract boolean hasHighs(FlowKey key);

    /** The seeded hash of the flow's key. */
    long hash() {
        return hash;
    }

    /** Reads this part's beginning, middle and end; answers something made of that. */
    long fetch() {
        return hash + lastSeenNs + kind + (list == null ? 0 : 1);
    }

    /** Whether this is the flow of a key, as {@link FlowKey#isSameFlow} says it of two keys. */
    boolean isOf(FlowKey key) {
        return hash == key.hash64() && ports == key.ports() && kind == key.kind() && endpointId == key.endpointId()
                && firstLow == key.firstLow() && secondLow == key.secondLow()
                && isWide == isWide(key) && (!isWide || hasHighs(key));
    }

    /** Writes the flow into a key, its direction forward. */
    void keyInto(FlowKey key, long firstHigh, long secondHigh) {
        key.setNumbers(endpointId, kind, firstHigh, firstLow, secondHigh, secondLow, ports);
    }

    void count(boolean isForward, int bytes, long nowNs) {
        lastSeenNs = nowNs;
        if (isForward) {
            forwardPackets++;
            forwardBytes += bytes;
        } else {
            reversePackets++;
            reverseBytes += bytes;
        }
    }

    /** From when its timeout counts: its last packet, or the setting of its timeout. */
    long silentSinceNs() {
        return lastSeenNs - listedNs > 0 ? lastSeenNs : listedNs;
    }

    /** As {@link io.github.gwlb4j.gwlb.Flow#packets} says. */
    public long packets(boolean isForward) {
        return isForward ? forwardPackets : reversePackets;
    }

    /** As {@link io.github.gwlb4j.gwlb.Flow#bytes} says. */
    public long bytes(boolean isForward) {
        return isForward ? forwardBytes : reverseBytes;
    }
}
