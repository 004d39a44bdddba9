package io.github.gwlb4j.firewall;

import io.github.gwlb4j.packet.IpPacket;
import java.util.List;

/** The rules of a file in order, the default policy last. Immutable. */
final class RuleSet {
    private final Rule[] rules;

    /** @param rules in order; the last one matches every packet */
    RuleSet(List<Rule> rules) {
        this.rules = rules.toArray(new Rule[0]);
    }

    /** Index of the first rule that matches; the default policy's if no other does. */
    int firstMatch(long endpointId, IpPacket packet) {
        int last = rules.length - 1;
        for (int i = 0; i < last; i++) {
            if (rules[i].matches(endpointId, packet)) {
                return i;
            }
        }
        return last;
    }

    Rule rule(int index) {
        return rules[index];
    }

    /** Number of rules, the default policy included. */
    int size() {
        return rules.length;
    }
}
