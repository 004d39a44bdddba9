package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.IpProtocol;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads one rule of a rule file. Cold path; used once. */
final class RuleParser {
    static final String SYNTAX = "[NAME:] allow|deny|reject [PROTOCOL] [from ADDRESSES [port PORTS]] [to ADDRESSES [port PORTS]] "
            + "[port PORTS] [endpoint IDS] [domain DOMAINS] [limit RATE [burst N]] [log]";
    private static final List<String> CLAUSES = List.of("from", "to", "port", "endpoint", "domain", "limit", "log");
    private static final Map<String, Integer> PROTOCOLS = Map.of(
            "any", Rule.ANY_PROTOCOL, "icmp", Rule.ANY_ICMP, "tcp", IpProtocol.TCP, "udp", IpProtocol.UDP,
            "sctp", IpProtocol.SCTP, "gre", IpProtocol.GRE, "esp", IpProtocol.ESP);
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");

    private final Groups groups;
    private final EndpointSet block;
    private final Deque<String> words;

    private String name;
    private Action action;
    private int protocol = Rule.ANY_PROTOCOL;
    private AddressSet source;
    private AddressSet destination;
    private PortRanges sourcePorts = PortRanges.ANY;
    private PortRanges destinationPorts = PortRanges.ANY;
    private PortRanges eitherPorts;
    private EndpointSet endpoints;
    private DomainSet domains;
    private RateLimit rateLimit;
    private boolean isLogged;

    private RuleParser(Groups groups, EndpointSet block, Deque<String> words) {
        this.groups = groups;
        this.block = block;
        this.words = words;
    }

    /**
     * Reads a rule.
     *
     * @param groups    what group names mean
     * @param block     the endpoints of the block that the rule is in; null outside of blocks
     * @param statement the rule's line
     * @throws IllegalArgumentException if it is none; the message says what would be right
     */
    static Rule parse(Groups groups, EndpointSet block, Statement statement) {
        RuleParser parser = new RuleParser(groups, block, statement.words());
        parser.parseStart();
        while (!parser.words.isEmpty()) {
            parser.parseClause(parser.words.remove());
        }
        return parser.build(statement);
    }

    private void parseStart() {
        String first = words.remove();
        if (first.endsWith(":")) {
            name = parseName(first.substring(0, first.length() - 1));
            first = words.isEmpty() ? "" : words.remove();
        }
        action = Action.parse(first);
        if (action == null) {
            String similar = Similar.to(first, PolicyParser.FIRST_WORDS);
            throw new IllegalArgumentException("'" + first + "' is not an action; " + (similar != null ? "did you mean '" + similar
                    + "'? " : "") + "expected " + SYNTAX + ", or " + PolicyParser.OTHER_STATEMENTS);
        }
        if (!words.isEmpty() && !CLAUSES.contains(words.peek())) {
            protocol = parseProtocol(words.remove());
        }
    }

    private static String parseName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is not a rule name; expected a letter, then letters, digits, '.', '-' "
                    + "and '_', 64 at most");
        }
        if (name.equals("default") || name.startsWith("line-")) {
            throw new IllegalArgumentException("the name '" + name + "' is taken: it is what rules without a name are called");
        }
        return name;
    }

    private static int parseProtocol(String word) {
        if (PROTOCOLS.containsKey(word)) {
            return PROTOCOLS.get(word);
        }
        if (word.matches("\\d{1,3}") && Integer.parseInt(word) <= 255) {
            return Integer.parseInt(word);
        }
        throw new IllegalArgumentException("'" + word + "' is not a protocol; expected any, tcp, udp, icmp, sctp, gre, esp or 0 to 255");
    }

    private void parseClause(String clause) {
        if (clause.equals("from") && source == null) {
            source = groups.addresses(value(clause));
            sourcePorts = parsePortsOfEnd();
        } else if (clause.equals("to") && destination == null) {
            destination = groups.addresses(value(clause));
            destinationPorts = parsePortsOfEnd();
        } else if (clause.equals("port") && eitherPorts == null) {
            eitherPorts = groups.ports(value(clause));
        } else if (clause.equals("endpoint") && endpoints == null) {
            requireNoBlock();
            endpoints = groups.endpoints(value(clause));
        } else if (clause.equals("domain") && domains == null) {
            domains = groups.domains(value(clause));
        } else if (clause.equals("limit") && rateLimit == null) {
            rateLimit = parseLimit(value(clause));
        } else if (clause.equals("log") && !isLogged) {
            isLogged = true;
        } else {
            throw new IllegalArgumentException((CLAUSES.contains(clause) ? "'" + clause + "' is there twice" : "'" + clause
                    + "' is not expected here") + "; expected " + SYNTAX);
        }
    }

    private PortRanges parsePortsOfEnd() {
        if (!"port".equals(words.peek())) {
            return PortRanges.ANY;
        }
        words.remove();
        return groups.ports(value("port"));
    }

    private RateLimit parseLimit(String rate) {
        if (!"burst".equals(words.peek())) {
            return RateLimit.parse(rate, null);
        }
        words.remove();
        return RateLimit.parse(rate, value("burst"));
    }

    private String value(String clause) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("'" + clause + "' needs a value; expected " + SYNTAX);
        }
        return words.remove();
    }

    private void requireNoBlock() {
        if (block != null) {
            throw new IllegalArgumentException("'endpoint' inside a block of endpoint " + block + "; take one of the two out");
        }
    }

    private Rule build(Statement statement) {
        source = source == null ? AddressSet.ANY : source;
        destination = destination == null ? AddressSet.ANY : destination;
        eitherPorts = eitherPorts == null ? PortRanges.ANY : eitherPorts;
        endpoints = block != null ? block : endpoints != null ? endpoints : EndpointSet.ANY;
        requireFitting();
        return new Rule(statement.line(), name != null ? name : "line-" + statement.line(), action, protocol, source, sourcePorts,
                destination, destinationPorts, eitherPorts, endpoints, domains, rateLimit, isLogged, statement.text());
    }

    /** Refuses what could never match, or would not do what it says. */
    private void requireFitting() {
        if (domains != null && protocol != Rule.ANY_PROTOCOL && protocol != IpProtocol.TCP && protocol != IpProtocol.UDP) {
            throw new IllegalArgumentException("'domain' needs a protocol that carries names: tcp or udp, or none for both");
        }
        protocol = domains != null && protocol == Rule.ANY_PROTOCOL ? Rule.TCP_OR_UDP : protocol;
        boolean hasPorts = !sourcePorts.isAny() || !destinationPorts.isAny() || !eitherPorts.isAny();
        if (hasPorts && protocol != Rule.ANY_PROTOCOL && protocol != Rule.TCP_OR_UDP && (protocol < 0 || !IpProtocol.hasPorts(protocol))) {
            throw new IllegalArgumentException("'port' needs a protocol that has ports: tcp, udp or sctp");
        }
        if (!(source.hasVersion(4) && destination.hasVersion(4)) && !(source.hasVersion(6) && destination.hasVersion(6))) {
            throw new IllegalArgumentException("no packet goes from an IPv" + (source.hasVersion(4) ? 4 : 6) + " to an IPv"
                    + (destination.hasVersion(4) ? 4 : 6) + " address");
        }
        if (rateLimit != null && action != Action.ALLOW) {
            throw new IllegalArgumentException("'limit' needs the action allow: it says how many new connections of a source pass");
        }
    }
}
