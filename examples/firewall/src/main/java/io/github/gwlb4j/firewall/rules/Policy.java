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

    /**
     * Compiles rules.
     *
     * @param rules    in order; the last one matches every packet
     * @param settings the file's
     */
    Policy(List<Rule> rules, PolicySettings settings) {
        this.rules = rules.toArray(new Rule[0]);
        this.settings = settings;
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
        int last = rules.length - 1;
        for (int i = 0; i < last; i++) {
            if (rules[i].matches(endpointId, packet)) {
                return i;
            }
        }
        return last;
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
        int last = rules.length - 1;
        for (int i = 0; i < last; i++) {
            if (rules[i].matches(endpointId, packet, name, settings)) {
                return i;
            }
        }
        return last;
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
     * The file's settings.
     *
     * @return what it sets, and the defaults for the rest
     */
    public PolicySettings settings() {
        return settings;
    }
}
