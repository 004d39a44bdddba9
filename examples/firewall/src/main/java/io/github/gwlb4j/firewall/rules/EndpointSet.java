package io.github.gwlb4j.firewall.rules;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;

/** A set of Gateway Load Balancer endpoints, by id. Immutable; usable from any thread. */
public final class EndpointSet {
    /** Every endpoint. */
    public static final EndpointSet ANY = new EndpointSet(new long[0], "any");

    private final long[] ids;
    private final String text;

    private EndpointSet(long[] ids, String text) {
        this.ids = ids;
        this.text = text;
    }

    static EndpointSet of(Collection<Long> ids, String text) {
        return new EndpointSet(ids.stream().mapToLong(Long::longValue).sorted().distinct().toArray(), text);
    }

    /**
     * Whether every endpoint is in the set because nothing was said about endpoints.
     *
     * @return true for {@link #ANY}
     */
    public boolean isAny() {
        return ids.length == 0;
    }

    /**
     * Whether an endpoint is in the set. Allocates nothing.
     *
     * @param endpointId any 64 bits
     * @return true if it is, or if any is
     */
    public boolean contains(long endpointId) {
        return ids.length == 0 || Arrays.binarySearch(ids, endpointId) >= 0;
    }

    /** Whether every endpoint of the other set is in this one. */
    boolean containsAll(EndpointSet other) {
        return isAny() || !other.isAny() && Arrays.stream(other.ids).allMatch(this::contains);
    }

    /** The ids as ranges of unsigned numbers. */
    List<Range> ranges() {
        return isAny() ? List.of(new Range(0, 0, 0, -1)) : LongStream.of(ids).mapToObj(id -> new Range(0, id, 0, id)).toList();
    }

    /** The ids in order; empty for any. */
    long[] ids() {
        return ids.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EndpointSet && Arrays.equals(ids, ((EndpointSet) other).ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    /** The endpoints as they were written. */
    @Override
    public String toString() {
        return text;
    }
}
