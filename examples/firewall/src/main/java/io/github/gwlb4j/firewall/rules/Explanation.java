package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.packet.TcpHeader;

/** Says why a packet is treated as it is: which rules were considered, and which condition of each the packet does not meet. Cold path. */
final class Explanation {
    private static final int TEXT_WIDTH = 60;

    private final Policy policy;
    private final PacketArgument argument;
    private final IpPacket packet;
    private final StringBuilder text = new StringBuilder(1024);

    private Explanation(Policy policy, PacketArgument argument) {
        this.policy = policy;
        this.argument = argument;
        this.packet = argument.packet();
    }

    /** Lines: the packet, each rule until the one that decides, the verdict. */
    static String of(Policy policy, PacketArgument argument) {
        Explanation explanation = new Explanation(policy, argument);
        explanation.explain();
        return explanation.text.toString();
    }

    private void explain() {
        text.append(PacketText.summary(packet)).append(", endpoint vpce-").append(EndpointId.toHex(argument.endpointId()));
        text.append(!argument.isNameSought() ? "" : argument.domain() == null ? ", domain unknown" : ", domain " + argument.domain());
        text.append(System.lineSeparator());
        if (isRefusedBySetting()) {
            return;
        }
        Rule undecided = null;
        for (int i = 0; i < policy.ruleCount(); i++) {
            Rule rule = policy.rule(i);
            String mismatch = mismatch(rule);
            boolean isAwaitingName = mismatch == null && rule.needsName() && !argument.isNameSought();
            appendRule(rule, mismatch != null ? "no: " + mismatch : isAwaitingName ? "if the name is in " + rule.domains() : "match");
            undecided = undecided == null && isAwaitingName ? rule : undecided;
            if (mismatch == null && !isAwaitingName) {
                appendVerdict(rule, undecided);
                return;
            }
        }
    }

    /** Later fragments go the way of the first one: the rules are asked only if that is not known. */
    private boolean isRefusedBySetting() {
        TcpHeader tcp = new TcpHeader();
        if (packet.isFragment() && policy.settings().fragments() == PolicySettings.Fragments.DROP) {
            text.append("verdict: deny by 'set fragments drop'").append(System.lineSeparator());
            return true;
        }
        if (packet.fragmentOffset() > 0) {
            text.append("a later fragment: goes the way of its first one; these rules hold if that was not seen").append(System.lineSeparator());
        } else if (tcp.wrap(packet) && !(tcp.has(TcpHeader.SYN) && !tcp.has(TcpHeader.ACK))) {
            Action midStream = policy.settings().midStream();
            text.append("TCP without SYN: goes the way of its connection; if that is not known, 'mid-stream ").append(midStream)
                    .append(midStream == Action.ALLOW ? "' has the rules decide" : "' refuses it").append(System.lineSeparator());
        }
        return false;
    }

    private void appendRule(Rule rule, String outcome) {
        String where = rule.line() > 0 ? "line " + rule.line() : "not in the file";
        text.append(String.format("  %s: %-" + TEXT_WIDTH + "s  %s%n", where, rule.text(), outcome));
    }

    private void appendVerdict(Rule rule, Rule undecided) {
        if (undecided != null) {
            text.append(String.format("verdict: depends on the connection's name, which the rule '%s' needs: add 'domain NAME' or "
                    + "'domain unknown'; with a name in none of the domains: ", undecided.name()));
        } else {
            text.append("verdict: ");
        }
        text.append(rule.action()).append(" by the rule '").append(rule.name()).append('\'');
        RateLimit limit = rule.rateLimit();
        if (limit != null) {
            text.append(String.format(", while its source opens no more than %s connections a second, %d at once",
                    limit.perSecond(), limit.burst()));
        }
        text.append(System.lineSeparator());
    }

    /** The first condition of a rule that the packet does not meet, in words; null if it meets all, or only the name is open. */
    private String mismatch(Rule rule) {
        if (!rule.matchesEndpoint(argument.endpointId())) {
            return "the endpoint is not " + rule.endpoints();
        }
        if (!rule.matchesProtocol(packet.protocol())) {
            return "the protocol is " + IpProtocol.name(packet.protocol());
        }
        if (!rule.matchesSource(packet)) {
            return "the source " + IpAddress.format(packet.version(), packet.sourceHigh(), packet.sourceLow()) + " is not in " + rule.source();
        }
        if (!rule.matchesDestination(packet)) {
            return "the destination " + IpAddress.format(packet.version(), packet.destinationHigh(), packet.destinationLow())
                    + " is not in " + rule.destination();
        }
        if (!rule.matches(argument.endpointId(), packet)) {
            return portMismatch(rule);
        }
        return argument.isNameSought() && !rule.matchesDomain(argument.domain(), policy.settings()) ? domainMismatch(rule) : null;
    }

    private String portMismatch(Rule rule) {
        if (!packet.hasPorts()) {
            return "the packet has no ports that can be read";
        }
        if (!rule.sourcePorts().contains(packet.sourcePort())) {
            return "the source port " + packet.sourcePort() + " is not in " + rule.sourcePorts();
        }
        if (!rule.destinationPorts().contains(packet.destinationPort())) {
            return "the destination port " + packet.destinationPort() + " is not in " + rule.destinationPorts();
        }
        return "neither port is in " + rule.eitherPorts();
    }

    private String domainMismatch(Rule rule) {
        DomainName name = argument.domain();
        return name != null ? "the name " + name + " is not in " + rule.domains() : "the name is unknown, and 'unknown-name "
                + (policy.settings().unknownName() == PolicySettings.UnknownName.OPEN ? "open" : "closed") + "' makes that no match";
    }
}
