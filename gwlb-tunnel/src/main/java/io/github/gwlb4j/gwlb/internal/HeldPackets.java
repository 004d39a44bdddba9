package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.tun.PacketBatch;

/**
 * Datagrams that wait for their tunnels to be created, in the order in which they came. Belongs to one worker.
 *
 * <p>Whenever a tunnel has moved on, all of them are taken out and judged anew; those that still have to wait are held again.
 * So nothing here knows of phases, and the order holds. There are two buffers, one to take out of and one to hold in.
 * Creation is rare, so the copies do not count.
 */
final class HeldPackets {
    /** Datagrams of all tunnels at most. */
    static final int MAX_DATAGRAMS = 4096;

    private final int worker;
    private final int maxForTunnel;
    private final TunnelState[] tunnels = new TunnelState[MAX_DATAGRAMS];
    private PacketBatch holding;
    private PacketBatch taking;
    private PacketBatch holdingFrame;
    private PacketBatch takenFrame;
    private DatagramBatch held;
    private DatagramBatch taken;

    /**
     * Takes all the memory that will ever be used.
     *
     * @param worker       whose tunnel counters to use
     * @param maxForTunnel most datagrams of one tunnel
     * @param bytes        of each of the two buffers
     */
    HeldPackets(int worker, int maxForTunnel, int bytes) {
        this.worker = worker;
        this.maxForTunnel = maxForTunnel;
        this.holding = new PacketBatch(MAX_DATAGRAMS, bytes);
        this.taking = new PacketBatch(MAX_DATAGRAMS, bytes);
        this.holdingFrame = holding.view(MAX_DATAGRAMS);
        this.takenFrame = taking.view(MAX_DATAGRAMS);
        this.held = new DatagramBatch(holding.buffer(), MAX_DATAGRAMS, 0);
        this.taken = new DatagramBatch(taking.buffer(), MAX_DATAGRAMS, 0);
    }

    /** Copies a datagram; false if its tunnel's share or the buffer is used up. */
    boolean hold(TunnelState tunnel, DatagramBatch from, int i) {
        if (tunnel.heldBy(worker) >= maxForTunnel || !holding.addCopy(from.buffer(), from.offset(i), from.length(i))) {
            return false;
        }
        int at = held.size();
        held.addAt(holding.offset(at), from.length(i), from.origin(i), from.peerHigh(i), from.peerLow(i), from.peerPort(i));
        held.setTrafficClass(at, from.trafficClass(i));
        tunnels[at] = tunnel;
        tunnel.held(worker, 1);
        return true;
    }

    boolean isEmpty() {
        return held.size() == 0;
    }

    /** Whether packets of an endpoint wait, of whichever of its tunnels. Looks at all of them. */
    boolean hasAnyOf(long endpointId) {
        for (int i = 0; i < held.size(); i++) {
            if (tunnels[i].endpointId() == endpointId) {
                return true;
            }
        }
        return false;
    }

    /** Takes all of them out. Valid until the next call. */
    DatagramBatch takeAll() {
        PacketBatch emptied = taking;
        taking = holding;
        holding = emptied;
        PacketBatch frame = takenFrame;
        takenFrame = holdingFrame;
        holdingFrame = frame;
        DatagramBatch batch = held;
        held = taken;
        taken = batch;
        holding.clear();
        held.clear();
        for (int i = 0; i < taken.size(); i++) {
            tunnels[i].held(worker, -1);
            tunnels[i] = null;
        }
        return taken;
    }

    /** An index, for whoever writes them out, over the buffer of the datagrams that were taken out last. */
    PacketBatch takenFrame() {
        return takenFrame;
    }
}
