package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import java.util.List;

/**
 * The rules of a file in order, then the default policies of endpoints, then the default policy; and the file's settings. Immutable;
 * usable from any thread. Matching allocates nothing.
 */
public final class Policy {
    private final Rule[] rules;
    private final PolicySettings settings;
    private final RuleIndex index;

    /**
     * Compiles rules.
     *
     * @param rules    in order; the last one matches every packet
     * @param settings the file's
     */
    Policy(List<Rule> rules, PolicySettings settings) {
        this(rules, settings, RuleIndex.MAX_WORDS);
    }

    /** As above, with another memory limit for the sets of each condition, in words of 64 bits. */
    Policy(List<Rule> rules, PolicySettings settings, int maxWords) {
        this.rules = rules.toArray(new Rule[0]);
        this.settings = settings;
        this.index = new RuleIndex(this.rules, settings, maxWords);
    }

    /**
     * The first rule that a packet matches, whatever the connection's name. If that rule {@linkplain Rule#needsName() needs a name},
     * it is not a decision: find the name out and ask {@link #firstMatch(long, IpPacket, DomainName)}.
     *
     * @param endpointId where the packet comes from
     * @param packet     wrapped with {@code OK}
     * @return index of the rule; the default policy's if no other matches
     */
    public int firstMatch(long endpointId, IpPacket packet) {
        return index.firstMatch(endpointId, packet);
    }

    /**
     * The first rule that a packet of a connection matches.
     *
     * @param endpointId where the packet comes from
     * @param packet     wrapped with {@code OK}
     * @param name       the connection's name; null if none could be found: then {@link PolicySettings#unknownName()} tells which rules
     *                   with domains match
     * @return index of the rule; the default policy's if no other matches
     */
    public int firstMatch(long endpointId, IpPacket packet, DomainName name) {
        return index.firstMatch(endpointId, packet, name);
    }

    /**
     * A rule.
     *
     * @param index 0 to {@link #ruleCount()} - 1, in the order in which they are considered
     * @return the rule
     */
    public Rule rule(int index) {
        return rules[index];
    }

    /**
     * Number of rules, the default policies included.
     *
     * @return 1 or more
     */
    public int ruleCount() {
        return rules.length;
    }

    /**
     * Memory of the compiled form, without the rules themselves.
     *
     * @return bytes; for 10,000 usual rules a few MB
     */
    public long memoryBytes() {
        return index.memoryBytes();
    }

    /**
     * The file's settings.
     *
     * @return what it sets, and the defaults for the rest
     */
    public PolicySettings settings() {
        return settings;
    }
}
