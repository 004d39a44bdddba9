package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.AddressText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Picks packets by a few words, like those of tcpdump: all terms must match. Immutable; usable from any thread.
 *
 * <pre>
 *   ip | ip6 | tcp | udp | icmp | fragment | all   icmp stands for ICMPv6 too
 *   src | dst | host  ADDRESS[/PREFIX]             inner addresses; host: either
 *   sport | dport | port  N[-M]                    inner ports; port: either
 *   kind NAME                                      row of the report: dns, http6, quic, ...
 *   endpoint ID                                    vpce-0123456789abcdef0, or the hex digits alone
 *   not TERM                                       the opposite of one term
 * </pre>
 *
 * <p>For example {@code udp port 443}, or {@code tcp dst 10.0.0.0/8 not dport 80-90}. Packets that are not well-formed IP
 * match {@code all}, {@code kind} and {@code endpoint} only. Later fragments have no ports and match no port.
 */
public final class PacketFilter {
    private static final Set<String> WORDS_WITH_ARGUMENT =
            Set.of("src", "dst", "host", "sport", "dport", "port", "kind", "endpoint");

    private final String text;
    private final List<Predicate<Subject>> terms;

    /** The packet in question; ip is null if it is not well-formed. */
    private record Subject(String kind, long endpointId, IpPacket ip) {
    }

    private PacketFilter(String text, List<Predicate<Subject>> terms) {
        this.text = text;
        this.terms = terms;
    }

    /**
     * Reads a filter.
     *
     * @param text terms separated by spaces; an "and" between them is allowed
     * @return the filter
     * @throws IllegalArgumentException if a word is not understood; the message names it
     */
    public static PacketFilter parse(String text) {
        List<Predicate<Subject>> terms = new ArrayList<>();
        Iterator<String> words = List.of(text.strip().split("\\s+")).iterator();
        while (words.hasNext()) {
            String word = words.next();
            if (!word.equals("and")) {
                terms.add(word.equals("not") ? term(nextOf(words, text, word), words, text).negate() : term(word, words, text));
            }
        }
        if (terms.isEmpty()) {
            throw wrong(text, "it is empty");
        }
        return new PacketFilter(text.strip(), List.copyOf(terms));
    }

    private static Predicate<Subject> term(String word, Iterator<String> words, String text) {
        switch (word) {
            case "all":
                return subject -> true;
            case "ip":
                return ip(packet -> packet.version() == 4);
            case "ip6":
                return ip(packet -> packet.version() == 6);
            case "tcp":
                return ip(packet -> packet.protocol() == IpProtocol.TCP);
            case "udp":
                return ip(packet -> packet.protocol() == IpProtocol.UDP);
            case "icmp":
                return ip(packet -> packet.protocol() == IpProtocol.ICMP || packet.protocol() == IpProtocol.ICMPV6);
            case "fragment":
                return ip(IpPacket::isFragment);
            default:
                if (!WORDS_WITH_ARGUMENT.contains(word)) {
                    throw wrong(text, "'" + word + "' is not known (ip, ip6, tcp, udp, icmp, fragment, all, src, dst, host, sport,"
                            + " dport, port, kind, endpoint, not)");
                }
                return termWithArgument(word, nextOf(words, text, word), text);
        }
    }

    private static Predicate<Subject> termWithArgument(String word, String argument, String text) {
        switch (word) {
            case "src":
                return ip(inNetwork(argument, text, true));
            case "dst":
                return ip(inNetwork(argument, text, false));
            case "host":
                return ip(inNetwork(argument, text, true).or(inNetwork(argument, text, false)));
            case "sport":
                return ports(inRange(argument, text), port -> false);
            case "dport":
                return ports(port -> false, inRange(argument, text));
            case "port":
                return ports(inRange(argument, text), inRange(argument, text));
            case "kind":
                return subject -> subject.kind().equals(argument);
            default:
                long endpointId = endpointId(argument, text);
                return subject -> subject.endpointId() == endpointId;
        }
    }

    private static String nextOf(Iterator<String> words, String text, String word) {
        if (!words.hasNext()) {
            throw wrong(text, "something is missing after '" + word + "'");
        }
        return words.next();
    }

    private static IllegalArgumentException wrong(String text, String problem) {
        return new IllegalArgumentException("filter '" + text + "': " + problem);
    }

    private static Predicate<Subject> ip(Predicate<IpPacket> condition) {
        return subject -> subject.ip() != null && condition.test(subject.ip());
    }

    private static Predicate<Subject> ports(IntPredicate source, IntPredicate destination) {
        return ip(packet -> packet.hasPorts() && (source.test(packet.sourcePort()) || destination.test(packet.destinationPort())));
    }

    private static IntPredicate inRange(String range, String text) {
        if (!range.matches("\\d{1,5}(-\\d{1,5})?")) {
            throw wrong(text, "'" + range + "' is not a port or a range such as 80-90");
        }
        String[] ends = range.split("-");
        int from = Integer.parseInt(ends[0]);
        int to = Integer.parseInt(ends[ends.length - 1]);
        if (from > to || to > 0xffff) {
            throw wrong(text, "'" + range + "' is not within 0-65535");
        }
        return port -> port >= from && port <= to;
    }

    private static Predicate<IpPacket> inNetwork(String network, String text, boolean isSource) {
        String[] parts = network.split("/", 2);
        byte[] address = address(parts[0], text);
        int prefix = parts.length == 1 ? address.length * 8 : prefix(parts[1], address.length * 8, text);
        int version = address.length == 4 ? 4 : 6;
        int sourceOffset = version == 4 ? 12 : 8;
        int offset = isSource ? sourceOffset : sourceOffset + address.length;
        return packet -> packet.version() == version && hasPrefix(packet.buffer(), packet.offset() + offset, address, prefix);
    }

    private static byte[] address(String address, String text) {
        try {
            return AddressText.parse(address).getAddress();
        } catch (IllegalArgumentException e) {
            throw wrong(text, e.getMessage());
        }
    }

    private static long endpointId(String id, String text) {
        try {
            return EndpointId.parseHex(id);
        } catch (IllegalArgumentException e) {
            throw wrong(text, e.getMessage());
        }
    }

    private static int prefix(String prefix, int bits, String text) {
        if (!prefix.matches("\\d{1,3}") || Integer.parseInt(prefix) > bits) {
            throw wrong(text, "'/" + prefix + "' is not within /0 to /" + bits);
        }
        return Integer.parseInt(prefix);
    }

    private static boolean hasPrefix(ByteBuffer buffer, int offset, byte[] network, int prefix) {
        for (int bit = 0; bit < prefix; bit += 8) {
            int mask = bit + 8 <= prefix ? 0xff : 0xff00 >>> prefix - bit & 0xff;
            if (((buffer.get(offset + bit / 8) ^ network[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether a packet matches.
     *
     * @param kind        its row in the report
     * @param endpointId  the endpoint it comes through
     * @param innerPacket the inner packet, not changed
     * @return true if all terms match
     */
    public boolean matches(String kind, long endpointId, byte[] innerPacket) {
        IpPacket ip = new IpPacket();
        boolean isIp = ip.wrap(ByteBuffer.wrap(innerPacket), 0, innerPacket.length) == PacketStatus.OK;
        Subject subject = new Subject(kind, endpointId, isIp ? ip : null);
        return terms.stream().allMatch(term -> term.test(subject));
    }

    boolean matches(OutboundPacket packet) {
        return matches(packet.kind(), packet.flow().endpointId(), packet.innerPacket());
    }

    /**
     * The filter as it was written.
     *
     * @return the text given to {@link #parse}
     */
    @Override
    public String toString() {
        return text;
    }
}
