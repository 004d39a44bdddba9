package io.github.gwlb4j.simulator;

import java.util.function.Consumer;

/**
 * The packets sent last: a ring, bounded in packets and bytes. Not thread-safe.
 *
 * <pre>
 *   tail            expiry        inFlight           head
 *    |  settled       |  may be back |  unanswered     |
 *    +----------------+--------------+-----------------+
 * </pre>
 *
 * Settled packets (back, or given up) stay until their room is needed, so that a duplicate or a late reply is known as
 * such. Packets with the same bytes are told apart by nothing, so the oldest unanswered one is taken: right by count.
 */
final class SentWindow {
    /** After so long an unanswered packet no longer holds back the sender; it may still come back. */
    static final long PRESUMED_LOST_NS = 200_000_000;
    /** The same for packets that are not expected back: time for the appliance to drop them. */
    static final long PRESUMED_DROPPED_NS = 2_000_000;

    private final SentPacket[] ring;
    private final long maxBytes;
    private final long timeoutNs;
    private final PacketIndex outstanding;
    private final PacketIndex settled;
    private final Consumer<SentPacket> onExpired;
    private long head;
    private long tail;
    private long expiryCursor;
    private long inFlightCursor;
    private long bytes;
    private int inFlight;
    private int inFlightBytes;
    private int awaited;

    /**
     * An empty window.
     *
     * @param slots     most packets, a power of two
     * @param maxBytes  most bytes of datagrams
     * @param timeoutNs after so long a packet is given up
     * @param onExpired told of each packet that is given up
     */
    SentWindow(int slots, long maxBytes, long timeoutNs, Consumer<SentPacket> onExpired) {
        this.ring = new SentPacket[slots];
        this.maxBytes = maxBytes;
        this.timeoutNs = timeoutNs;
        this.onExpired = onExpired;
        this.outstanding = new PacketIndex(slots);
        this.settled = new PacketIndex(slots);
    }

    private SentPacket slot(long position) {
        return ring[(int) position & ring.length - 1];
    }

    /**
     * Makes room for a datagram by forgetting the oldest ones; false while the oldest is awaited and may well come. One that is
     * presumed lost is given up before its timeout, so that a loss at a high rate does not stop the sender.
     */
    boolean makeRoom(int lengthBytes, long nowNs) {
        while (head - tail == ring.length || bytes + lengthBytes > maxBytes && head != tail) {
            SentPacket oldest = slot(tail);
            if (oldest.state == SentPacket.State.OUTSTANDING) {
                if (oldest.packet.isExpectedBack() && nowNs - oldest.sentNs < PRESUMED_LOST_NS) {
                    return false;
                }
                expire(oldest);
            }
            settled.remove(oldest);
            release(oldest);
            bytes -= oldest.length();
            oldest.packet = null;
            tail++;
        }
        return true;
    }

    /** Adds a packet that is about to be sent; {@link #makeRoom} has said yes. */
    SentPacket add(OutboundPacket packet, long nowNs) {
        SentPacket sent = slot(head);
        if (sent == null) {
            sent = new SentPacket();
            ring[(int) head & ring.length - 1] = sent;
        }
        head++;
        sent.packet = packet;
        sent.sequence = packet.flow().nextSequence();
        sent.sentNs = nowNs;
        sent.state = SentPacket.State.OUTSTANDING;
        sent.isInFlight = true;
        inFlight++;
        inFlightBytes += sent.length();
        bytes += sent.length();
        if (packet.isExpectedBack()) {
            awaited++;
        }
        outstanding.add(sent);
        return sent;
    }

    /** The oldest unanswered packet that may have this inner hash. */
    SentPacket firstOutstanding(long innerHash) {
        return outstanding.first(innerHash);
    }

    /** The packet settled first that may have this inner hash. */
    SentPacket firstSettled(long innerHash) {
        return settled.first(innerHash);
    }

    /** Marks a packet as back. */
    void returned(SentPacket packet) {
        if (packet.state == SentPacket.State.OUTSTANDING) {
            settle(packet, SentPacket.State.RETURNED);
        } else {
            packet.state = SentPacket.State.RETURNED;
        }
    }

    /** Gives up packets that were sent more than the timeout ago. */
    void expire(long nowNs) {
        for (expiryCursor = Math.max(expiryCursor, tail); expiryCursor < head; expiryCursor++) {
            SentPacket oldest = slot(expiryCursor);
            if (oldest.state == SentPacket.State.OUTSTANDING) {
                if (nowNs - oldest.sentNs < timeoutNs) {
                    return;
                }
                expire(oldest);
            }
        }
    }

    /** Gives up all packets that are not back. */
    void expireAll() {
        for (expiryCursor = Math.max(expiryCursor, tail); expiryCursor < head; expiryCursor++) {
            SentPacket oldest = slot(expiryCursor);
            if (oldest.state == SentPacket.State.OUTSTANDING) {
                expire(oldest);
            }
        }
    }

    private void expire(SentPacket packet) {
        settle(packet, SentPacket.State.EXPIRED);
        onExpired.accept(packet);
    }

    private void settle(SentPacket packet, SentPacket.State state) {
        outstanding.remove(packet);
        packet.state = state;
        settled.add(packet);
        release(packet);
        if (packet.packet.isExpectedBack()) {
            awaited--;
        }
    }

    private void release(SentPacket packet) {
        if (packet.isInFlight) {
            packet.isInFlight = false;
            inFlight--;
            inFlightBytes -= packet.length();
        }
    }

    /** Packets that pace the sender: sent, unanswered, and not so old that they are presumed lost. */
    int inFlight(long nowNs) {
        for (inFlightCursor = Math.max(inFlightCursor, tail); inFlightCursor < head; inFlightCursor++) {
            SentPacket oldest = slot(inFlightCursor);
            if (oldest.isInFlight) {
                long patience = oldest.packet.isExpectedBack() ? PRESUMED_LOST_NS : PRESUMED_DROPPED_NS;
                if (nowNs - oldest.sentNs < patience) {
                    break;
                }
                release(oldest);
            }
        }
        return inFlight;
    }

    /** Bytes of the packets that {@link #inFlight} counted last. */
    int inFlightBytes() {
        return inFlightBytes;
    }

    /** Packets that are expected back, not back yet, and not given up. */
    int awaited() {
        return awaited;
    }

    /** Where a walk over what is not settled starts: pass it to {@link #outstandingAt}. */
    long oldestOutstanding() {
        return Math.max(expiryCursor, tail);
    }

    /** The packet at a position if it is unanswered, else null; positions run up to {@link #end()}. */
    SentPacket outstandingAt(long position) {
        SentPacket packet = slot(position);
        return packet.state == SentPacket.State.OUTSTANDING ? packet : null;
    }

    long end() {
        return head;
    }
}
