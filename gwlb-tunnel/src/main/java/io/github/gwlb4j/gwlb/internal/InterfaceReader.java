package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.flow.FindResult;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Ecn;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.offload.SegmentSplitter;
import io.github.gwlb4j.tun.offload.SplitStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The life of a packet out of an interface, from {@link #doWork} downwards: read a batch, tell the packets' flows, find each in the
 * table, put the flow's GENEVE header in front, send it to the load balancer, count every one exactly once. Packets are sent from where they were
 * read: the buffer keeps room in front of each for the header. Super-packets are cut into segments first, which are copied;
 * their flow is looked up once.
 *
 * <p>Belongs to one worker's thread. No allocation, no lock, no log line for a packet.
 */
final class InterfaceReader {
    private static final int BATCH = 128;
    private static final int HEADROOM = Geneve.MAX_HEADER_LENGTH + TunOffload.VNET_HEADER_BYTES;
    /** Enough for a batch of full-sized packets, and behind them for one of whatever size. */
    private static final int BUFFER_BYTES = BATCH * (8500 + HEADROOM + PacketBatch.ALIGNMENT_BYTES) + 2 * TunQueue.MAX_FRAME_BYTES;
    static final long DIRECT_MEMORY_BYTES = 2L * BUFFER_BYTES;

    private final int index;
    private final DatagramPort port;
    private final PacketRules rules;
    private final FlowTable flows;
    private final WorkerCounters counters;
    private final TooBigAnswers tooBig;
    private final InjectQueue injected;
    private final CaptureTap capture;
    private final InterfacePoll poll;
    private final PacketBatch frames = new PacketBatch(BATCH, BUFFER_BYTES, HEADROOM);
    private final PacketBatch segments = new PacketBatch(BATCH, BUFFER_BYTES, HEADROOM);
    private final DatagramBatch frameReplies = new DatagramBatch(frames.buffer(), BATCH, 0);
    private final DatagramBatch segmentReplies = new DatagramBatch(segments.buffer(), BATCH, 0);
    private final SegmentSplitter splitter = new SegmentSplitter();
    private final IpPacket segment = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final ReturnPath path = new ReturnPath();
    /** What was read and not yet sent and counted: for each packet its length and why it is dropped, or null. */
    private final int[] readLength = new int[BATCH];
    private final DropReason[] dropped = new DropReason[BATCH];
    private int pending;
    /** Those whose flows are not looked up yet: for each of the batch's flows its packet, and the packet's place among those that were read. */
    private final BatchFlows batchFlows;
    private final IpPacket[] packets = new IpPacket[BATCH];
    private final int[] placeOf = new int[BATCH];
    /** For each reply. */
    private final int[] innerLength = new int[BATCH];

    InterfaceReader(int index, DatagramPort port, PacketRules rules, SharedState shared, WorkerCounters counters,
                    TooBigAnswers tooBig, InjectQueue injected, CaptureTap capture) {
        this.index = index;
        this.port = port;
        this.rules = rules;
        this.flows = shared.flows();
        this.batchFlows = new BatchFlows(shared, BATCH);
        Arrays.setAll(packets, i -> new IpPacket());
        this.counters = counters;
        this.tooBig = tooBig;
        this.injected = injected;
        this.capture = capture;
        this.poll = new InterfacePoll(index, port, shared.readable());
    }

    /** Reads a batch from each interface that has packets, without waiting; answers how many frames that was. */
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
        TunQueue queue = poll.queue(place);
        TunnelState tunnel = poll.tunnel(place);
        frames.clear();
        int count = queue.read(frames);
        if (count < 0) {
            poll.drop(place);
            tunnel.life().interfaceLost(); // deleted by someone; the control thread looks in a second at the latest
            return 0;
        }
        boolean hasVnetHeader = queue.offload().vnetHeader();
        for (int i = 0; i < count; i++) {
            if (hasVnetHeader) {
                takeApart(tunnel, i, nowNs);
            } else {
                take(tunnel, frames.offset(i), frames.length(i), nowNs);
            }
        }
        sendFrames(tunnel, nowNs);
        return count;
    }

    private void takeApart(TunnelState tunnel, int frame, long nowNs) {
        if (splitter.begin(frames, frame) != SplitStatus.OK) {
            note(frames.length(frame), DropReason.INTERFACE_PACKET_MALFORMED);
        } else if (splitter.headerLength() == 0) {
            splitter.next(frames.buffer(), 0); // writes nothing for a frame that is one packet
            take(tunnel, splitter.payloadOffset(), splitter.payloadLength(), nowNs);
        } else {
            sendFrames(tunnel, nowNs); // what was read before goes before
            takeSegments(tunnel, nowNs);
        }
    }

    // ---- packets as they were read: all are looked at before the flow of the first is looked up

    private void take(TunnelState tunnel, int offset, int length, long nowNs) {
        IpPacket packet = packets[batchFlows.size()];
        DropReason reason = wrap(packet, tunnel, frames.buffer(), offset, length);
        if (reason == null) {
            placeOf[batchFlows.add(tunnel.endpointId(), packet, nowNs)] = pending;
        }
        note(length, reason);
    }

    private void sendFrames(TunnelState tunnel, long nowNs) {
        batchFlows.fetch();
        for (int f = 0; f < batchFlows.size(); f++) {
            DropReason reason = find(packets[f], batchFlows.key(f), frames.buffer(), nowNs);
            if (reason == null) {
                reason = putBehindHeader(packets[f], frameReplies, nowNs);
            }
            dropped[placeOf[f]] = reason;
        }
        batchFlows.clear();
        send(tunnel, frameReplies, nowNs);
    }

    // ---- the segments of a super-packet: their flow is looked up once

    private void takeSegments(TunnelState tunnel, long nowNs) {
        boolean isFlowKnown = false;
        while (splitter.hasNext()) {
            segments.clear();
            int count = splitter.copyTo(segments);
            for (int i = 0; i < count; i++) {
                DropReason reason = takeSegment(tunnel, segments.offset(i), segments.length(i), isFlowKnown, nowNs);
                note(segments.length(i), reason);
                isFlowKnown = reason == null;
            }
            send(tunnel, segmentReplies, nowNs);
        }
    }

    /**
     * Where the flow was looked up, the header is in front of the packet already. For the segments behind, it is copied from there: all but
     * the last of a super-packet's segments are equally long, so those of its next round lie where the first ones lay, and nobody writes in front
     * of one but here, or the port in front of that header.
     */
    private DropReason takeSegment(TunnelState tunnel, int offset, int length, boolean isFlowKnown, long nowNs) {
        DropReason reason = wrap(segment, tunnel, segments.buffer(), offset, length);
        if (reason != null) {
            return reason;
        }
        if (isFlowKnown) {
            segments.buffer().put(offset - path.headerLength(), path.header(), path.headerOffset(), path.headerLength());
        } else {
            int flow = batchFlows.add(tunnel.endpointId(), segment, nowNs); // empty before: all frames were sent
            reason = find(segment, batchFlows.key(flow), segments.buffer(), nowNs);
            batchFlows.clear();
        }
        return reason == null ? putBehindHeader(segment, segmentReplies, nowNs) : reason;
    }

    // ---- one packet: inner packet, flow, size. Null unless it is dropped for a reason

    private void note(int length, DropReason reason) {
        readLength[pending] = length;
        dropped[pending++] = reason;
    }

    private static DropReason wrap(IpPacket packet, TunnelState tunnel, ByteBuffer buffer, int offset, int length) {
        if (tunnel.mode() != TunnelMode.TUN) {
            return DropReason.NOTHING_GOES_BACK;
        }
        return packet.wrap(buffer, offset, length) == PacketStatus.OK ? null : DropReason.INTERFACE_PACKET_MALFORMED;
    }

    /** Puts the flow's header in front of the packet. */
    private DropReason find(IpPacket packet, FlowKey key, ByteBuffer buffer, long nowNs) {
        FindResult found = flows.find(key, path.headerInFrontOf(buffer, packet.offset()), nowNs);
        if (found == FindResult.FOUND) {
            return null;
        }
        if (found == FindResult.BUSY) {
            return DropReason.FLOW_BUSY;
        }
        return isMulticast(packet) ? DropReason.KERNEL_MULTICAST : DropReason.FLOW_UNKNOWN;
    }

    /** 224.0.0.0/4, ff00::/8. */
    private static boolean isMulticast(IpPacket packet) {
        return packet.version() == 4 ? packet.destinationLow() >>> 28 == 0xe : packet.destinationHigh() >>> 56 == 0xff;
    }

    /** The packet, its flow's header in front of it, then stands in the batch. */
    private DropReason putBehindHeader(IpPacket packet, DatagramBatch replies, long nowNs) {
        int innerBytes = packet.totalLength();
        if (innerBytes > rules.tunnelMtu()) {
            tooBig.about(packet, path, nowNs);
            return DropReason.PACKET_TOO_LARGE;
        }
        if (rules.isClampingMss()) {
            PacketEditor.clampMss(packet, tcp, rules.maximumSegment(packet.version()));
        }
        int headerLength = path.headerLength();
        int at = replies.size();
        replies.addAt(packet.offset() - headerLength, headerLength + innerBytes, path.origin(), path.peerHigh(), path.peerLow(), path.peerPort());
        replies.setFreeInFront(at, HEADROOM - headerLength);
        replies.setTrafficClass(at, Ecn.encapsulate(packet.trafficClass() & Ecn.CE));
        replies.markReply(at);
        innerLength[at] = innerBytes;
        if (capture != null) {
            capture.sent(replies, at, nowNs);
        }
        return null;
    }

    private void send(TunnelState tunnel, DatagramBatch replies, long nowNs) {
        if (pending == 0) {
            return;
        }
        port.reply(replies, nowNs);
        count(tunnel, replies, nowNs);
        injected.flush(nowNs);
        replies.clear();
        pending = 0;
    }

    private void count(TunnelState tunnel, DatagramBatch replies, long nowNs) {
        counters.beginBatch();
        long bytesRead = 0;
        for (int i = 0; i < pending; i++) {
            bytesRead += readLength[i];
            if (dropped[i] != null) {
                counters.dropped(dropped[i]);
            }
        }
        counters.read(pending, bytesRead);
        int sent = 0;
        long bytes = 0;
        long innerBytes = 0;
        for (int i = 0; i < replies.size(); i++) {
            if (replies.result(i) == SendResult.SENT) {
                sent++;
                bytes += replies.length(i);
                innerBytes += innerLength[i];
            } else {
                counters.dropped(DropReasons.of(replies.result(i)));
            }
        }
        if (sent > 0) {
            counters.forwarded(sent, bytes);
            tunnel.returned(index, sent, innerBytes, nowNs);
        }
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
