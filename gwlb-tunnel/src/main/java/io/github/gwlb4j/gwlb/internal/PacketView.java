package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;

/** The one view that a worker shows its handler, packet after packet. Belongs to the worker's thread. */
final class PacketView implements GwlbPacket {
    private final GwlbDecoder decoder;
    private final IpPacket inner = new IpPacket();
    private final FlowKey flowKey = new FlowKey();
    private TunnelState tunnel;
    private boolean hasFlowKey;
    private long receivedNs;

    PacketView(GwlbDecoder decoder) {
        this.decoder = decoder;
    }

    void show(TunnelState tunnel, long receivedNs) {
        this.tunnel = tunnel;
        this.receivedNs = receivedNs;
        this.hasFlowKey = false;
    }

    @Override
    public Tunnel tunnel() {
        return tunnel;
    }

    @Override
    public GeneveHeader header() {
        return decoder.header();
    }

    @Override
    public GwlbOptions options() {
        return decoder.options();
    }

    @Override
    public IpPacket inner() {
        return inner;
    }

    @Override
    public FlowKey flowKey() {
        if (!hasFlowKey) {
            flowKey.set(tunnel.endpointId(), inner);
            hasFlowKey = true;
        }
        return flowKey;
    }

    @Override
    public long receivedNs() {
        return receivedNs;
    }
}
