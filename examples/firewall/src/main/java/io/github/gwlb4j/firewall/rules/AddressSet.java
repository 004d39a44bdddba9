package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.Cidr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;

/** A set of IPv4 and IPv6 addresses: networks and groups of them. Immutable; usable from any thread. */
public final class AddressSet {
    /** Every IPv4 and IPv6 address. */
    public static final AddressSet ANY = new AddressSet(List.of(ipv4All()), List.of(ipv6All()), "any");
    private static final long IPV4_MASK = 0xffff_ffffL;

    /** First and last address of each range, in order, with a gap between ranges. */
    private final long[] ipv4;
    /** Upper and lower half of the first address, then of the last, of each range; in order, with a gap between ranges. */
    private final long[] ipv6;
    private final String text;

    private AddressSet(List<Range> ipv4, List<Range> ipv6, String text) {
        this.ipv4 = ipv4.stream().flatMapToLong(range -> LongStream.of(range.firstLow(), range.lastLow())).toArray();
        this.ipv6 = ipv6.stream().flatMapToLong(range -> LongStream.of(
                range.firstHigh(), range.firstLow(), range.lastHigh(), range.lastLow())).toArray();
        this.text = text;
    }

    private static Range ipv4All() {
        return new Range(0, 0, 0, 0xffff_ffffL);
    }

    private static Range ipv6All() {
        return new Range(0, 0, -1, -1);
    }

    /** Reads {@code any}, an address or a network. */
    static AddressSet parse(String text) {
        Cidr network = Cidr.parse(text);
        switch (network.version()) {
            case 4: return new AddressSet(List.of(rangeOf(network)), List.of(), text);
            case 6: return new AddressSet(List.of(), List.of(rangeOf(network)), text);
            default: return ANY;
        }
    }

    /** All addresses of several sets. */
    static AddressSet union(Collection<AddressSet> sets, String text) {
        List<Range> ipv4 = new ArrayList<>();
        List<Range> ipv6 = new ArrayList<>();
        for (AddressSet set : sets) {
            ipv4.addAll(set.ranges(4));
            ipv6.addAll(set.ranges(6));
        }
        return new AddressSet(Range.merge(ipv4), Range.merge(ipv6), text);
    }

    private static Range rangeOf(Cidr network) {
        int bits = network.prefixLength();
        long high = network.firstHigh();
        long low = network.firstLow();
        if (network.version() == 4) {
            return new Range(0, low, 0, low | IPV4_MASK >>> bits);
        }
        return new Range(high, low, high | (bits >= Long.SIZE ? 0 : -1L >>> bits),
                low | (bits == 2 * Long.SIZE ? 0 : -1L >>> Math.max(0, bits - Long.SIZE)));
    }

    /** The addresses of one IP version, in order, with a gap between ranges. */
    List<Range> ranges(int version) {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; version == 4 && i < ipv4.length; i += 2) {
            ranges.add(new Range(0, ipv4[i], 0, ipv4[i + 1]));
        }
        for (int i = 0; version == 6 && i < ipv6.length; i += 4) {
            ranges.add(new Range(ipv6[i], ipv6[i + 1], ipv6[i + 2], ipv6[i + 3]));
        }
        return ranges;
    }

    /** How many ranges of addresses there are, of both IP versions. */
    int rangeCount() {
        return ipv4.length / 2 + ipv6.length / 4;
    }

    /**
     * Whether every address is in the set.
     *
     * @return true for {@code any}
     */
    public boolean isAny() {
        return ipv4.length == 2 && ipv4[0] == 0 && ipv4[1] == IPV4_MASK && ipv6.length == 4
                && (ipv6[0] | ipv6[1]) == 0 && (ipv6[2] & ipv6[3]) == -1;
    }

    /** Whether the set has an address of an IP version. */
    boolean hasVersion(int version) {
        return version == 4 ? ipv4.length > 0 : ipv6.length > 0;
    }

    /**
     * Whether an address is in the set. Allocates nothing.
     *
     * @param version 4 or 6
     * @param high    upper 64 bits; 0 for IPv4
     * @param low     lower 64 bits; for IPv4 the address in the lower 32
     * @return true if it is
     */
    public boolean contains(int version, long high, long low) {
        return version == 4 ? lastOfIpv4(low) >= 0 : lastOfIpv6(high, low) >= 0;
    }

    /** Index of the last address of the range that an IPv4 address is in, or -1. */
    private int lastOfIpv4(long address) {
        int index = Arrays.binarySearch(ipv4, address);
        int last = index >= 0 ? index | 1 : -index - 1;
        return (last & 1) == 1 ? last : -1;
    }

    /** Index of the last address (its upper half) of the range that an IPv6 address is in, or -1. */
    private int lastOfIpv6(long high, long low) {
        int from = 0;
        int to = ipv6.length / 4;
        while (from < to) { // the first range that does not end before the address
            int middle = from + to >>> 1;
            if (Range.compare(ipv6[4 * middle + 2], ipv6[4 * middle + 3], high, low) < 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        boolean isIn = 4 * from < ipv6.length && Range.compare(ipv6[4 * from], ipv6[4 * from + 1], high, low) <= 0;
        return isIn ? 4 * from + 2 : -1;
    }

    /** Whether every address of the other set is in this one. */
    boolean containsAll(AddressSet other) {
        for (int i = 0; i < other.ipv4.length; i += 2) {
            int last = lastOfIpv4(other.ipv4[i]);
            if (last < 0 || ipv4[last] < other.ipv4[i + 1]) {
                return false;
            }
        }
        for (int i = 0; i < other.ipv6.length; i += 4) {
            int last = lastOfIpv6(other.ipv6[i], other.ipv6[i + 1]);
            if (last < 0 || Range.compare(ipv6[last], ipv6[last + 1], other.ipv6[i + 2], other.ipv6[i + 3]) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof AddressSet
                && Arrays.equals(ipv4, ((AddressSet) other).ipv4) && Arrays.equals(ipv6, ((AddressSet) other).ipv6);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ipv4) + Arrays.hashCode(ipv6);
    }

    /** The addresses as they were written. */
    @Override
    public String toString() {
        return text;
    }
}
