package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.SendResult;

/**
 * What becomes of each datagram of a batch, noted on its way through {@link Worker} and counted at the end of it: every one exactly once,
 * for the worker and for its tunnel.
 *
 * <p>Belongs to one worker. Allocates nothing.
 */
final class BatchFates {
    private final int worker;
    private final WorkerCounters counters;
    private final InnerReplacement replacement;
    private final Fate[] fate;
    private final DropReason[] dropped;
    private final TunnelState[] tunnelOf;
    private final int[] innerLength;

    /** What becomes of a datagram that is not dropped for a reason, before it is known whether a reply could be sent. */
    enum Fate { REPLY, DROPPED_BY_HANDLER, DELIVERED, HELD }

    /** The replacement knows how much longer a datagram is than it came. */
    BatchFates(int worker, WorkerCounters counters, InnerReplacement replacement, int maxDatagrams) {
        this.worker = worker;
        this.counters = counters;
        this.replacement = replacement;
        this.fate = new Fate[maxDatagrams];
        this.dropped = new DropReason[maxDatagrams];
        this.tunnelOf = new TunnelState[maxDatagrams];
        this.innerLength = new int[maxDatagrams];
    }

    /** The datagram is not of a tunnel, or was dropped before that was known. */
    void hasNoTunnel(int i) {
        tunnelOf[i] = null;
    }

    void hasTunnel(int i, TunnelState tunnel) {
        if (tunnelOf[i] != tunnel) { // storing a reference costs a garbage collector's barrier
            tunnelOf[i] = tunnel;
        }
    }

    TunnelState tunnel(int i) {
        return tunnelOf[i];
    }

    /** As the inner packet came. */
    void innerLength(int i, int length) {
        innerLength[i] = length;
    }

    int innerLength(int i) {
        return innerLength[i];
    }

    void note(int i, Fate itsFate) {
        if (fate[i] != itsFate) { // as with the tunnel
            fate[i] = itsFate;
        }
    }

    /** Means something only if the datagram is not dropped for a reason. */
    Fate fate(int i) {
        return fate[i];
    }

    /** The reason is null unless the datagram is dropped for one. */
    void judged(int i, DropReason reason) {
        dropped[i] = reason;
    }

    DropReason dropped(int i) {
        return dropped[i];
    }

    /** For who finds out afterwards that some datagrams are dropped all the same. */
    DropReason[] dropped() {
        return dropped;
    }

    /** Counts a batch. Those that are not fresh have been counted as received, and as held since. */
    void count(DatagramBatch datagrams, boolean isFresh, long nowNs) {
        for (int i = 0; i < datagrams.size();) {
            i = countOneTunnel(datagrams, i, isFresh, nowNs);
        }
    }

    /** Counts the datagrams from one on that are of one tunnel, since its counters are better written once; answers where the next tunnel's begin. */
    private int countOneTunnel(DatagramBatch datagrams, int from, boolean isFresh, long nowNs) {
        TunnelState tunnel = tunnelOf[from];
        int sent = 0;
        int delivered = 0;
        long bytes = 0;
        long innerBytes = 0;
        long sentBytes = 0;
        long sentInnerBytes = 0;
        long deliveredBytes = 0;
        int i = from;
        for (; i < datagrams.size() && tunnelOf[i] == tunnel; i++) {
            bytes += datagrams.length(i) - replacement.growth(i);
            innerBytes += innerLength[i];
            if (dropped[i] != null) {
                counters.dropped(dropped[i]);
            } else if (fate[i] == Fate.DELIVERED) {
                delivered++;
                deliveredBytes += innerLength[i];
            } else if (fate[i] == Fate.REPLY && datagrams.result(i) == SendResult.SENT) {
                sent++;
                sentBytes += datagrams.length(i);
                sentInnerBytes += innerLength[i] + replacement.innerGrowth(i);
            } else {
                countOther(datagrams, i, tunnel);
            }
        }
        countReceived(tunnel, i - from, bytes, innerBytes, isFresh, nowNs);
        if (sent > 0) {
            counters.forwarded(sent, sentBytes);
            tunnel.forwarded(worker, sent, sentInnerBytes);
        }
        if (delivered > 0) {
            counters.delivered(delivered, deliveredBytes);
            tunnel.delivered(worker, delivered, deliveredBytes);
        }
        return i;
    }

    private void countOther(DatagramBatch datagrams, int i, TunnelState tunnel) {
        switch (fate[i]) {
            case DROPPED_BY_HANDLER -> {
                counters.droppedByHandler();
                tunnel.droppedByHandler(worker);
            }
            case HELD -> counters.held(1);
            default -> counters.dropped(DropReasons.of(datagrams.result(i)));
        }
    }

    private void countReceived(TunnelState tunnel, int packets, long bytes, long innerBytes, boolean isFresh, long nowNs) {
        if (!isFresh) {
            counters.held(-packets);
            return;
        }
        counters.received(packets, bytes);
        if (tunnel != null) {
            tunnel.received(worker, packets, innerBytes, nowNs);
        }
    }
}
