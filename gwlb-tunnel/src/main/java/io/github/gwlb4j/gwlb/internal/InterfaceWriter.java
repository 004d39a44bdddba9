package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.RememberResult;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.offload.SegmentCoalescer;
import io.github.gwlb4j.tun.offload.VnetHeader;

/**
 * From the load balancer into the tunnels' interfaces: when the batch is judged, each flow's way back is remembered, and its packets are
 * written tunnel by tunnel, from where they lie, those of a flow merged into super-packets if the device takes such.
 *
 * <p>Belongs to one worker. Allocates only when it meets a device with other offloads than those before.
 */
final class InterfaceWriter {
    /** The kernel takes 64 KB in a super-packet; more packets are not worth looking at together. */
    private static final int MERGED_AT_ONCE = 256;

    private final int index;
    private final FlowTable flows;
    /** Of the packets for interfaces in mode TUN; others' are not known. */
    private final BatchFlows batchFlows;
    private final ReturnPath path = new ReturnPath();
    /** Whether the GENEVE headers are needed no more: nobody captures what was delivered. */
    private final boolean isFrontFree;
    private final FlowRepeats repeats = new FlowRepeats();
    private SegmentCoalescer coalescer;
    private TunOffload coalescerOffload;

    /** The packets to be written: whose, whether there is nothing to be done with them any more, where, and which datagrams of the batch they are. */
    private final TunnelState[] tunnels;
    private final boolean[] isDone;
    private final int[] offset;
    private final int[] length;
    private final int[] datagram;
    /** Of each of the batch's flows: its packet's place among those to be written. */
    private final int[] placeOf;
    /** Of one tunnel: the datagram behind each packet. */
    private final int[] member;
    private int waiting;
    private int tapped;
    private int tapDrops;

    InterfaceWriter(int index, int maxPackets, SharedState shared) {
        this.isFrontFree = shared.capture() == null;
        this.index = index;
        this.flows = shared.flows();
        this.batchFlows = new BatchFlows(shared, maxPackets);
        this.tunnels = new TunnelState[maxPackets];
        this.isDone = new boolean[maxPackets];
        this.offset = new int[maxPackets];
        this.length = new int[maxPackets];
        this.datagram = new int[maxPackets];
        this.placeOf = new int[maxPackets];
        this.member = new int[maxPackets];
    }

    /** Takes a packet for its tunnel's interface; its flow is remembered, and it is written, by {@link #flush}. */
    void deliver(TunnelState tunnel, IpPacket inner, int i, long nowNs) {
        if (tunnel.mode() == TunnelMode.TUN) {
            placeOf[batchFlows.add(tunnel.endpointId(), inner, nowNs)] = waiting;
        }
        enqueue(tunnel, inner, i);
    }

    /** Takes a copy for whoever listens at the interface. */
    void tap(TunnelState tunnel, IpPacket inner, int i) {
        enqueue(tunnel, inner, i);
    }

    private void enqueue(TunnelState tunnel, IpPacket inner, int i) {
        if (tunnels[waiting] != tunnel) { // storing a reference costs a garbage collector's barrier
            tunnels[waiting] = tunnel;
        }
        isDone[waiting] = false;
        offset[waiting] = inner.offset();
        length[waiting] = inner.totalLength();
        datagram[waiting++] = i;
    }

    /**
     * Remembers the flows of what waits, and writes it.
     *
     * @param datagrams the batch
     * @param frame     an index over the batch's buffer, for use here
     * @param dropped   where to note packets whose flows cannot be remembered, or that an interface did not take
     * @param nowNs     monotonic time
     */
    void flush(DatagramBatch datagrams, PacketBatch frame, DropReason[] dropped, long nowNs) {
        rememberFlows(datagrams, dropped, nowNs);
        for (int i = 0; i < waiting; i++) {
            if (!isDone[i]) {
                flushTunnel(tunnels[i], i, frame, dropped);
            }
        }
        waiting = 0;
        repeats.clear();
    }

    /** Before anything is written, which may overwrite headers. Without a way back a packet must not go out. */
    private void rememberFlows(DatagramBatch datagrams, DropReason[] dropped, long nowNs) {
        batchFlows.fetch();
        for (int f = 0; f < batchFlows.size(); f++) {
            int place = placeOf[f];
            int i = datagram[place];
            int header = datagrams.offset(i);
            path.header(datagrams.buffer(), header, offset[place] - header)
                    .peer(datagrams.peerHigh(i), datagrams.peerLow(i), datagrams.peerPort(i), datagrams.origin(i));
            FlowKey key = batchFlows.key(f);
            RememberResult result = flows.remember(key, batchFlows.signal(f), path, nowNs);
            if (result.isRemembered()) {
                repeats.add(key.hash64());
            } else {
                dropped[i] = DropReasons.of(result);
                isDone[place] = true;
            }
        }
        batchFlows.clear();
    }

    private void flushTunnel(TunnelState tunnel, int first, PacketBatch frame, DropReason[] dropped) {
        TunQueue queue = tunnel.interfaces().ingress().queue(index);
        boolean isTap = tunnel.mode() == TunnelMode.INLINE_WITH_TAP;
        boolean hasVnetHeader = queue.offload().vnetHeader();
        boolean isEachApart = hasVnetHeader && isFrontFree && tunnel.mode() == TunnelMode.TUN && !repeats.any();
        collect(tunnel, first, frame, isEachApart ? VnetHeader.LENGTH : 0);
        int failed = 0;
        if (hasVnetHeader && !isEachApart) {
            for (int from = 0; from < frame.count(); from += MERGED_AT_ONCE) {
                failed += writeMerged(queue, frame, from, Math.min(frame.count(), from + MERGED_AT_ONCE), isTap ? null : dropped);
            }
        } else {
            failed = writeApart(queue, frame, isTap ? null : dropped);
        }
        if (isTap) {
            tapped += frame.count() - failed;
            tapDrops += failed;
        }
    }

    /** A tunnel's packets, each with a virtio_net header in front, over the end of its GENEVE header, if that has any bytes. */
    private void collect(TunnelState tunnel, int first, PacketBatch frame, int vnetHeaderBytes) {
        frame.clear();
        for (int i = first; i < waiting; i++) {
            if (tunnels[i] == tunnel && !isDone[i]) {
                member[frame.count()] = datagram[i];
                frame.add(offset[i] - vnetHeaderBytes, vnetHeaderBytes + length[i]);
                isDone[i] = true;
                if (vnetHeaderBytes > 0) {
                    VnetHeader.putPlain(frame.buffer(), offset[i] - vnetHeaderBytes);
                }
            }
        }
    }

    private int writeApart(TunQueue queue, PacketBatch frame, DropReason[] dropped) {
        int failed = 0;
        for (int next = 0; next < frame.count();) {
            int written = queue.write(frame, next, frame.count());
            if (written > 0) {
                next += written;
            } else {
                note(next++, dropped);
                failed++;
            }
        }
        return failed;
    }

    /** In front of each packet is its GENEVE header; a packet that is tapped, so cannot be dropped here, still goes back with it. */
    private int writeMerged(TunQueue queue, PacketBatch frame, int from, int to, DropReason[] dropped) {
        GatherBatch plan = coalescerFor(queue.offload()).coalesce(frame, from, to, isFrontFree && dropped != null);
        int failed = 0;
        for (int next = 0; next < plan.count();) {
            int written = queue.write(plan, next, plan.count());
            if (written > 0) {
                next += written;
                continue;
            }
            for (int packet = coalescer.firstPacket(next); packet >= 0; packet = coalescer.nextPacket(packet)) {
                note(from + packet, dropped);
                failed++;
            }
            next++;
        }
        return failed;
    }

    private SegmentCoalescer coalescerFor(TunOffload offload) {
        if (!offload.equals(coalescerOffload)) {
            coalescer = new SegmentCoalescer(MERGED_AT_ONCE, offload);
            coalescerOffload = offload;
        }
        return coalescer;
    }

    private void note(int packet, DropReason[] dropped) {
        if (dropped != null) {
            dropped[member[packet]] = DropReason.INTERFACE_WRITE_FAILED;
        }
    }

    /** Copies that were taken since the last call. */
    int takeTapped() {
        int count = tapped;
        tapped = 0;
        return count;
    }

    /** Copies that were not taken since the last call. */
    int takeTapDrops() {
        int count = tapDrops;
        tapDrops = 0;
        return count;
    }
}
