package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Lets later fragments, which have no ports, follow what was decided about the first, and lets nothing pass from which a receiver
 * could put together another packet than the firewall has judged. Belongs to one worker's thread; takes all its memory at
 * construction, about 100 bytes a datagram.
 *
 * <ul>
 *   <li>What has passed is never replaced: a fragment that overlaps an earlier one of its datagram is dropped, and unless it lies
 *       wholly inside what is there, as a duplicate does, so are all that follow (RFC 5722, 3).
 *   <li>A first fragment must hold the whole transport header, and no other fragment may reach into it (RFC 1858, 3; RFC 3128;
 *       RFC 7112, 5).
 *   <li>A datagram that would be longer than 65,535 bytes, and one in more than {@value #MAX_PIECES} pieces apart at a time, is dropped.
 * </ul>
 *
 * <p>Bounded: sets of four records, in which the eldest gives way. Later fragments of what has been forgotten are judged by the rules
 * without ports, as those are that arrive before their first.
 */
public final class FragmentGuard {
    /** What is to be done with a fragment. */
    public enum Status {
        /** The first one, sound: to be judged, then {@link #remember}. */
        FIRST,
        /** A later one of a datagram whose first was judged: {@link #hasPassed} and {@link #rule} say how. */
        FOLLOWS,
        /** A later one, sound, whose first is not known. */
        WITHOUT_FIRST,
        /** To be dropped: overlaps, reaches into the transport header, or cannot be a part of any datagram. */
        REFUSED
    }

    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60); // RFC 8200, 4.5
    private static final int WAYS = 4;
    private static final int MAX_PIECES = 8;
    private static final int MAX_DATAGRAM = 65_535;
    private static final int MIN_TCP_HEADER = 20;

    private static final byte FREE = 0;
    private static final byte EXPECTED = 1;
    private static final byte PASSED = 2;
    private static final byte DENIED = 3;
    private static final byte POISONED = 4;

    private final int sets;
    private final long[] tags;
    private final long[] seenNs;
    private final byte[] states;
    private final int[] rules;
    /** Which loading's rules those are, and what stands for each in the others. */
    private final int[] generations;
    private final long[] ruleTags;
    /** End of the whole datagram, 0 while its last fragment has not come. */
    private final int[] ends;
    /** {@link #MAX_PIECES} pieces of start and end a record, apart from each other and in order; start = end for none. */
    private final int[] pieces;
    /** Of the fragment that was examined last. */
    private int record;
    private byte decided;
    private volatile long displaced;

    /**
     * Takes the memory.
     *
     * @param datagrams most that are remembered at a time, rounded up to a multiple of four
     */
    public FragmentGuard(int datagrams) {
        this.sets = (datagrams + WAYS - 1) / WAYS;
        int records = sets * WAYS;
        this.tags = new long[records];
        this.seenNs = new long[records];
        this.states = new byte[records];
        this.rules = new int[records];
        this.generations = new int[records];
        this.ruleTags = new long[records];
        this.ends = new int[records];
        this.pieces = new int[records * MAX_PIECES * 2];
    }

    /**
     * Looks at a fragment, and takes note of which part of its datagram it is.
     *
     * @param endpointId where it comes from
     * @param fragment   wrapped with {@code OK}, {@link IpPacket#isFragment()}
     * @param nowNs      monotonic time
     * @return what is to be done with it
     */
    public Status examine(long endpointId, IpPacket fragment, long nowNs) {
        int start = fragment.fragmentOffset();
        int length = fragment.transportLength();
        if (!isPossible(fragment, start, length)) {
            return Status.REFUSED;
        }
        record = recordOf(tagOf(endpointId, fragment), nowNs);
        if (states[record] == POISONED || !cover(start, start + length, !fragment.hasMoreFragments())) {
            return Status.REFUSED;
        }
        if (start == 0) {
            return Status.FIRST;
        }
        decided = states[record];
        freeIfComplete();
        return decided == EXPECTED ? Status.WITHOUT_FIRST : Status.FOLLOWS;
    }

    /**
     * Takes note of what was decided about the {@link Status#FIRST} fragment that was examined last.
     *
     * @param hasPassed whether the later ones are to pass too
     * @param version   the rules it was judged by
     * @param rule      which of them decided
     */
    void remember(boolean hasPassed, PolicyVersion version, int rule) {
        states[record] = hasPassed ? PASSED : DENIED;
        generations[record] = version.generation();
        rules[record] = rule;
        ruleTags[record] = version.tag(rule);
        freeIfComplete();
    }

    /** Whether the first fragment passed; after {@link Status#FOLLOWS}. */
    boolean hasPassed() {
        return decided == PASSED;
    }

    /** The rule that decided about the first fragment, as an index into other rules; after {@link Status#FOLLOWS}. */
    int rule(PolicyVersion current) {
        return generations[record] == current.generation() ? rules[record] : current.indexOf(rules[record], ruleTags[record]);
    }

    private static boolean isPossible(IpPacket fragment, int start, int length) {
        boolean isWholeUnits = !fragment.hasMoreFragments() || (length & 7) == 0;
        if (length == 0 || !isWholeUnits || start + length > MAX_DATAGRAM) {
            return false;
        }
        if (start == 0) {
            // Behind an IPv6 fragment header there may be further extension headers: then what this fragment covers is not known here.
            return fragment.transportStatus() == PacketStatus.OK
                    && (fragment.version() == 4 || fragment.fragmentProtocol() == fragment.protocol());
        }
        return fragment.protocol() != IpProtocol.TCP || start >= MIN_TCP_HEADER;
    }

    /** RFC 791, 3.2; RFC 8200, 4.5. */
    private static long tagOf(long endpointId, IpPacket fragment) {
        long source = SourceTag.of(endpointId, fragment.sourceHigh(), fragment.sourceLow());
        long both = SourceTag.of(source, fragment.destinationHigh(), fragment.destinationLow());
        return SourceTag.of(both, fragment.identification(), fragment.version() << 8 | fragment.fragmentProtocol());
    }

    /** The datagram's record; a new one in the place of the eldest of its set if there is none. */
    private int recordOf(long tag, long nowNs) {
        int first = (int) ((tag >>> 32) * sets >>> 32) * WAYS;
        int eldest = first;
        for (int i = first; i < first + WAYS; i++) {
            boolean isAlive = states[i] != FREE && nowNs - seenNs[i] < TIMEOUT_NS;
            if (isAlive && tags[i] == tag) {
                return i;
            }
            if (!isAlive) {
                states[i] = FREE;
            }
            if (states[eldest] != FREE && (states[i] == FREE || nowNs - seenNs[i] > nowNs - seenNs[eldest])) {
                eldest = i;
            }
        }
        if (states[eldest] != FREE) {
            displaced++;
        }
        tags[eldest] = tag;
        seenNs[eldest] = nowNs;
        states[eldest] = EXPECTED;
        ends[eldest] = 0;
        int at = eldest * MAX_PIECES * 2;
        Arrays.fill(pieces, at, at + MAX_PIECES * 2, 0);
        return eldest;
    }

    /** Adds a piece; false if it overlaps what is there, or does not fit the end of the datagram. */
    private boolean cover(int start, int end, boolean isLast) {
        int known = ends[record];
        int at = record * MAX_PIECES * 2;
        int count = 0;
        int place = 0;
        int highest = 0;
        for (int i = at; count < MAX_PIECES && pieces[i + 1] != 0; i += 2, count++) {
            if (start >= pieces[i] && end <= pieces[i + 1]) {
                return false; // a duplicate: what is there stays good
            }
            if (start < pieces[i + 1] && end > pieces[i]) {
                return poison();
            }
            place += pieces[i + 1] <= start ? 1 : 0;
            highest = pieces[i + 1];
        }
        if (known != 0 && (isLast || end > known) || isLast && highest > end) {
            return poison();
        }
        if (isLast) {
            ends[record] = end;
        }
        return insert(at, count, place, start, end);
    }

    /** Puts a piece between its neighbours, and joins it with those that it touches. */
    private boolean insert(int at, int count, int place, int start, int end) {
        int here = at + place * 2;
        boolean isTouchingBefore = place > 0 && pieces[here - 1] == start;
        boolean isTouchingAfter = place < count && pieces[here] == end;
        if (isTouchingBefore && isTouchingAfter) {
            pieces[here - 1] = pieces[here + 1];
            System.arraycopy(pieces, here + 2, pieces, here, (count - place - 1) * 2);
            pieces[at + (count - 1) * 2] = 0;
            pieces[at + (count - 1) * 2 + 1] = 0;
        } else if (isTouchingBefore) {
            pieces[here - 1] = end;
        } else if (isTouchingAfter) {
            pieces[here] = start;
        } else if (count == MAX_PIECES) {
            return poison();
        } else {
            System.arraycopy(pieces, here, pieces, here + 2, (count - place) * 2);
            pieces[here] = start;
            pieces[here + 1] = end;
        }
        return true;
    }

    private boolean poison() {
        states[record] = POISONED;
        return false;
    }

    /** A datagram that is whole needs no record, and its identification may come again soon. */
    private void freeIfComplete() {
        int at = record * MAX_PIECES * 2;
        if (ends[record] != 0 && pieces[at] == 0 && pieces[at + 1] == ends[record] && states[record] != EXPECTED) {
            states[record] = FREE;
        }
    }

    /**
     * Datagrams that were forgotten, for want of room, before their time.
     *
     * @return 0 or more
     */
    public long displaced() {
        return displaced;
    }
}
