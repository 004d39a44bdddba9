package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Numbers of 128 bits from a first to a last one, both included: IPv6 addresses; with upper halves of 0 IPv4 addresses and ports.
 * Unsigned. Immutable.
 */
record Range(long firstHigh, long firstLow, long lastHigh, long lastLow) implements Comparable<Range> {

    /** The same numbers, in order, as few ranges as can be. */
    static List<Range> merge(List<Range> ranges) {
        List<Range> sorted = new ArrayList<>(ranges);
        Collections.sort(sorted);
        List<Range> merged = new ArrayList<>();
        for (Range next : sorted) {
            Range last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (last == null || !last.reaches(next)) {
                merged.add(next);
            } else if (compare(next.lastHigh, next.lastLow, last.lastHigh, last.lastLow) > 0) {
                merged.set(merged.size() - 1, new Range(last.firstHigh, last.firstLow, next.lastHigh, next.lastLow));
            }
        }
        return merged;
    }

    /** Whether no number lies between this range and a later one. */
    private boolean reaches(Range later) {
        long nextLow = lastLow + 1;
        long nextHigh = nextLow == 0 ? lastHigh + 1 : lastHigh;
        boolean isAtEnd = (nextHigh | nextLow) == 0;
        return isAtEnd || compare(later.firstHigh, later.firstLow, nextHigh, nextLow) <= 0;
    }

    /** Compares two unsigned numbers of 128 bits. */
    static int compare(long high, long low, long otherHigh, long otherLow) {
        int byHigh = Long.compareUnsigned(high, otherHigh);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
    }

    @Override
    public int compareTo(Range other) {
        return compare(firstHigh, firstLow, other.firstHigh, other.firstLow);
    }
}
