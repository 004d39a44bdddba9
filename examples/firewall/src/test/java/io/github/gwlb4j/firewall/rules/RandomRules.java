package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Random rule files of few different values, or more, so that rules overlap and packets match; with what they mean for the oracle. */
final class RandomRules {
    static final List<String> LABELS = List.of("a", "b", "c", "c-b");

    final List<String> lines = new ArrayList<>();
    final List<PlainRule> rules = new ArrayList<>();
    final boolean isUnknownNameOpen;

    private final Random random;
    private final int spread;
    private final double rateOfAny;
    private final Map<String, List<String>> addressGroups = new LinkedHashMap<>();
    private final Map<String, List<String>> portGroups = new LinkedHashMap<>();
    private final Map<String, List<String>> domainGroups = new LinkedHashMap<>();

    RandomRules(long seed, int count, int spread) {
        random = new Random(seed);
        this.spread = spread;
        // Many rules of many values: few match everything, so that the last ones are reached too.
        rateOfAny = random.nextDouble() * (spread > 4 ? 0.1 : 1);
        isUnknownNameOpen = random.nextBoolean();
        lines.add("set unknown-name " + (isUnknownNameOpen ? "open" : "closed"));
        for (int i = 0; i < 4; i++) {
            addGroup("addresses", "net", addressGroups, i);
            addGroup("ports", "svc", portGroups, i);
            addGroup("domains", "dom", domainGroups, i);
        }
        List<PlainRule> defaults = new ArrayList<>();
        List<Long> block = List.of();
        for (int i = 0; i < count; i++) {
            if (random.nextInt(20) == 0) {
                block = toggleBlock(block, defaults);
            }
            addRule(i, block);
        }
        if (!block.isEmpty()) {
            lines.add("}");
        }
        boolean isAllow = random.nextBoolean();
        lines.add("default " + (isAllow ? "allow" : "reject"));
        rules.addAll(defaults);
        rules.add(plainDefault(isAllow, List.of()));
    }

    private List<Long> toggleBlock(List<Long> block, List<PlainRule> defaults) {
        if (!block.isEmpty()) {
            lines.add("}");
            return List.of();
        }
        List<Long> opened = List.of((long) random.nextInt(spread) - 1);
        boolean isNew = defaults.stream().noneMatch(rule -> rule.endpoints().equals(opened));
        lines.add("endpoint " + Long.toHexString(opened.get(0)) + " {");
        if (isNew) {
            boolean isAllow = random.nextBoolean();
            lines.add("default " + (isAllow ? "allow" : "deny"));
            defaults.add(plainDefault(isAllow, opened));
        }
        return opened;
    }

    private static PlainRule plainDefault(boolean isAllow, List<Long> endpoints) {
        return new PlainRule(isAllow, "any", List.of(), List.of(), List.of(), List.of(), List.of(), endpoints, List.of());
    }

    private void addGroup(String keyword, String prefix, Map<String, List<String>> groups, int number) {
        List<String> members = new ArrayList<>();
        List<String> written = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
            addMember(keyword, groups, members, written);
        }
        groups.put(prefix + number, members);
        lines.add(keyword + " " + prefix + number + " {");
        lines.add("  " + String.join(random.nextBoolean() ? ", " : " ", written) + " }");
    }

    private void addMember(String keyword, Map<String, List<String>> groups, List<String> members, List<String> written) {
        if (!groups.isEmpty() && random.nextInt(4) == 0) {
            String group = new ArrayList<>(groups.keySet()).get(random.nextInt(groups.size()));
            written.add(group);
            members.addAll(groups.get(group));
        } else {
            String member = keyword.equals("addresses") ? network() : keyword.equals("ports") ? ports() : domain();
            written.add(member);
            members.add(member);
        }
    }

    private void addRule(int number, List<Long> block) {
        Text text = new Text();
        String action = List.of("allow", "deny", "reject").get(random.nextInt(3));
        String protocol = List.of("any", "tcp", "udp", "icmp", "sctp", "47").get(random.nextInt(6));
        boolean hasDomain = !List.of("icmp", "sctp", "47").contains(protocol) && random.nextInt(3) == 0;
        boolean hasPorts = !List.of("icmp", "47").contains(protocol);
        text.append((random.nextInt(3) == 0 ? "rule" + number + ": " : "") + action + (protocol.equals("any") ? "" : " " + protocol));
        List<String> sources = text.list("from", "addresses", addressGroups);
        List<String> sourcePorts = hasPorts && !sources.isEmpty() ? text.list("port", "ports", portGroups) : List.of();
        List<String> destinations = text.list("to", "addresses", addressGroups);
        List<String> destinationPorts = hasPorts && !destinations.isEmpty() ? text.list("port", "ports", portGroups) : List.of();
        // A port behind an end is that end's: one of either end stands first.
        List<String> eitherPorts = List.of();
        if (hasPorts && sources.isEmpty() && destinations.isEmpty()) {
            eitherPorts = text.list("port", "ports", portGroups);
        }
        List<String> domains = hasDomain ? text.list("domain", "domains", domainGroups) : List.of();
        List<Long> endpoints = block;
        if (block.isEmpty() && random.nextInt(4) == 0) {
            endpoints = List.of((long) random.nextInt(spread) - 1, 2L);
            text.append(" endpoint " + endpoints.stream().map(Long::toHexString).collect(Collectors.joining(",")));
        }
        if (haveNoVersionInCommon(sources, destinations)) {
            return;
        }
        lines.add(text + (random.nextInt(5) == 0 ? " log" : ""));
        rules.add(new PlainRule(action.equals("allow"), protocol, sources, sourcePorts, destinations, destinationPorts, eitherPorts,
                endpoints, domains));
    }

    private static boolean haveNoVersionInCommon(List<String> sources, List<String> destinations) {
        return !sources.isEmpty() && !destinations.isEmpty()
                && sources.stream().noneMatch(source -> destinations.stream().anyMatch(to -> isIpv6(source) == isIpv6(to)));
    }

    private static boolean isIpv6(String network) {
        return network.indexOf(':') >= 0;
    }

    /** Nested networks in a tree of a few bits at the start and the end of the addresses. */
    private String network() {
        int byte1 = random.nextInt(spread);
        int byte4 = random.nextInt(spread);
        switch (random.nextInt(spread > 4 ? 7 : 8)) {
            case 0: return "10.0.0." + byte4;
            case 1: return "10." + byte1 + ".0.0/16";
            case 2: return "10.0.0." + (byte4 & 254) + "/31";
            case 3: return spread > 4 ? "192.0.2.0/24" : random.nextBoolean() ? "0.0.0.0/0" : "128.0.0.0/1";
            case 4: return "2001:db8:" + Integer.toHexString(byte1) + "::/48";
            case 5: return "2001:db8::" + Integer.toHexString(byte4);
            case 6: return "2001:db8::" + Integer.toHexString(byte4 & 254) + "/127";
            default: return random.nextBoolean() ? "::/0" : "8000::/1";
        }
    }

    private String ports() {
        int first = random.nextInt(3 * spread);
        return random.nextBoolean() ? "" + first : first + "-" + (random.nextInt(4 * spread) == 0 ? 65_535 : first + random.nextInt(5));
    }

    private String domain() {
        String name = name(random);
        return random.nextBoolean() ? name : (random.nextBoolean() ? "*." : ".") + name;
    }

    /** A name of 2 to 4 labels of an alphabet of four. */
    static String name(Random random) {
        return random.ints(2 + random.nextInt(3), 0, LABELS.size()).mapToObj(LABELS::get).collect(Collectors.joining("."));
    }

    /** A rule being written. */
    private final class Text {
        private final StringBuilder text = new StringBuilder();

        private void append(String words) {
            text.append(words);
        }

        /** Writes a clause, or not; the members, those of groups included, empty if it was not written. */
        private List<String> list(String clause, String keyword, Map<String, List<String>> groups) {
            if (random.nextDouble() < rateOfAny) {
                return List.of();
            }
            List<String> members = new ArrayList<>();
            List<String> written = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                addMember(keyword, groups, members, written);
            }
            append(" " + clause + " " + String.join(",", written));
            return members;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
