package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.Rule;
import java.util.HashMap;
import java.util.Map;

/**
 * The rules of one loading, and what tells each of them from the others across loadings. Immutable; usable from any thread.
 */
public final class PolicyVersion {
    private final Policy policy;
    private final int generation;
    private final String[] identities;
    private final Map<String, Integer> indexByIdentity = new HashMap<>();

    /**
     * Takes a policy into use.
     *
     * @param policy     the rules
     * @param generation 1 for the first, one more for each reload
     */
    public PolicyVersion(Policy policy, int generation) {
        this.policy = policy;
        this.generation = generation;
        this.identities = new String[policy.ruleCount()];
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < identities.length; i++) {
            String identity = identityOf(policy.rule(i));
            int earlier = seen.merge(identity, 1, Integer::sum) - 1;
            identities[i] = earlier == 0 ? identity : identity + " #" + earlier;
            indexByIdentity.put(identities[i], i);
        }
    }

    /** A name that was given stays when the rule is changed; without one, the text is all there is. */
    private static String identityOf(Rule rule) {
        return rule.name().equals("line-" + rule.line()) ? "text " + rule.text() : "name " + rule.name();
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

    /** A number that stands for a rule across versions. */
    long tag(int rule) {
        return identities[rule].hashCode();
    }

    /**
     * Finds a rule of another version.
     *
     * @param other another loading
     * @param rule  index of one of its rules, or below 0: then it stays what it is
     * @return the index that the same rule has here, by its name or else its text; {@link RuleTally#DEPARTED} if it is gone
     */
    int indexOf(PolicyVersion other, int rule) {
        return rule < 0 ? rule : indexByIdentity.getOrDefault(other.identities[rule], RuleTally.DEPARTED);
    }
}
