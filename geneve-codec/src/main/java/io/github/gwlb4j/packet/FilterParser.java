package io.github.gwlb4j.packet;

import io.github.gwlb4j.geneve.aws.EndpointId;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** Reads one {@link FilterExpression}, by recursive descent. */
final class FilterParser<S extends FilterExpression.Subject> {
    private static final int MAX_LENGTH = 4096;
    private static final int MAX_DEPTH = 32;
    /** Characters of a filter that a message repeats. */
    private static final int MAX_QUOTED = 200;
    private static final Map<String, Integer> PROTOCOLS = Map.of("tcp", IpProtocol.TCP, "udp", IpProtocol.UDP, "sctp", IpProtocol.SCTP,
            "gre", IpProtocol.GRE, "esp", IpProtocol.ESP, "icmp6", IpProtocol.ICMPV6);
    private static final List<String> WORDS = List.of("ip", "ip6", "icmp", "proto", "fragment", "all", "host", "net", "src", "dst", "port",
            "portrange", "sport", "dport", "endpoint", "not", "and", "or");
    private static final IntPredicate NO_PORT = port -> false;

    private final String text;
    private final Map<String, Function<String, Predicate<S>>> words;
    private final Deque<String> tokens;
    private int depth;

    FilterParser(String text, Map<String, Function<String, Predicate<S>>> words) {
        this.text = text;
        this.words = words;
        if (text.length() > MAX_LENGTH) {
            throw wrong("it has " + text.length() + " characters, at most " + MAX_LENGTH + " are read");
        }
        this.tokens = new ArrayDeque<>(Arrays.asList(text.replaceAll("([()]|&&|\\|\\||(?<=^|[\\s(!])!)", " $1 ").strip().split("\\s+")));
    }

    Predicate<S> parse() {
        if (text.isEmpty()) {
            throw wrong("it is empty");
        }
        Predicate<S> result = alternatives();
        if (!tokens.isEmpty()) {
            throw wrong("')' closes nothing");
        }
        return result;
    }

    private Predicate<S> alternatives() {
        if (++depth > MAX_DEPTH) {
            throw wrong("more than " + MAX_DEPTH + " parentheses in each other");
        }
        Predicate<S> result = wordsInARow();
        String joint = null;
        while (isJoint(tokens.peek())) {
            String next = isAnd(tokens.remove()) ? "and" : "or";
            if (joint != null && !joint.equals(next)) {
                throw wrong("'and' beside 'or': put parentheses around what belongs together");
            }
            joint = next;
            Predicate<S> right = wordsInARow();
            result = next.equals("and") ? result.and(right) : result.or(right);
        }
        depth--;
        return result;
    }

    private Predicate<S> wordsInARow() {
        Predicate<S> result = single();
        while (!tokens.isEmpty() && !isJoint(tokens.peek()) && !tokens.peek().equals(")")) {
            result = result.and(single());
        }
        return result;
    }

    private static boolean isJoint(String token) {
        return isAnd(token) || "or".equals(token) || "||".equals(token);
    }

    private static boolean isAnd(String token) {
        return "and".equals(token) || "&&".equals(token);
    }

    /** A word with its argument, or a parenthesis, or the opposite of either. */
    private Predicate<S> single() {
        boolean isNegated = false;
        while ("not".equals(tokens.peek()) || "!".equals(tokens.peek())) {
            tokens.remove();
            isNegated = !isNegated;
        }
        if (tokens.isEmpty() || isJoint(tokens.peek()) || tokens.peek().equals(")")) {
            throw wrong("a word is missing " + (tokens.isEmpty() ? "at the end" : "before '" + tokens.peek() + "'"));
        }
        Predicate<S> result;
        String word = tokens.remove();
        if (word.equals("(")) {
            result = alternatives();
            if (!")".equals(tokens.poll())) {
                throw wrong("a ')' is missing");
            }
        } else {
            result = words.containsKey(word) ? added(word) : builtIn(word);
        }
        return isNegated ? result.negate() : result;
    }

    private Predicate<S> added(String word) {
        String argument = argumentOf(word);
        try {
            return words.get(word).apply(argument);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Predicate<S> builtIn(String word) {
        switch (word) {
            case "all": return subject -> true;
            case "ip": return ip(packet -> packet.version() == 4);
            case "ip6": return ip(packet -> packet.version() == 6);
            case "icmp": return ip(packet -> packet.protocol() == IpProtocol.ICMP || packet.protocol() == IpProtocol.ICMPV6);
            case "fragment": return ip(IpPacket::isFragment);
            case "proto": return protocol(number(argumentOf(word)));
            case "host", "net": return address(argumentOf(word), true, true);
            case "port", "portrange": return ports(argumentOf(word), true, true);
            case "sport": return ports(argumentOf(word), true, false);
            case "dport": return ports(argumentOf(word), false, true);
            case "src", "dst": return end(word);
            case "endpoint": return endpoint(argumentOf(word));
            default:
                if (!PROTOCOLS.containsKey(word)) {
                    throw wrong("'" + word + "' is not known (" + String.join(", ", allWords()) + ")");
                }
                return protocol(PROTOCOLS.get(word));
        }
    }

    private TreeSet<String> allWords() {
        TreeSet<String> all = new TreeSet<>(WORDS);
        all.addAll(PROTOCOLS.keySet());
        all.addAll(words.keySet());
        return all;
    }

    /** {@code src} and {@code dst}, alone or with a word that says of what. */
    private Predicate<S> end(String word) {
        boolean isSource = word.equals("src");
        String argument = argumentOf(word);
        switch (argument) {
            case "host", "net": return address(argumentOf(argument), isSource, !isSource);
            case "port", "portrange": return ports(argumentOf(argument), isSource, !isSource);
            default: return address(argument, isSource, !isSource);
        }
    }

    private Predicate<S> ip(Predicate<IpPacket> condition) {
        return subject -> {
            IpPacket packet = subject.inner();
            return packet != null && condition.test(packet);
        };
    }

    private Predicate<S> protocol(int number) {
        return ip(packet -> packet.protocol() == number);
    }

    private Predicate<S> address(String argument, boolean isSource, boolean isDestination) {
        Cidr network;
        try {
            network = Cidr.parse(argument);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        return ip(packet -> isSource && network.contains(packet.version(), packet.sourceHigh(), packet.sourceLow())
                || isDestination && network.contains(packet.version(), packet.destinationHigh(), packet.destinationLow()));
    }

    private Predicate<S> ports(String argument, boolean isSource, boolean isDestination) {
        IntPredicate range = range(argument);
        IntPredicate source = isSource ? range : NO_PORT;
        IntPredicate destination = isDestination ? range : NO_PORT;
        return ip(packet -> packet.hasPorts() && (source.test(packet.sourcePort()) || destination.test(packet.destinationPort())));
    }

    private IntPredicate range(String argument) {
        if (!argument.matches("\\d{1,5}(-\\d{1,5})?")) {
            throw wrong("'" + argument + "' is not a port or a range such as 80-90");
        }
        String[] ends = argument.split("-");
        int from = Integer.parseInt(ends[0]);
        int to = Integer.parseInt(ends[ends.length - 1]);
        if (from > to || to > 0xffff) {
            throw wrong("'" + argument + "' is not within 0-65535");
        }
        return port -> port >= from && port <= to;
    }

    private int number(String protocol) {
        if (PROTOCOLS.containsKey(protocol)) {
            return PROTOCOLS.get(protocol);
        }
        if (protocol.equals("icmp")) {
            return IpProtocol.ICMP;
        }
        if (!protocol.matches("\\d{1,3}") || Integer.parseInt(protocol) > 0xff) {
            throw wrong("'" + protocol + "' is not an IP protocol, 0 to 255 or a name");
        }
        return Integer.parseInt(protocol);
    }

    private Predicate<S> endpoint(String argument) {
        long endpointId;
        try {
            endpointId = EndpointId.parseHex(argument);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        return subject -> subject.hasEndpoint() && subject.endpointId() == endpointId;
    }

    private String argumentOf(String word) {
        String argument = tokens.poll();
        if (argument == null || argument.equals("(") || argument.equals(")") || isJoint(argument)) {
            throw wrong("something is missing after '" + word + "'");
        }
        return argument;
    }

    private IllegalArgumentException wrong(String problem) {
        String quoted = text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "..." : text;
        return new IllegalArgumentException(("filter '" + quoted + "': " + problem).replaceAll("[\\p{Cntrl}\\x80-\\x9f\\u2028\\u2029]", " "));
    }
}
