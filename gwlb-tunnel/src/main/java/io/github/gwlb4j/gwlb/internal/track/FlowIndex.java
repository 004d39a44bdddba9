package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.packet.FlowKey;

/**
 * Finds flows by their keys: a hash table whose chains run through the flows themselves, so that nothing is allocated and nothing is
 * left behind by flows that come and go. The hash is seeded, see {@link FlowKey}. Belongs to one worker.
 */
final class FlowIndex {
    private final TrackedFlow[] places;
    private final int shift;
    private int size;

    /** Room for so many flows with one place each at least. */
    FlowIndex(int maxFlows) {
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(maxFlows - 1));
        places = new TrackedFlow[1 << bits];
        shift = Long.SIZE - bits;
    }

    int size() {
        return size;
    }

    int places() {
        return places.length;
    }

    TrackedFlow find(FlowKey key) {
        TrackedFlow flow = places[place(key.hash64())];
        while (flow != null && !flow.isOf(key)) {
            flow = flow.nextInPlace;
        }
        return flow;
    }

    /** Reads the places of flows, then the flows that are found there first; answers something made of that. */
    long fetch(long[] hashes, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += places[place(hashes[i])] == null ? 0 : 1;
        }
        for (int i = 0; i < count; i++) {
            TrackedFlow flow = places[place(hashes[i])];
            if (flow != null) {
                sum += flow.fetch();
            }
        }
        return sum;
    }

    void add(TrackedFlow flow) {
        int place = place(flow.hash());
        flow.nextInPlace = places[place];
        places[place] = flow;
        size++;
    }

    void remove(TrackedFlow flow) {
        int place = place(flow.hash());
        if (places[place] == flow) {
            places[place] = flow.nextInPlace;
        } else {
            TrackedFlow before = places[place];
            while (before.nextInPlace != flow) {
                before = before.nextInPlace;
            }
            before.nextInPlace = flow.nextInPlace;
        }
        flow.nextInPlace = null;
        size--;
    }

    /** The first flow of a place, 0 to {@link #places()}, or null. */
    TrackedFlow firstAt(int place) {
        return places[place];
    }

    private int place(long hash) {
        return (int) (hash >>> shift);
    }
}
