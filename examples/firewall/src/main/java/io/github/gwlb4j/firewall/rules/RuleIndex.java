package io.github.gwlb4j.firewall.rules;

import static io.github.gwlb4j.firewall.rules.BitTrees.child;
import static io.github.gwlb4j.firewall.rules.BitTrees.childOrEmpty;
import static io.github.gwlb4j.firewall.rules.BitTrees.word;
import static io.github.gwlb4j.firewall.rules.BitTrees.wordOrZero;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds the first rule that a packet matches without trying one rule after the other: for each condition, one look-up gives the set of
 * rules whose condition the packet meets; the first rule that is in all sets is the answer. Immutable; usable from any thread. Finding allocates
 * nothing.
 *
 * <p>Sets are {@link BitTrees}: a bit for each rule in {@link RuleOrder}, above them masks that tell where bits are set. With usual rules
 * the sets are sparse, their masks have little in common, and a word or two of each set is read: the cost hardly grows with the number of
 * rules. Bounds, whatever the rules are, of N of them:
 *
 * <ul>
 *   <li>Time: a binary search for each condition, and no more than N/64 words of each set.
 *   <li>Memory: 16 MiB for the sets of each of ten conditions, and 20 to 28 bytes for each end of a range of addresses or ports. 100,000
 *       rules take 5 to 20 MiB in all, be they usual or made to be bad. Where sets need more, neighbouring intervals share one, and the
 *       rules found are looked at one by one: slower, with the same answer.
 *   <li>Time to compile: proportional to the ends of ranges times N/64 at worst; 10,000 rules take a fraction of a second.
 * </ul>
 */
final class RuleIndex {
    /** Memory for the sets of one condition: 16 MiB. */
    static final int MAX_WORDS = 2 << 20;
    private static final int WORD_BITS = 6;
    private static final int WORDS_OF_BLOCK_BITS = 6;
    private static final Range IPV4 = new Range(0, 0, 0, 0xffff_ffffL);
    private static final Range IPV6 = new Range(0, 0, -1, -1);
    private static final Range PORTS = new Range(0, 0, 0, 0xffff);
    private static final Range PROTOCOLS = new Range(0, 0, 0, 0xff);
    private static final Range ENDPOINTS = new Range(0, 0, 0, -1);

    private final Rule[] rules;
    private final RuleOrder order;
    private final PolicySettings settings;
    private final Intervals endpoints;
    private final Intervals protocols;
    private final Intervals ipv4Sources;
    private final Intervals ipv6Sources;
    private final Intervals ipv4Destinations;
    private final Intervals ipv6Destinations;
    private final Intervals sourcePorts;
    private final Intervals destinationPorts;
    private final Intervals eitherPorts;
    private final DomainIndex domains;
    /** Roots: all rules; those without ports; those for packets that hide their ports; those without domains; those for unknown names. */
    private final int all;
    private final int withoutPorts;
    private final int withHiddenPorts;
    private final int withoutDomains;
    private final int withUnknownName;
    private final boolean isExact;
    private final long[] words;

    /**
     * Compiles rules.
     *
     * @param rules    in order; the last one matches every packet
     * @param settings tell which rules match unknown names
     * @param maxWords memory for the sets of each condition
     */
    RuleIndex(Rule[] rules, PolicySettings settings, int maxWords) {
        this.rules = rules;
        this.order = new RuleOrder(rules);
        if (order.size() > BitTrees.MAX_RULES) {
            throw new IllegalArgumentException(rules.length + " rules are more than can be compiled");
        }
        this.settings = settings;
        BitTreesBuilder trees = new BitTreesBuilder();
        IntervalCompiler compiler = new IntervalCompiler(trees, order.size(), maxWords);
        all = rootOf(trees, rule -> true);
        withoutPorts = rootOf(trees, rule -> !rule.hasPorts());
        withHiddenPorts = rootOf(trees, rule -> !rule.hasPorts() || rule.action() != Action.ALLOW);
        withoutDomains = rootOf(trees, rule -> !rule.needsName());
        withUnknownName = rootOf(trees, rule -> rule.matchesDomain(null, settings));
        endpoints = compiler.compile(group(Rule::endpoints), EndpointSet::ranges, ENDPOINTS);
        protocols = compiler.compile(group(Rule::protocol), Rule::protocolRanges, PROTOCOLS);
        Map<AddressSet, RuleBits> bySource = group(Rule::source);
        ipv4Sources = compiler.compile(bySource, set -> set.ranges(4), IPV4);
        ipv6Sources = compiler.compile(bySource, set -> set.ranges(6), IPV6);
        Map<AddressSet, RuleBits> byDestination = group(Rule::destination);
        ipv4Destinations = compiler.compile(byDestination, set -> set.ranges(4), IPV4);
        ipv6Destinations = compiler.compile(byDestination, set -> set.ranges(6), IPV6);
        sourcePorts = compiler.compile(group(Rule::sourcePorts), RuleIndex::rangesOf, PORTS);
        destinationPorts = compiler.compile(group(Rule::destinationPorts), RuleIndex::rangesOf, PORTS);
        eitherPorts = compiler.compile(group(Rule::eitherPorts), RuleIndex::rangesOf, PORTS);
        Map<DomainSet, RuleBits> byDomains = group(Rule::domains);
        byDomains.remove(null);
        domains = DomainIndex.compile(byDomains, trees, order.size(), maxWords);
        isExact = compiler.isExact() && domains.isExact();
        words = trees.build();
    }

    private static List<Range> rangesOf(PortRanges ports) {
        return ports.isAny() ? List.of(PORTS) : ports.ranges();
    }

    /** The rules by one of their conditions. */
    private <V> Map<V, RuleBits> group(Function<Rule, V> condition) {
        Map<V, RuleBits> rulesByValue = new LinkedHashMap<>();
        for (int bit = 0; bit < order.size(); bit++) {
            if (order.rule(bit) >= 0) {
                rulesByValue.computeIfAbsent(condition.apply(rules[order.rule(bit)]), value -> new RuleBits()).add(bit);
            }
        }
        return rulesByValue;
    }

    private int rootOf(BitTreesBuilder trees, Predicate<Rule> isIn) {
        BitSweep sweep = new BitSweep(trees, order.size());
        RuleBits bits = group(isIn::test).get(true);
        if (bits != null) {
            sweep.toggle(bits);
        }
        return sweep.store();
    }

    /** The first rule that a packet matches, whatever the connection's name. */
    int firstMatch(long endpointId, IpPacket packet) {
        int rule = firstCandidate(endpointId, packet, all, 0, 0);
        while (!isExact && !rules[rule].matches(endpointId, packet)) {
            rule = firstCandidate(endpointId, packet, all, 0, rule + 1);
        }
        return rule;
    }

    /** The first rule that a packet of a connection matches; the name is null if none could be found. */
    int firstMatch(long endpointId, IpPacket packet, DomainName name) {
        int names = name == null ? withUnknownName : withoutDomains;
        int otherNames = name == null ? 0 : domains.find(name);
        int rule = firstCandidate(endpointId, packet, names, otherNames, 0);
        while (!isExact && !rules[rule].matches(endpointId, packet, name, settings)) {
            rule = firstCandidate(endpointId, packet, names, otherNames, rule + 1);
        }
        return rule;
    }

    /** The first rule from an index on, domains aside, that a packet may match, and surely does if the index is exact. */
    int firstCandidate(long endpointId, IpPacket packet, int from) {
        return firstCandidate(endpointId, packet, all, 0, from);
    }

    /**
     * Intersects sets.
     *
     * @param names      root of the rules that the name does not exclude
     * @param otherNames root of more of them; 0: none
     * @param from       index of the first rule to consider, not behind the last one, which matches every packet
     */
    private int firstCandidate(long endpointId, IpPacket packet, int names, int otherNames, int from) {
        boolean isIpv4 = packet.version() == 4;
        int source = isIpv4 ? ipv4Sources.find(packet.sourceLow()) : ipv6Sources.find(packet.sourceHigh(), packet.sourceLow());
        int destination = isIpv4 ? ipv4Destinations.find(packet.destinationLow())
                : ipv6Destinations.find(packet.destinationHigh(), packet.destinationLow());
        int protocol = protocols.find(packet.protocol());
        int endpoint = endpoints.find(endpointId);
        int toPort = Rule.mayHavePorts(packet) ? withHiddenPorts : withoutPorts;
        int fromPort = all;
        int port = all;
        int otherPort = 0;
        if (packet.hasPorts()) {
            toPort = destinationPorts.find(packet.destinationPort());
            fromPort = sourcePorts.find(packet.sourcePort());
            port = eitherPorts.find(packet.destinationPort());
            otherPort = eitherPorts.find(packet.sourcePort());
        }
        long[] w = words;
        long blocks = w[source] & w[destination] & w[toPort] & w[fromPort] & (w[port] | w[otherPort])
                & w[protocol] & w[endpoint] & (w[names] | w[otherNames]);
        int best = Integer.MAX_VALUE;
        for (; blocks != 0; blocks &= blocks - 1) {
            long bit = Long.lowestOneBit(blocks);
            long below = bit - 1;
            best = firstInBlock(w, Long.numberOfTrailingZeros(bit) << WORDS_OF_BLOCK_BITS, from, best, child(w, source, below),
                    child(w, destination, below), child(w, toPort, below), child(w, fromPort, below), childOrEmpty(w, port, bit),
                    childOrEmpty(w, otherPort, bit), child(w, protocol, below), child(w, endpoint, below), childOrEmpty(w, names, bit),
                    childOrEmpty(w, otherNames, bit));
        }
        return best;
    }

    /**
     * The first rule from one on that all blocks have in common, and either of each pair of blocks; the best one so far if no rule before
     * that is in them.
     */
    private int firstInBlock(long[] w, int firstWord, int from, int bestSoFar, int a, int b, int c, int d, int e, int otherE, int f, int g,
                             int h, int otherH) {
        int best = bestSoFar;
        long candidates = w[a] & w[b] & w[c] & w[d] & (w[e] | w[otherE]) & w[f] & w[g] & (w[h] | w[otherH]);
        for (; candidates != 0; candidates &= candidates - 1) {
            long bit = Long.lowestOneBit(candidates);
            int word = firstWord + Long.numberOfTrailingZeros(bit);
            if (order.firstRuleOfWord(word) >= best) {
                continue;
            }
            long below = bit - 1;
            long found = word(w, a, below) & word(w, b, below) & word(w, c, below);
            if (found != 0) {
                found &= word(w, d, below) & (wordOrZero(w, e, bit) | wordOrZero(w, otherE, bit)) & word(w, f, below) & word(w, g, below)
                        & (wordOrZero(w, h, bit) | wordOrZero(w, otherH, bit));
                best = Math.min(best, firstInWord(word, found, from));
            }
        }
        return best;
    }

    private int firstInWord(int word, long bits, int from) {
        for (long left = bits; left != 0; left &= left - 1) {
            int rule = order.rule((word << WORD_BITS) + Long.numberOfTrailingZeros(left));
            if (rule >= from) {
                return rule;
            }
        }
        return Integer.MAX_VALUE;
    }

    /** Whether the sets are what matches, and no rule that was found needs to be looked at. */
    boolean isExact() {
        return isExact;
    }

    /** Memory of the compiled form, without the rules themselves. */
    long memoryBytes() {
        long bytes = (long) Long.BYTES * words.length + domains.memoryBytes() + order.memoryBytes();
        for (Intervals intervals : List.of(endpoints, protocols, ipv4Sources, ipv6Sources, ipv4Destinations, ipv6Destinations, sourcePorts,
                destinationPorts, eitherPorts)) {
            bytes += intervals.memoryBytes();
        }
        return bytes;
    }
}
