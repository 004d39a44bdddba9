package io.github.gwlb4j.firewall.rules;

/**
 * Finds the interval that a number is in: of addresses, ports, protocols or endpoints, between whose ends the same rules match.
 * Immutable; usable from any thread. Finding allocates nothing.
 *
 * <p>A binary search, which a table shortens: it says for each of up to 65,536 equal parts of the span that has interval starts, which
 * intervals the part has. So the search takes a step or two where starts are spread evenly, and never more than log2 of their number.
 */
final class Intervals {
    private static final int MAX_PARTS = 1 << 16;

    /** Starts in ascending order, the first one 0; upper halves of 128-bit numbers; signs flipped, so that they compare as unsigned. */
    private final long[] high;
    /** Lower halves. */
    private final long[] low;
    private final int[] values;
    /** The second start, and how far the last one is from it. */
    private final long base;
    private final long span;
    private final int shift;
    /** Of each part, and of the end: the last interval that starts at or before it. */
    private final int[] firstOfPart;

    /**
     * Takes over arrays.
     *
     * @param high   upper halves of the intervals' starts, ascending, the first one 0
     * @param low    lower halves
     * @param values what is found for each interval
     * @param isByLow whether upper halves are all 0; then {@link #find(long)} is to be used, else {@link #find(long, long)}
     */
    Intervals(long[] high, long[] low, int[] values, boolean isByLow) {
        this.high = flipped(high);
        this.low = flipped(low);
        this.values = values;
        long[] keys = isByLow ? this.low : this.high;
        int last = keys.length - 1;
        int parts = Math.min(MAX_PARTS, Integer.highestOneBit(keys.length) * 2);
        base = keys[Math.min(1, last)];
        span = keys[last] - base;
        shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(span) - Integer.numberOfTrailingZeros(parts));
        firstOfPart = new int[parts + 1];
        int interval = 0;
        for (int part = 0; part < parts; part++) {
            long start = base + ((long) part << shift);
            boolean isBehindLast = part > span >>> shift;
            while (interval < last && (isBehindLast || keys[interval + 1] < start
                    || keys[interval + 1] == start && (isByLow || this.low[interval + 1] == Long.MIN_VALUE))) {
                interval++;
            }
            firstOfPart[part] = interval;
        }
        firstOfPart[parts] = last;
    }

    private static long[] flipped(long[] numbers) {
        long[] flipped = new long[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            flipped[i] = numbers[i] ^ Long.MIN_VALUE;
        }
        return flipped;
    }

    /** What was given for the interval that a number of 64 bits, unsigned, is in. */
    int find(long number) {
        long key = number ^ Long.MIN_VALUE;
        if (key < base) {
            return values[0];
        }
        long distance = key - base;
        if (Long.compareUnsigned(distance, span) > 0) {
            return values[values.length - 1];
        }
        int part = (int) (distance >>> shift);
        int from = firstOfPart[part];
        int count = firstOfPart[part + 1] - from + 1;
        while (count > 1) {
            int half = count >>> 1;
            from += low[from + half] <= key ? half : 0;
            count -= half;
        }
        return values[from];
    }

    /** What was given for the interval that a number of 128 bits, unsigned, is in. */
    int find(long numberHigh, long numberLow) {
        long keyHigh = numberHigh ^ Long.MIN_VALUE;
        long keyLow = numberLow ^ Long.MIN_VALUE;
        if (keyHigh < base) {
            return values[0];
        }
        long distance = keyHigh - base;
        if (Long.compareUnsigned(distance, span) > 0) {
            return values[values.length - 1];
        }
        int part = (int) (distance >>> shift);
        int from = firstOfPart[part];
        int count = firstOfPart[part + 1] - from + 1;
        while (count > 1) {
            int half = count >>> 1;
            int middle = from + half;
            from += high[middle] < keyHigh || high[middle] == keyHigh && low[middle] <= keyLow ? half : 0;
            count -= half;
        }
        return values[from];
    }

    /** Memory of the arrays. */
    long memoryBytes() {
        return 2L * Long.BYTES * high.length + (long) Integer.BYTES * (values.length + firstOfPart.length);
    }
}
