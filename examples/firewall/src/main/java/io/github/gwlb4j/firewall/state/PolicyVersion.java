package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.Rule;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The rules of one loading, and what tells each of them from the others across loadings: a tag of 64 bits. Who outlives a loading, a
 * connection for example, keeps the tag of its rule and not the rules, which may take megabytes. Immutable; usable from any thread.
 */
public final class PolicyVersion {
    /** Odd and large: SplitMix64's. */
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    private final Policy policy;
    private final int generation;
    private final long[] tags;
    /** The tags in order, and the rule of each. */
    private final long[] sortedTags;
    private final int[] ruleBySortedTag;

    /**
     * Takes a policy into use.
     *
     * @param policy     the rules
     * @param generation 1 for the first, one more for each reload
     */
    public PolicyVersion(Policy policy, int generation) {
        this.policy = policy;
        this.generation = generation;
        this.tags = tagsOf(policy);
        this.sortedTags = tags.clone();
        Arrays.sort(sortedTags);
        this.ruleBySortedTag = new int[tags.length];
        for (int rule = 0; rule < tags.length; rule++) {
            ruleBySortedTag[Arrays.binarySearch(sortedTags, tags[rule])] = rule;
        }
    }

    private static long[] tagsOf(Policy policy) {
        long[] tags = new long[policy.ruleCount()];
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < tags.length; i++) {
            String identity = identityOf(policy.rule(i));
            int earlier = seen.merge(identity, 1, Integer::sum) - 1;
            tags[i] = hash(earlier == 0 ? identity : identity + " #" + earlier);
        }
        return tags;
    }

    /** A name that was given stays when the rule is changed; without one, the text is all there is. */
    private static String identityOf(Rule rule) {
        return rule.name().equals("line-" + rule.line()) ? "text " + rule.text() : "name " + rule.name();
    }

    /** 64 bits, so that no two rules of a hundred thousand have the same but by a chance of one in billions. */
    private static long hash(String identity) {
        long hash = 0;
        for (int i = 0; i < identity.length(); i++) {
            hash = hash * MULTIPLIER + identity.charAt(i);
        }
        return SourceTag.of(hash, identity.length(), 0);
    }

    /**
     * The rules.
     *
     * @return as loaded
     */
    public Policy policy() {
        return policy;
    }

    /**
     * How many loadings there have been.
     *
     * @return 1 for the first
     */
    public int generation() {
        return generation;
    }

    /**
     * What stands for a rule in all versions of this run: its name or else its text.
     *
     * @param rule index, or below 0
     * @return 64 bits; 0 for an index below 0
     */
    long tag(int rule) {
        return rule < 0 ? 0 : tags[rule];
    }

    /**
     * Finds a rule of another version.
     *
     * @param rule its index there; below 0 it stays what it is
     * @param tag  what stands for it
     * @return the index that the same rule has here; {@link RuleTally#DEPARTED} if it is gone
     */
    int indexOf(int rule, long tag) {
        if (rule < 0) {
            return rule;
        }
        int found = Arrays.binarySearch(sortedTags, tag);
        return found < 0 ? RuleTally.DEPARTED : ruleBySortedTag[found];
    }
}
