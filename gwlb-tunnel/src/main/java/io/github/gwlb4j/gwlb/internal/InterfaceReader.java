package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.flow.FindResult;
import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Ecn;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunQueue;

/**
 * The life of a packet out of an interface, from {@link #doWork} downwards: read a batch, find each packet's flow, put the flow's
 * GENEVE header in front, send it to the load balancer, count every one exactly once. Packets are sent from where they were
 * read: the batch keeps room in front of each for the header.
 *
 * <p>Belongs to one worker's thread. No allocation, no lock, no log line for a packet.
 */
final class InterfaceReader {
    private static final int BATCH = 64;
    /** Enough for a batch of full-sized packets, and behind them for one of whatever size. */
    private static final int BUFFER_BYTES = BATCH * (8500 + Geneve.MAX_HEADER_LENGTH + PacketBatch.ALIGNMENT_BYTES) + 2 * TunQueue.MAX_FRAME_BYTES;

    private final int index;
    private final DatagramPort port;
    private final PacketRules rules;
    private final FlowTable flows;
    private final FlowClassifier classifier;
    private final WorkerCounters counters;
    private final TooBigAnswers tooBig;
    private final CaptureTap capture;
    private final InterfacePoll poll;
    private final PacketBatch packets = new PacketBatch(BATCH, BUFFER_BYTES, Geneve.MAX_HEADER_LENGTH);
    private final DatagramBatch replies = new DatagramBatch(packets.buffer(), BATCH, 0);
    private final IpPacket inner = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final ReturnPath path = new ReturnPath();
    private final DropReason[] dropped = new DropReason[BATCH];
    private final int[] innerLength = new int[BATCH];

    InterfaceReader(int index, DatagramPort port, PacketRules rules, SharedState shared, WorkerCounters counters,
                    TooBigAnswers tooBig, CaptureTap capture) {
        this.index = index;
        this.port = port;
        this.rules = rules;
        this.flows = shared.flows();
        this.classifier = flows == null ? null : new FlowClassifier(shared.fragments());
        this.counters = counters;
        this.tooBig = tooBig;
        this.capture = capture;
        this.poll = new InterfacePoll(index, port, shared.readable());
    }

    /** Reads a batch from each interface that has packets, without waiting; answers how many packets that was. */
    int doWork(long nowNs) {
        poll.refresh();
        int work = 0;
        int readable = poll.look();
        for (int i = 0; readable > 0 && i < poll.size(); i++) {
            if (poll.isReadable(i)) {
                readable--;
                work += readFrom(i, nowNs);
            }
        }
        return work;
    }

    private int readFrom(int place, long nowNs) {
        packets.clear();
        replies.clear();
        int count = poll.queue(place).read(packets);
        if (count < 0) {
            poll.drop(place);
            poll.tunnel(place).life().interfaceLost(); // deleted by someone; the control thread looks in a second at the latest
            return 0;
        }
        TunnelState tunnel = poll.tunnel(place);
        for (int i = 0; i < count; i++) {
            dropped[i] = prepare(tunnel, packets.offset(i), packets.length(i), nowNs);
        }
        port.reply(replies, nowNs);
        count(tunnel, count, tooBig.send(port, nowNs), nowNs);
        return count;
    }

    /** Inner packet, flow, size; then the reply stands in the batch. Null unless the packet is dropped for a reason. */
    private DropReason prepare(TunnelState tunnel, int offset, int length, long nowNs) {
        if (tunnel.mode() != TunnelMode.TUN) {
            return DropReason.NOTHING_GOES_BACK;
        }
        if (inner.wrap(packets.buffer(), offset, length) != PacketStatus.OK) {
            return DropReason.INTERFACE_PACKET_MALFORMED;
        }
        classifier.classify(tunnel.endpointId(), inner, nowNs);
        FindResult found = flows.find(classifier.key(), path, nowNs);
        if (found != FindResult.FOUND) {
            return found == FindResult.UNKNOWN ? DropReason.FLOW_UNKNOWN : DropReason.FLOW_BUSY;
        }
        if (inner.totalLength() > rules.tunnelMtu()) {
            tooBig.about(inner, path.header(), path.headerOffset(), path.headerLength(), path.origin(), path.peerHigh(), path.peerLow(),
                    path.peerPort(), nowNs);
            return DropReason.PACKET_TOO_LARGE;
        }
        if (rules.isClampingMss()) {
            PacketEditor.clampMss(inner, tcp, rules.maximumSegment(inner.version()));
        }
        putBehindHeader(offset);
        if (capture != null) {
            capture.sent(replies, replies.size() - 1, nowNs);
        }
        return null;
    }

    private void putBehindHeader(int offset) {
        int headerLength = path.headerLength();
        int at = replies.size();
        packets.buffer().put(offset - headerLength, path.header(), path.headerOffset(), headerLength);
        replies.addAt(offset - headerLength, headerLength + inner.totalLength(), path.origin(), path.peerHigh(), path.peerLow(),
                path.peerPort());
        replies.setTrafficClass(at, Ecn.encapsulate(inner.trafficClass() & Ecn.CE));
        replies.markReply(at);
        innerLength[at] = inner.totalLength();
    }

    private void count(TunnelState tunnel, int count, int tooBigSent, long nowNs) {
        counters.beginBatch();
        for (int i = 0; i < count; i++) {
            counters.read(packets.length(i));
            if (dropped[i] != null) {
                counters.dropped(dropped[i]);
            }
        }
        for (int i = 0; i < replies.size(); i++) {
            if (replies.result(i) == SendResult.SENT) {
                counters.forwarded(replies.length(i));
                tunnel.returned(index, innerLength[i], nowNs);
            } else {
                counters.dropped(DropReasons.of(replies.result(i)));
            }
        }
        counters.packetTooBigSent(tooBigSent);
        counters.endBatch();
    }

    /** Waits for packets of either side, or {@link DatagramPort#wakeUp}. */
    void await(long timeoutNs) {
        poll.refresh();
        poll.await(timeoutNs);
    }

    /** Reads no more: the interfaces may be closed. */
    void retire() {
        poll.retire();
    }
}
