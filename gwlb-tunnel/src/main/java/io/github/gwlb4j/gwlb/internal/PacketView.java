package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.internal.track.FlowTracker;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;

/** The one view that a worker shows its handler, packet after packet. Belongs to the worker's thread. */
final class PacketView implements GwlbPacket {
    private final GwlbDecoder decoder;
    private final IpPacket inner = new IpPacket();
    private final FlowKey flowKey = new FlowKey();
    private TunnelState tunnel;
    private final ReturnPath way = new ReturnPath();
    private final InjectQueue injected;
    private final InnerReplacement replacement;
    private final FlowTracker tracker;
    private final CaptureTap capture;
    private boolean hasFlow;
    private DatagramBatch datagrams;
    private int datagram;
    private boolean hasFlowKey;
    private long receivedNs;

    /** The tracker is null if flows are not tracked, the capture if nothing is captured; the room for longer packets starts at the offset in the batch's buffer. */
    PacketView(GwlbDecoder decoder, InjectQueue injected, FlowTracker tracker, CaptureTap capture, ByteBuffer batchBuffer, int roomOffset,
               int maxDatagrams, int tunnelMtu) {
        this.decoder = decoder;
        this.tracker = tracker;
        this.capture = capture;
        this.injected = injected;
        this.replacement = new InnerReplacement(decoder, inner, batchBuffer, roomOffset, maxDatagrams, tunnelMtu);
    }

    InnerReplacement replacement() {
        return replacement;
    }

    void show(TunnelState tunnel, DatagramBatch datagrams, int i, long receivedNs) {
        if (this.tunnel != tunnel) { // storing a reference costs a garbage collector's barrier
            this.tunnel = tunnel;
        }
        if (this.datagrams != datagrams) { // the same
            this.datagrams = datagrams;
        }
        this.datagram = i;
        this.receivedNs = receivedNs;
        this.hasFlowKey = false;
        if (tracker != null) {
            hasFlow = tracker.track(tunnel, inner, way(), receivedNs);
        }
    }

    /** How this packet came, which is how others of its flow go. Valid until the next call. */
    ReturnPath way() {
        GeneveHeader header = decoder.header();
        return way.header(datagrams.buffer(), header.offset(), header.headerLength())
                .peer(datagrams.peerHigh(datagram), datagrams.peerLow(datagram), datagrams.peerPort(datagram), datagrams.origin(datagram));
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
            if (tracker != null && !inner.isFragment() && !inner.isIcmpError()) {
                flowKey.set(tracker.key()); // the same, computed already
            } else {
                flowKey.set(tunnel.endpointId(), inner);
            }
            hasFlowKey = true;
        }
        return flowKey;
    }

    @Override
    public Flow flow() {
        return hasFlow ? tracker.current() : null;
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int offset, int length) {
        return injected.inject(packet, offset, length, way());
    }

    @Override
    public ReplaceStatus replaceInner(ByteBuffer packet, int offset, int length) {
        flowKey(); // stays that of the packet that came
        return replacement.replace(datagrams, datagram, packet, offset, length);
    }

    @Override
    public void captureNote(String note) {
        if (capture != null) {
            capture.note(datagram, note);
        }
    }

    @Override
    public long receivedNs() {
        return receivedNs;
    }
}
