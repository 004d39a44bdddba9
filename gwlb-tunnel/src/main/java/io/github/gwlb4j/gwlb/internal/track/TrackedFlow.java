package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import java.nio.ByteBuffer;

/**
 * One flow, and its links in the tracker's index and in the list of its timeout. What each packet needs is in {@link FlowEntry}, what few
 * need is here.
 *
 * <p>Belongs to its tracker's thread. Used again for another flow once it has ended.
 */
public final class TrackedFlow extends FlowEntry implements Flow {
    private static final long DIGEST_FACTOR = 0x9e37_79b9_7f4a_7c15L;

    private final FlowTracker tracker;
    TrackedFlow previous;
    TrackedFlow next;
    private long firstSeenNs;
    private boolean isInitiatorForward;
    private long firstHigh;
    private long secondHigh;
    /** For who asks; made once for an object: its next flow has it too. */
    private FlowKey key;
    private boolean isKeySet;

    /** How the newest packet came: its header, in the byte order of the worker's buffers, and its sender. */
    private long header0;
    private long header1;
    private long header2;
    private long header3;
    private long header4;
    /** A header that is not {@link Gwlb#HEADER_LENGTH} bytes long. */
    private byte[] unusualHeader;
    private long peerHigh;
    private long peerLow;
    private int peerPort;
    private int origin;

    TrackedFlow(FlowTracker tracker) {
        this.tracker = tracker;
    }

    void begin(FlowKey of, Tunnel through, long nowNs) {
        begin(of, through);
        firstHigh = of.firstHigh();
        secondHigh = of.secondHigh();
        isInitiatorForward = of.isForward();
        isKeySet = false;
        firstSeenNs = nowNs;
    }

    @Override
    boolean hasHighs(FlowKey of) {
        return firstHigh == of.firstHigh() && secondHigh == of.secondHigh();
    }

    /** Lets go of what others gave. */
    void end() {
        attachment = null;
        tunnel = null;
        isLive = false;
    }

    /**
     * Keeps how a packet came. Nearly always it came as the one before: then nothing but the digest is looked at. It differs if one word of the
     * way does, and as good as always if several do; a way that somebody made to have the same digest is not kept, which harms nobody.
     */
    void keep(ReturnPath way) {
        int length = way.headerLength();
        if (length == Gwlb.HEADER_LENGTH) {
            long digest = digest(way, way.header(), way.headerOffset());
            if (digest == wayDigest && headerLength == Gwlb.HEADER_LENGTH) {
                return;
            }
            wayDigest = digest;
            keepUsual(way.header(), way.headerOffset());
        } else {
            keepUnusual(way);
        }
        headerLength = length;
        peerHigh = way.peerHigh();
        peerLow = way.peerLow();
        peerPort = way.peerPort();
        origin = way.origin();
    }

    /** Two chains of four steps, so that the multiplications of one need not wait for the other's. */
    private static long digest(ReturnPath way, ByteBuffer header, int at) {
        long a = step(step(step(header.getLong(at), header.getLong(at + 8)), header.getLong(at + 16)), header.getLong(at + 24));
        long b = step(step(step(header.getLong(at + 32), way.peerHigh()), way.peerLow()), (long) way.origin() << 32 | way.peerPort());
        return step(a, b);
    }

    /** Different for each value of one argument, whatever the other is. */
    private static long step(long digest, long word) {
        return Long.rotateLeft(digest * DIGEST_FACTOR, 29) ^ word;
    }

    private void keepUsual(ByteBuffer header, int at) {
        header0 = header.getLong(at);
        header1 = header.getLong(at + 8);
        header2 = header.getLong(at + 16);
        header3 = header.getLong(at + 24);
        header4 = header.getLong(at + 32);
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
        if (headerLength == Gwlb.HEADER_LENGTH) {
            header.putLong(at, header0).putLong(at + 8, header1).putLong(at + 16, header2).putLong(at + 24, header3)
                    .putLong(at + 32, header4);
        } else {
            header.put(at, unusualHeader, 0, headerLength);
        }
        return way.header(header, at, headerLength).peer(peerHigh, peerLow, peerPort, origin);
    }

    @Override
    public FlowKey key() {
        if (key == null) {
            key = new FlowKey();
        }
        if (!isKeySet) {
            keyInto(key, firstHigh, secondHigh);
            if (!isInitiatorForward) {
                key.reverse();
            }
            isKeySet = true;
        }
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
        return isLive ? key().toString() : "flow that has ended";
    }
}
