package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds rules that never decide, because one rule before them matches all that they match. Cold path.
 *
 * <p>For each rule a packet is made that it matches, and the rules before it that this packet matches too are compared with it: only
 * they can match all that it does. Rules that only several others together leave nothing to are not found.
 */
final class ShadowFinder {
    /** Rules that are compared with one rule: bounds the time where very many overlap. */
    private static final int MAX_COMPARED = 200;

    private final Policy policy;

    ShadowFinder(Policy policy) {
        this.policy = policy;
    }

    /** A warning for each such rule, in order. */
    List<PolicyWarning> find() {
        List<PolicyWarning> warnings = new ArrayList<>();
        for (int i = 0; i < policy.ruleCount(); i++) {
            int shadow = policy.rule(i).line() > 0 ? shadowOf(i) : i;
            if (shadow < i) {
                Rule before = policy.rule(shadow);
                warnings.add(new PolicyWarning(policy.rule(i).line(), "this rule never decides: line " + before.line() + " matches all "
                        + "that it matches ('" + before.text() + "'); move it before that line, or take it out"));
            }
        }
        return warnings;
    }

    /** The first rule that matches all that a rule matches: at the latest itself. */
    private int shadowOf(int index) {
        Rule rule = policy.rule(index);
        IpPacket packet = sampleOf(rule);
        long endpointId = rule.endpoints().isAny() ? 0 : rule.endpoints().ids()[0];
        int candidate = policy.firstCandidate(endpointId, packet, 0);
        for (int compared = 0; candidate < index && compared < MAX_COMPARED; compared++) {
            if (covers(policy.rule(candidate), rule)) {
                return candidate;
            }
            candidate = policy.firstCandidate(endpointId, packet, candidate + 1);
        }
        return index;
    }

    /** Whether a rule surely matches all packets of readable ports that another one matches. */
    static boolean covers(Rule rule, Rule other) {
        return rule.endpoints().containsAll(other.endpoints())
                && coversProtocol(rule.protocol(), other.protocol())
                && rule.source().containsAll(other.source())
                && rule.destination().containsAll(other.destination())
                && rule.sourcePorts().containsAll(other.sourcePorts())
                && rule.destinationPorts().containsAll(other.destinationPorts())
                && rule.eitherPorts().containsAll(other.eitherPorts())
                && coversDomains(rule, other);
    }

    private static boolean coversProtocol(int protocol, int other) {
        List<Range> all = new ArrayList<>(Rule.protocolRanges(protocol));
        List<Range> merged = Range.merge(all);
        all.addAll(Rule.protocolRanges(other));
        return Range.merge(all).equals(merged);
    }

    /** A rule that allows and one that does not differ about unknown names. */
    private static boolean coversDomains(Rule rule, Rule other) {
        return rule.domains() == null || other.domains() != null && rule.domains().containsAll(other.domains())
                && (rule.action() == Action.ALLOW) == (other.action() == Action.ALLOW);
    }

    private static IpPacket sampleOf(Rule rule) {
        int version = rule.source().hasVersion(4) && rule.destination().hasVersion(4) ? 4 : 6;
        Range source = rule.source().ranges(version).get(0);
        Range destination = rule.destination().ranges(version).get(0);
        PortRanges toPorts = rule.destinationPorts().isAny() ? rule.eitherPorts() : rule.destinationPorts();
        int protocol = (int) Rule.protocolRanges(rule.protocol()).get(0).firstLow();
        return new SamplePacket().protocol(rule.protocol() == Rule.ANY_PROTOCOL ? IpProtocol.TCP : protocol)
                .from(version, source.firstHigh(), source.firstLow(), firstOf(rule.sourcePorts()))
                .to(destination.firstHigh(), destination.firstLow(), firstOf(toPorts)).build();
    }

    private static int firstOf(PortRanges ports) {
        return ports.isAny() ? 0 : (int) ports.ranges().get(0).firstLow();
    }
}
