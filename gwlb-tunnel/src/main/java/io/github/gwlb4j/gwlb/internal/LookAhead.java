package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.track.FlowTracker;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;

/**
 * Looks at a batch's flows before its packets are judged one after the other. With thousands of flows a packet's flow is in main memory,
 * and to wait for it takes longer than all the rest of our work; a processor fetches a dozen at once, though, if nothing stands between
 * the loads. So flows are first touched, all of a batch in a short loop, and found in a near cache afterwards.
 *
 * <p>What is found out here is a guess that nothing but the memory's place depends on: whatever is wrong with a datagram is for who judges it.
 *
 * <p>Belongs to one worker. Allocates nothing after construction.
 */
final class LookAhead {
    /** With fewer flows all are near enough. */
    static final int FEWEST_FLOWS = 1000;
    /** With fewer packets there is too little to fetch at once. */
    private static final int FEWEST_PACKETS = 4;

    /** Each null if there is none. */
    private final FlowTracker tracker;
    private final FlowTable flows;
    private final GwlbDecoder decoder;
    private final IpPacket inner = new IpPacket();
    private final FlowKey key = new FlowKey();
    private final long[] hashes;
    /** What was read, or the JVM would leave the reading out. */
    private long sum;

    LookAhead(FlowTracker tracker, FlowTable flows, int optionClass, int maxDatagrams) {
        this.tracker = tracker;
        this.flows = flows;
        this.decoder = new GwlbDecoder(optionClass);
        this.hashes = new long[maxDatagrams];
    }

    /** Fetches what is known of a batch's flows, if that is worth it; answers of how many packets. */
    int fetch(DatagramBatch datagrams) {
        if (datagrams.size() < FEWEST_PACKETS) {
            return 0;
        }
        boolean isTracked = tracker != null && tracker.flows() >= FEWEST_FLOWS;
        boolean isRemembered = flows != null && flows.count() >= FEWEST_FLOWS;
        if (!isTracked && !isRemembered) {
            return 0;
        }
        int count = hash(datagrams);
        if (isTracked) {
            sum += tracker.fetch(hashes, count);
        }
        if (isRemembered) {
            sum += flows.fetch(hashes, count);
        }
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
