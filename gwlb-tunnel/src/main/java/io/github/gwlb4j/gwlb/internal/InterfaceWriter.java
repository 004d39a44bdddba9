package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.RememberResult;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.tun.PacketBatch;

/**
 * From the load balancer into a tunnel's interface: the flow's way back is remembered, then the inner packet is written where it
 * lies. Belongs to one worker.
 */
final class InterfaceWriter {
    private final int index;
    private final FlowTable flows;
    private final FlowClassifier classifier;
    private final ReturnPath path = new ReturnPath();
    private int tapped;
    private int tapDrops;

    InterfaceWriter(int index, SharedState shared) {
        this.index = index;
        this.flows = shared.flows();
        this.classifier = flows == null ? null : new FlowClassifier(shared.fragments());
    }

    /** Null if the interface has the packet; else why not. */
    DropReason deliver(TunnelState tunnel, PacketBatch slot, GeneveHeader header, IpPacket inner, DatagramBatch datagrams, int i,
                       long nowNs) {
        if (tunnel.mode() == TunnelMode.TUN) {
            classifier.classify(tunnel.endpointId(), inner, nowNs);
            path.header(datagrams.buffer(), header.offset(), header.headerLength())
                    .peer(datagrams.peerHigh(i), datagrams.peerLow(i), datagrams.peerPort(i), datagrams.origin(i));
            RememberResult result = flows.remember(classifier.key(), classifier.signal(), path, nowNs);
            if (!result.isRemembered()) {
                return DropReasons.of(result);
            }
        }
        return write(tunnel, slot, inner) ? null : DropReason.INTERFACE_WRITE_FAILED;
    }

    /** A copy for whoever listens at the interface. */
    void tap(TunnelState tunnel, PacketBatch slot, IpPacket inner) {
        if (write(tunnel, slot, inner)) {
            tapped++;
        } else {
            tapDrops++;
        }
    }

    private boolean write(TunnelState tunnel, PacketBatch slot, IpPacket inner) {
        slot.clear();
        slot.add(inner.offset(), inner.totalLength());
        return tunnel.interfaces().ingress().queue(index).write(slot, 0, 1) == 1;
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
