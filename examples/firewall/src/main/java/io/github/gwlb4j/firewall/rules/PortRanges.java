package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A set of ports, as in {@code 53}, {@code 80,443} or {@code 1024-65535}. Immutable; usable from any thread. */
public final class PortRanges {
    /** Every port. */
    public static final PortRanges ANY = new PortRanges(new int[0], "any");
    private static final int MAX_PORT = 65_535;

    /** First and last port of each range, in order, with a gap between ranges; empty: any. */
    private final int[] bounds;
    private final String text;

    private PortRanges(int[] bounds, String text) {
        this.bounds = bounds;
        this.text = text;
    }

    /** Reads a port or a range of ports, as in {@code 53} or {@code 1024-65535}. */
    static PortRanges parse(String text) {
        if (text.equals("any")) {
            return ANY;
        }
        int dash = text.indexOf('-');
        int first = port(text, dash < 0 ? text : text.substring(0, dash));
        int last = dash < 0 ? first : port(text, text.substring(dash + 1));
        if (first > last) {
            throw new IllegalArgumentException("port range '" + text + "' is empty: its first port is above its last");
        }
        return new PortRanges(new int[] {first, last}, text);
    }

    private static int port(String text, String number) {
        if (!number.matches("\\d{1,5}") || Integer.parseInt(number) > MAX_PORT) {
            throw new IllegalArgumentException("'" + text + "' is not a list of ports; expected for example 53, 80,443 or 1024-65535");
        }
        return Integer.parseInt(number);
    }

    /** All ports of several sets. */
    static PortRanges union(Iterable<PortRanges> sets, String text) {
        List<Range> ranges = new ArrayList<>();
        for (PortRanges set : sets) {
            if (set.isAny()) {
                return ANY;
            }
            ranges.addAll(set.ranges());
        }
        int[] bounds = Range.merge(ranges).stream()
                .flatMapToInt(range -> IntStream.of((int) range.firstLow(), (int) range.lastLow())).toArray();
        return new PortRanges(bounds, text);
    }

    /**
     * Whether every port is in the set because nothing was said about ports.
     *
     * @return true for {@code any}
     */
    public boolean isAny() {
        return bounds.length == 0;
    }

    /**
     * Whether a port is in the set.
     *
     * @param port 0 to 65535
     * @return true if it is, or if any is
     */
    public boolean contains(int port) {
        int index = Arrays.binarySearch(bounds, port);
        return bounds.length == 0 || index >= 0 || (-index - 1 & 1) == 1;
    }

    /** Whether every port of the other set is in this one. */
    boolean containsAll(PortRanges other) {
        if (isAny() || other.isAny()) {
            return isAny();
        }
        for (int i = 0; i < other.bounds.length; i += 2) {
            int first = other.bounds[i];
            int at = Arrays.binarySearch(bounds, first);
            int last = at >= 0 ? at | 1 : -at - 1;
            if (!contains(first) || bounds[last] < other.bounds[i + 1]) {
                return false;
            }
        }
        return true;
    }

    /** The ports, in order, with a gap between ranges; none for any. */
    List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < bounds.length; i += 2) {
            ranges.add(new Range(0, bounds[i], 0, bounds[i + 1]));
        }
        return ranges;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortRanges && Arrays.equals(bounds, ((PortRanges) other).bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    /** The ports as they were written. */
    @Override
    public String toString() {
        return text;
    }
}
