package io.github.gwlb4j.packet;

import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Picks packets by an expression of a few words, most of them as tcpdump has them (pcap-filter(7)), about the inner packet. Immutable;
 * usable from any thread. Matching allocates nothing, as long as the words that a caller adds do not.
 *
 * <pre>
 *   ip | ip6 | tcp | udp | icmp | sctp | gre | esp   icmp stands for ICMPv6 too
 *   proto N                                          IP protocol, a number or one of these names
 *   fragment                                         a fragment, the first one included
 *   all                                              every packet
 *   host ADDRESS[/BITS]                              source or destination; net is the same word
 *   src ADDRESS[/BITS], dst ADDRESS[/BITS]           one of them; also src host, src net, ...
 *   port N[-M]                                       source or destination port; portrange is the same word
 *   sport N[-M], dport N[-M]                         one of them; also src port, dst port, ...
 *   endpoint ID                                      vpce-0123456789abcdef0, or the hex digits alone
 *   not, and, or, ( )                                also !, &amp;&amp;, ||
 * </pre>
 *
 * <p>{@code not} belongs to the next word or parenthesis. Words in a row must all match, and belong together more closely than
 * {@code and} and {@code or}: {@code tcp port 80 or udp port 53} is what it looks like. {@code and} beside {@code or} needs parentheses,
 * because people, and tcpdump, read it in different ways. Names of hosts are not looked up.
 *
 * <p>A packet that is not well-formed IP matches {@code all} and {@code endpoint} only, and what a caller adds; a later fragment has no
 * ports and matches no port.
 *
 * @param <S> what is matched: a packet, and what the caller knows about it beside
 */
public final class FilterExpression<S extends FilterExpression.Subject> {
    /** What an expression is about. */
    public interface Subject {
        /**
         * The inner packet.
         *
         * @return wrapped with {@link PacketStatus#OK}; null if it is not well-formed
         */
        IpPacket inner();

        /**
         * Whether the endpoint is known.
         *
         * @return true if {@link #endpointId} is it
         */
        boolean hasEndpoint();

        /**
         * The endpoint that the packet came through.
         *
         * @return its id; any number if it is not known
         */
        long endpointId();
    }

    private final String text;
    private final Predicate<? super S> condition;

    private FilterExpression(String text, Predicate<? super S> condition) {
        this.text = text;
        this.condition = condition;
    }

    /**
     * Reads an expression.
     *
     * @param text  at most 4096 characters
     * @param words further words of the caller, each followed by one argument, from which it makes a condition; it refuses an argument
     *              with an {@link IllegalArgumentException} that says why
     * @param <S>   what is to be matched
     * @return the filter
     * @throws IllegalArgumentException if the text is not understood; the message names the word, in one line
     */
    public static <S extends Subject> FilterExpression<S> parse(String text, Map<String, Function<String, Predicate<S>>> words) {
        return new FilterExpression<>(text.strip(), new FilterParser<>(text.strip(), words).parse());
    }

    /**
     * Whether a packet matches.
     *
     * @param subject the packet
     * @return true if the expression is true for it
     */
    public boolean matches(S subject) {
        return condition.test(subject);
    }

    /**
     * The expression as it was written.
     *
     * @return the text given to {@link #parse}, without spaces around it
     */
    @Override
    public String toString() {
        return text;
    }
}
