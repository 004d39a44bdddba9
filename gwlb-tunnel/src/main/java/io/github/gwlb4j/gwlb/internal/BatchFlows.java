package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.util.Arrays;

/**
 * To which flows a batch's packets belong in TUN mode, found out for all of them before the {@link FlowTable} is asked for the first. A
 * packet's flow is far away in memory, with thousands of flows always and with a hundred after the kernel's work, and to wait for it takes long; a processor
 * fetches a dozen at once, though, if nothing stands between the loads. So {@link #fetch} touches all of a batch in a short loop, and
 * whoever asks for them afterwards finds them in a near cache.
 *
 * <p>Belongs to one worker. Allocates nothing after construction.
 */
final class BatchFlows {
    /** With fewer flows all are near enough, though a kernel at work between two batches leaves little in the nearest caches: with 100 flows it gains 1 % of a packet's whole way. */
    static final int FEWEST_FLOWS = 64;
    /** With fewer in a batch, neighbours of one flow counted once, there is too little to fetch at once. */
    static final int FEWEST_IN_BATCH = 4;

    private final FlowTable flows;
    private final FlowClassifier classifier;
    private final FlowKey[] keys;
    private final FlowSignal[] signals;
    private int size;
    /** Of the flows to be fetched. */
    private final long[] hashes;
    private int hashed;
    /** What was read, or the JVM would leave the reading out. */
    private long sum;

    /** Where no endpoint can be in TUN mode there is no table, and no packet is added. */
    BatchFlows(SharedState shared, int maxPackets) {
        this.flows = shared.flows();
        this.classifier = new FlowClassifier(shared.fragments());
        int places = flows == null ? 0 : maxPackets;
        this.keys = new FlowKey[places];
        Arrays.setAll(keys, i -> new FlowKey());
        this.signals = new FlowSignal[places];
        this.hashes = new long[places];
    }

    /** Takes the flow of one more packet; answers its place among those of the batch. */
    int add(long endpointId, IpPacket packet, long nowNs) {
        FlowKey key = keys[size];
        FlowSignal signal = classifier.classify(endpointId, packet, key, nowNs);
        if (signals[size] != signal) { // storing a reference costs a garbage collector's barrier
            signals[size] = signal;
        }
        if (hashed == 0 || hashes[hashed - 1] != key.hash64()) { // of a flow's packets that come together, one is enough
            hashes[hashed++] = key.hash64();
        }
        return size++;
    }

    /** Fetches what the table holds of the batch's flows, if that is worth it; answers of how many. Once a batch: that uses up the hashes. */
    int fetch() {
        if (hashed < FEWEST_IN_BATCH || flows.count() < FEWEST_FLOWS) {
            return 0;
        }
        sum += flows.fetch(hashes, hashed);
        return hashed;
    }

    /** Packets whose flows were taken since {@link #clear}. */
    int size() {
        return size;
    }

    /** The flow of a packet, with the packet's direction. */
    FlowKey key(int i) {
        return keys[i];
    }

    /** What a packet means for its flow. */
    FlowSignal signal(int i) {
        return signals[i];
    }

    /** The sum of what was read by {@link #fetch}, for tests. */
    long fetched() {
        return sum;
    }

    /** Forgets all packets. */
    void clear() {
        size = 0;
        hashed = 0;
    }
}
