package io.github.gwlb4j.gwlb.internal;

import java.util.Arrays;

/**
 * Whether any flow has more than one packet in a batch. Where none has, as in the small batches of moderate traffic, nothing can be
 * merged and no order can be broken, so that nobody has to look for either.
 *
 * <p>Belongs to one worker. Allocates nothing after construction. It may say yes where no flow repeats, if two flows have one hash or
 * there are more than {@link #MAX_FLOWS}; never the other way round.
 */
final class FlowRepeats {
    static final int MAX_FLOWS = 128;
    /** A power of two, never more than a quarter full. */
    private static final int PLACES = 4 * MAX_FLOWS;

    /** Hash table with linear probing. An entry counts only if its stamp is the current one. */
    private final long[] hashes = new long[PLACES];
    private final int[] stamps = new int[PLACES];
    private int stamp = 1;
    private int count;
    private boolean isAny;

    /** Forgets all packets. */
    void clear() {
        if (++stamp == 0) { // after four thousand million batches, and the places that were never used would count
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
        count = 0;
        isAny = false;
    }

    /**
     * Takes note of a packet.
     *
     * @param flowHash the same for all packets of its flow
     */
    void add(long flowHash) {
        if (isAny) {
            return;
        }
        int place = (int) flowHash & PLACES - 1;
        while (stamps[place] == stamp) {
            if (hashes[place] == flowHash) {
                isAny = true;
                return;
            }
            place = place + 1 & PLACES - 1;
        }
        if (count == MAX_FLOWS) {
            isAny = true;
            return;
        }
        count++;
        hashes[place] = flowHash;
        stamps[place] = stamp;
    }

    /** Whether a flow may have come twice since {@link #clear}. */
    boolean any() {
        return isAny;
    }
}
