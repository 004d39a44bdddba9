package io.github.gwlb4j.simulator;

import io.github.gwlb4j.packet.FilterExpression;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Picks packets by an expression like those of tcpdump, as {@link FilterExpression} describes it, with one word more. Immutable;
 * usable from any thread.
 *
 * <pre>
 *   kind NAME    row of the report: dns, http6, quic, ...
 * </pre>
 *
 * <p>For example {@code udp port 443}, or {@code tcp dst 10.0.0.0/8 not dport 80-90}. Packets that are not well-formed IP
 * match {@code all}, {@code kind} and {@code endpoint} only.
 */
public final class PacketFilter {
    private static final Map<String, Function<String, Predicate<Subject>>> WORDS =
            Map.of("kind", name -> subject -> subject.kind().equals(name));

    private final FilterExpression<Subject> expression;

    /** The packet in question; inner is null if it is not well-formed. */
    private record Subject(String kind, long endpointId, IpPacket inner) implements FilterExpression.Subject {
        @Override
        public boolean hasEndpoint() {
            return true;
        }
    }

    private PacketFilter(FilterExpression<Subject> expression) {
        this.expression = expression;
    }

    /**
     * Reads a filter.
     *
     * @param text the expression
     * @return the filter
     * @throws IllegalArgumentException if a word is not understood; the message names it
     */
    public static PacketFilter parse(String text) {
        return new PacketFilter(FilterExpression.parse(text, WORDS));
    }

    /**
     * Whether a packet matches.
     *
     * @param kind        its row in the report
     * @param endpointId  the endpoint it comes through
     * @param innerPacket the inner packet, not changed
     * @return true if the expression is true for it
     */
    public boolean matches(String kind, long endpointId, byte[] innerPacket) {
        IpPacket ip = new IpPacket();
        boolean isIp = ip.wrap(ByteBuffer.wrap(innerPacket), 0, innerPacket.length) == PacketStatus.OK;
        return expression.matches(new Subject(kind, endpointId, isIp ? ip : null));
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
        return expression.toString();
    }
}
