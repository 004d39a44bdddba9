package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds out, for one condition of all rules, between which numbers the same rules match: sweeps over the ends of all ranges in order and
 * stores each set of rules that there is between two of them. Cold path.
 *
 * <p>There are at most two intervals for each range of a rule, and one more. A set of rules is stored as its difference from others: a
 * block of 4096 rules (up to 520 bytes) and a root (up to 520 bytes) for each interval in the worst case, less than 100 bytes for usual
 * rules. Where that would be more than {@code maxWords} words, neighbouring intervals are joined, 2, 4, 8 of them and so on, and
 * have the union of their sets: then whoever searches must look at the rules he finds ({@link #isExact}).
 */
final class IntervalCompiler {
    private final BitTreesBuilder trees;
    private final int ruleCount;
    private final int maxWords;
    private boolean isExact = true;

    IntervalCompiler(BitTreesBuilder trees, int ruleCount, int maxWords) {
        this.trees = trees;
        this.ruleCount = ruleCount;
        this.maxWords = maxWords;
    }

    /** Whether no intervals had to be joined, so that the sets are what matches and nothing else. */
    boolean isExact() {
        return isExact;
    }

    /** An end of a range: from a number on, the rules of a value match or no longer match. */
    private record Change(long high, long low, int value, boolean isStart) implements Comparable<Change> {
        @Override
        public int compareTo(Change other) {
            return Range.compare(high, low, other.high, other.low);
        }

        private boolean isAtSameNumber(Change other) {
            return high == other.high && low == other.low;
        }
    }

    /**
     * Compiles a condition.
     *
     * @param rulesByValue what rules demand, and which of them do
     * @param ranges       the numbers that meet a demand
     * @param all          all numbers that there are
     * @param <V>          the type of demands
     */
    <V> Intervals compile(Map<V, RuleBits> rulesByValue, Function<V, List<Range>> ranges, Range all) {
        List<RuleBits> rules = new ArrayList<>(rulesByValue.values());
        List<Change> changes = new ArrayList<>();
        int value = 0;
        for (V demand : rulesByValue.keySet()) {
            for (Range range : ranges.apply(demand)) {
                changes.add(new Change(range.firstHigh(), range.firstLow(), value, true));
                if (Range.compare(range.lastHigh(), range.lastLow(), all.lastHigh(), all.lastLow()) < 0) {
                    long low = range.lastLow() + 1;
                    changes.add(new Change(low == 0 ? range.lastHigh() + 1 : range.lastHigh(), low, value, false));
                }
            }
            value++;
        }
        changes.sort(null);
        int mark = trees.size();
        for (int joined = 1; ; joined *= 2) {
            boolean isOneInterval = joined > changes.size();
            Sweep sweep = new Sweep(rules, changes, joined, isOneInterval ? Long.MAX_VALUE : (long) mark + maxWords);
            if (sweep.run()) {
                isExact &= joined == 1;
                return sweep.intervals(all.lastHigh() == 0);
            }
            trees.truncate(mark);
        }
    }

    /** One try, with a given number of intervals joined. */
    private final class Sweep {
        private final List<RuleBits> rules;
        private final List<Change> changes;
        private final int joined;
        private final long limit;
        private final BitSweep bits = new BitSweep(trees, ruleCount);
        /** Of each value: whether its rules match at the number that the sweep has reached, and whether they are in the bits. */
        private final boolean[] isMatching;
        private final boolean[] isInBits;
        /** Values that have ended since the start of the joined intervals. */
        private final List<Integer> ended = new ArrayList<>();
        private long[] high = new long[16];
        private long[] low = new long[16];
        private int[] roots = new int[16];
        private int size;

        private Sweep(List<RuleBits> rules, List<Change> changes, int joined, long limit) {
            this.rules = rules;
            this.changes = changes;
            this.joined = joined;
            this.limit = limit;
            this.isMatching = new boolean[rules.size()];
            this.isInBits = new boolean[rules.size()];
        }

        /** False if it takes more memory than the limit. */
        private boolean run() {
            long startHigh = 0;
            long startLow = 0;
            int steps = 0;
            int next = 0;
            while (next < changes.size()) {
                Change first = changes.get(next);
                boolean isAtStart = first.high == 0 && first.low == 0;
                boolean isNewInterval = !isAtStart && ++steps % joined == 0;
                if (isNewInterval) {
                    if (!add(startHigh, startLow)) {
                        return false;
                    }
                    startHigh = first.high;
                    startLow = first.low;
                }
                for (; next < changes.size() && changes.get(next).isAtSameNumber(first); next++) {
                    take(changes.get(next));
                }
                if (isNewInterval || isAtStart) {
                    takeOutEnded();
                }
            }
            return add(startHigh, startLow);
        }

        private void take(Change change) {
            isMatching[change.value] = change.isStart;
            if (!change.isStart) {
                ended.add(change.value);
            } else if (!isInBits[change.value]) {
                toggle(change.value);
            }
        }

        private void takeOutEnded() {
            for (int value : ended) {
                if (!isMatching[value] && isInBits[value]) {
                    toggle(value);
                }
            }
            ended.clear();
        }

        private void toggle(int value) {
            isInBits[value] = !isInBits[value];
            bits.toggle(rules.get(value));
        }

        private boolean add(long startHigh, long startLow) {
            int root = bits.store();
            if (size == 0 || roots[size - 1] != root) {
                if (size == roots.length) {
                    high = Arrays.copyOf(high, size * 2);
                    low = Arrays.copyOf(low, size * 2);
                    roots = Arrays.copyOf(roots, size * 2);
                }
                high[size] = startHigh;
                low[size] = startLow;
                roots[size++] = root;
            }
            return trees.size() <= limit;
        }

        private Intervals intervals(boolean isByLow) {
            return new Intervals(Arrays.copyOf(high, size), Arrays.copyOf(low, size), Arrays.copyOf(roots, size), isByLow);
        }
    }
}
