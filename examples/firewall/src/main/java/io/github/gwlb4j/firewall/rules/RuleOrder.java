package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Which bit of the sets of rules stands for which rule. Immutable; usable from any thread.
 *
 * <p>Not the order of the file: a rule from anywhere to a host and one from a host to anywhere must not share a word, since then each packet
 * finds the one by its source and the other by its destination, in every word, only to learn that they are not the same. So rules are
 * sorted into four groups, by whether their source and their destination are broad: whether many of the other rules' addresses are in
 * it. Each group begins with a new block, so that the rules of one that all sets have are stored once; inside a group, rules are in the
 * order of the file.
 */
final class RuleOrder {
    /** A set of addresses is broad if it has this share of all range starts. */
    private static final int BROAD = 16;
    private static final int GROUPS = 4;
    private static final int NO_RULE = -1;

    private final int[] ruleOfBit;
    private final int[] firstRuleOfWord;

    /**
     * Sorts rules.
     *
     * @param rules in the order of the file
     */
    RuleOrder(Rule[] rules) {
        boolean[] hasBroadSource = broad(rules, Rule::source);
        boolean[] hasBroadDestination = broad(rules, Rule::destination);
        int[] bits = new int[rules.length + GROUPS * BitTrees.RULES_OF_BLOCK];
        Arrays.fill(bits, NO_RULE);
        int size = 0;
        for (int group = 0; group < GROUPS; group++) {
            for (int rule = 0; rule < rules.length; rule++) {
                if ((hasBroadSource[rule] ? 1 : 0) + (hasBroadDestination[rule] ? 2 : 0) == group) {
                    bits[size++] = rule;
                }
            }
            size = size + BitTrees.RULES_OF_BLOCK - 1 & -BitTrees.RULES_OF_BLOCK;
        }
        ruleOfBit = Arrays.copyOf(bits, size);
        firstRuleOfWord = new int[size / Long.SIZE];
        for (int word = 0; word < firstRuleOfWord.length; word++) {
            firstRuleOfWord[word] = ruleOfBit[word * Long.SIZE];
        }
    }

    private static boolean[] broad(Rule[] rules, Function<Rule, AddressSet> condition) {
        Map<AddressSet, Boolean> isBroad = new HashMap<>();
        List<Range> starts4 = new ArrayList<>();
        List<Range> starts6 = new ArrayList<>();
        for (Rule rule : rules) {
            AddressSet set = condition.apply(rule);
            if (isBroad.putIfAbsent(set, false) == null && !set.isAny()) {
                starts4.addAll(set.ranges(4));
                starts6.addAll(set.ranges(6));
            }
        }
        starts4.sort(null);
        starts6.sort(null);
        long limit = (starts4.size() + starts6.size()) / BROAD;
        isBroad.replaceAll((set, unknown) -> set.isAny() || startsIn(set.ranges(4), starts4) + startsIn(set.ranges(6), starts6) > limit);
        boolean[] broad = new boolean[rules.length];
        for (int i = 0; i < rules.length; i++) {
            broad[i] = isBroad.get(condition.apply(rules[i]));
        }
        return broad;
    }

    private static long startsIn(List<Range> ranges, List<Range> sortedStarts) {
        long count = 0;
        for (Range range : ranges) {
            Range behind = new Range(range.lastHigh(), range.lastLow(), 0, 0);
            count += before(sortedStarts, behind, true) - before(sortedStarts, range, false);
        }
        return count;
    }

    /** How many starts are before a number, or also at it. */
    private static int before(List<Range> sortedStarts, Range number, boolean isWithEqual) {
        int from = 0;
        int to = sortedStarts.size();
        while (from < to) {
            int middle = from + to >>> 1;
            int comparison = sortedStarts.get(middle).compareTo(number);
            if (comparison < 0 || isWithEqual && comparison == 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** Number of bits, a multiple of {@link BitTrees#RULES_OF_BLOCK}. */
    int size() {
        return ruleOfBit.length;
    }

    /** The rule that a bit stands for; rules of a word are in ascending order, with bits that stand for none (-1) behind them. */
    int rule(int bit) {
        return ruleOfBit[bit];
    }

    /** The first rule of 64 bits. */
    int firstRuleOfWord(int word) {
        return firstRuleOfWord[word];
    }

    long memoryBytes() {
        return (long) Integer.BYTES * (ruleOfBit.length + firstRuleOfWord.length);
    }
}
