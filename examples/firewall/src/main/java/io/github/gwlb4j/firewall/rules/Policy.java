package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The rules of a file in order, then the default policies of endpoints, then the default policy; and the file's settings. Immutable;
 * usable from any thread. Matching allocates nothing.
 */
public final class Policy {
    private final Rule[] rules;
    private final PolicySettings settings;
    private final RuleIndex index;
    private final int groupCount;
    private final List<PolicyWarning> fileWarnings;

    /**
     * Compiles rules.
     *
     * @param rules        in order; the last one matches every packet
     * @param settings     the file's
     * @param maxWords     memory for the sets of each condition, in words of 64 bits
     * @param groupCount   how many groups the file has
     * @param fileWarnings what is probably wrong beside the rules
     */
    Policy(List<Rule> rules, PolicySettings settings, int maxWords, int groupCount, List<PolicyWarning> fileWarnings) {
        this.rules = rules.toArray(new Rule[0]);
        this.settings = settings;
        this.index = new RuleIndex(this.rules, settings, maxWords);
        this.groupCount = groupCount;
        this.fileWarnings = List.copyOf(fileWarnings);
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

    /** The first rule from an index on, domains aside, that a packet may match. */
    int firstCandidate(long endpointId, IpPacket packet, int from) {
        return index.firstCandidate(endpointId, packet, from);
    }

    /** Whether rules are found at full speed: their compiled form did not have to be shortened. */
    boolean isExact() {
        return index.isExact();
    }

    /**
     * Number of groups in the file.
     *
     * @return 0 or more
     */
    public int groupCount() {
        return groupCount;
    }

    /**
     * What is probably not meant: rules that never decide, groups that nothing uses. Finding out takes as long as reading the file.
     *
     * @return warnings by line
     */
    public List<PolicyWarning> warnings() {
        List<PolicyWarning> warnings = new ArrayList<>(fileWarnings);
        warnings.addAll(new ShadowFinder(this).find());
        Collections.sort(warnings);
        return warnings;
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
