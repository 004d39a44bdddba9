package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import java.nio.ByteBuffer;

/**
 * One flow, and its links in the tracker's index and in the list of its timeout. One object with few references: a packet
 * of a flow that is not in the cache costs little more than this object's lines.
 *
 * <p>Belongs to its tracker's thread. Used again for another flow once it has ended.
 */
public final class TrackedFlow implements Flow {
    /** The load balancer's header with its three options; another length is kept in an array. */
    private static final int USUAL_HEADER_BYTES = 40;

    final FlowKey key = new FlowKey();
    private final FlowTracker tracker;
    /** The next flow of the same place in the index; of a flow that has ended, the next to be used again. */
    TrackedFlow nextInPlace;
    /** The list of its timeout; null once the flow has ended. */
    SilenceList list;
    TrackedFlow previous;
    TrackedFlow next;
    /** When it took its place in the list. */
    long listedNs;
    long lastSeenNs;
    Tunnel tunnel;
    private Object attachment;
    private long firstSeenNs;
    private boolean isInitiatorForward;
    private boolean isLive;
    private long forwardPackets;
    private long forwardBytes;
    private long reversePackets;
    private long reverseBytes;

    /** How the newest packet came: its header, in the byte order of the worker's buffers, and its sender. */
    private long header0;
    private long header1;
    private long header2;
    private long header3;
    private long header4;
    private int headerLength;
    private byte[] unusualHeader;
    private long peerHigh;
    private long peerLow;
    private int peerPort;
    private int origin;

    TrackedFlow(FlowTracker tracker) {
        this.tracker = tracker;
    }

    void begin(FlowKey of, Tunnel through, long nowNs) {
        key.set(of);
        tunnel = through;
        isInitiatorForward = of.isForward();
        firstSeenNs = nowNs;
        forwardPackets = 0;
        forwardBytes = 0;
        reversePackets = 0;
        reverseBytes = 0;
        isLive = true;
    }

    /**
     * Whether it has not ended, or its end is just being told.
     *
     * @return false when it waits to be used again
     */
    public boolean isLive() {
        return isLive;
    }

    /** Lets go of what others gave. */
    void end() {
        attachment = null;
        tunnel = null;
        isLive = false;
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

    /** Keeps how a packet came. */
    void keep(ReturnPath way) {
        int length = way.headerLength();
        if (length == USUAL_HEADER_BYTES) {
            ByteBuffer header = way.header();
            int at = way.headerOffset();
            header0 = header.getLong(at);
            header1 = header.getLong(at + 8);
            header2 = header.getLong(at + 16);
            header3 = header.getLong(at + 24);
            header4 = header.getLong(at + 32);
        } else {
            keepUnusual(way);
        }
        headerLength = length;
        peerHigh = way.peerHigh();
        peerLow = way.peerLow();
        peerPort = way.peerPort();
        origin = way.origin();
    }

    private void keepUnusual(ReturnPath way) {
        if (unusualHeader == null) {
            unusualHeader = new byte[Geneve.MAX_HEADER_LENGTH]; // once for an object: its next flow has it too
        }
        way.header().get(way.headerOffset(), unusualHeader, 0, way.headerLength());
    }

    /** Fills in how packets of this flow go back; the header goes where the path says. */
    private ReturnPath wayInto(ReturnPath way) {
        ByteBuffer header = way.header();
        int at = way.headerOffset();
        if (headerLength == USUAL_HEADER_BYTES) {
            header.putLong(at, header0).putLong(at + 8, header1).putLong(at + 16, header2).putLong(at + 24, header3)
                    .putLong(at + 32, header4);
        } else {
            header.put(at, unusualHeader, 0, headerLength);
        }
        return way.header(header, at, headerLength).peer(peerHigh, peerLow, peerPort, origin);
    }

    /** From when its timeout counts: its last packet, or the setting of its timeout. */
    long silentSinceNs() {
        return lastSeenNs - listedNs > 0 ? lastSeenNs : listedNs;
    }

    @Override
    public FlowKey key() {
        return key;
    }

    @Override
    public Tunnel tunnel() {
        return tunnel;
    }

    @Override
    public boolean isInitiatorForward() {
        return isInitiatorForward;
    }

    @Override
    public Object attachment() {
        return attachment;
    }

    @Override
    public void attach(Object attachment) {
        this.attachment = isLive ? attachment : null;
    }

    @Override
    public long firstSeenNs() {
        return firstSeenNs;
    }

    @Override
    public long lastSeenNs() {
        return lastSeenNs;
    }

    @Override
    public long packets(boolean isForward) {
        return isForward ? forwardPackets : reversePackets;
    }

    @Override
    public long bytes(boolean isForward) {
        return isForward ? forwardBytes : reverseBytes;
    }

    @Override
    public void setTimeoutNs(long timeoutNs) {
        if (list != null) {
            tracker.setTimeout(this, Math.max(1, timeoutNs));
        }
    }

    @Override
    public void forget() {
        if (list != null) {
            tracker.forget(this);
        }
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int offset, int length) {
        return isLive ? tracker.inject(packet, offset, length, wayInto(tracker.way())) : tracker.refuse();
    }

    @Override
    public String toString() {
        return isLive ? key.toString() : "flow that has ended";
    }
}
