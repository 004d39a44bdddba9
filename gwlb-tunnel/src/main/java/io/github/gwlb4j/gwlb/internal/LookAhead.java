package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.internal.track.FlowTracker;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;

/**
 * Touches a batch's tracked flows before its packets are judged one after the other: {@link BatchFlows} for the inline modes, and for the same
 * reason. There a packet's flow is needed while the handler is asked about that packet, so each datagram is looked at twice.
 *
 * <p>What is found out here is a guess that nothing but the memory's place depends on: whatever is wrong with a datagram is for who judges it.
 *
 * <p>Belongs to one worker. Allocates nothing after construction.
 */
final class LookAhead {
    /** With fewer flows all are near enough for what it costs to look at each datagram twice. */
    static final int FEWEST_FLOWS = 1000;

    private final FlowTracker tracker;
    private final GwlbDecoder decoder;
    private final IpPacket inner = new IpPacket();
    private final FlowKey key = new FlowKey();
    private final long[] hashes;
    /** What was read, or the JVM would leave the reading out. */
    private long sum;

    LookAhead(FlowTracker tracker, int optionClass, int maxDatagrams) {
        this.tracker = tracker;
        this.decoder = new GwlbDecoder(optionClass);
        this.hashes = new long[maxDatagrams];
    }

    /** Fetches what is known of a batch's flows, if that is worth it; answers of how many packets. */
    int fetch(DatagramBatch datagrams) {
        if (datagrams.size() < BatchFlows.FEWEST_IN_BATCH || tracker.flows() < FEWEST_FLOWS) {
            return 0;
        }
        int count = hash(datagrams);
        sum += tracker.fetch(hashes, count);
        return count;
    }

    /** Of a run of one sender and port, as of a flow's packets that the kernel had merged, only the first packet is looked at. */
    private int hash(DatagramBatch datagrams) {
        int count = 0;
        for (int i = 0; i < datagrams.size(); i++) {
            if (i > 0 && datagrams.peerPort(i) == datagrams.peerPort(i - 1) && datagrams.peerLow(i) == datagrams.peerLow(i - 1)) {
                continue;
            }
            if (decoder.decode(datagrams.buffer(), datagrams.offset(i), datagrams.length(i)) == GeneveStatus.OK) {
                GeneveHeader header = decoder.header();
                if (inner.wrap(datagrams.buffer(), header.payloadOffset(), header.payloadLength()) == PacketStatus.OK) {
                    hashes[count++] = key.setByPorts(decoder.options().endpointId(), inner).hash64();
                }
            }
        }
        return count;
    }

    /** {@link FlowKey#hash64()} of a flow that was fetched last, for tests. */
    long hash(int i) {
        return hashes[i];
    }
}
