package io.github.gwlb4j.simulator;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What the network between load balancer and appliance does to packets for a while of a {@link Timeline}. Immutable; usable from
 * any thread.
 *
 * <p>All of it happens before the appliance, so the appliance has to return what reaches it, in the order in which it does. Which
 * packets are concerned comes from the seed.
 */
public final class Impairment {
    /** How many packets overtake one that {@link #reorder} holds back. */
    public static final int REORDER_DEPTH = 3;

    /** What happens to a packet. */
    enum Kind {
        /** It never arrives. */
        LOSS,
        /** It arrives twice. */
        DUPLICATE,
        /** Packets that were sent later arrive first. */
        REORDER,
        /** One bit of the inner packet arrives changed. */
        CORRUPT,
        /** It never arrives, because it is long. */
        MTU
    }

    private final Kind kind;
    private final double share;
    private final int maxLength;
    private final PacketFilter only;
    private final int node;

    private Impairment(Kind kind, double share, int maxLength, PacketFilter only, int node) {
        this.kind = kind;
        this.share = share;
        this.maxLength = maxLength;
        this.only = only;
        this.node = node;
    }

    private static Impairment of(Kind kind, double share) {
        return new Impairment(kind, requireShare(share), 0, null, -1);
    }

    /**
     * Packets get lost.
     *
     * @param share of the packets, above 0 to 1
     * @return the impairment
     * @throws IllegalArgumentException if the share is out of range
     */
    public static Impairment loss(double share) {
        return of(Kind.LOSS, share);
    }

    /**
     * Packets arrive twice, one after the other. Both must come back.
     *
     * @param share of the packets, above 0 to 1
     * @return the impairment
     * @throws IllegalArgumentException if the share is out of range
     */
    public static Impairment duplicate(double share) {
        return of(Kind.DUPLICATE, share);
    }

    /**
     * Packets arrive after {@value #REORDER_DEPTH} others that were sent later, of any flow.
     *
     * @param share of the packets, above 0 to 1
     * @return the impairment
     * @throws IllegalArgumentException if the share is out of range
     */
    public static Impairment reorder(double share) {
        return of(Kind.REORDER, share);
    }

    /**
     * Packets arrive with one bit of the inner packet changed. They are rows of their own in the report: {@code corrupt} must
     * come back as they are, {@code refused} (the inner IP header makes no sense any more) must not.
     *
     * @param share of the packets, above 0 to 1
     * @return the impairment
     * @throws IllegalArgumentException if the share is out of range
     */
    public static Impairment corrupt(double share) {
        return of(Kind.CORRUPT, share);
    }

    /**
     * Long packets never arrive, and nobody is told: an MTU black hole.
     *
     * @param maxLengthBytes longest inner packet that arrives, 68 to 65535
     * @return the impairment
     * @throws IllegalArgumentException if the length is out of range
     */
    public static Impairment mtuBlackHole(int maxLengthBytes) {
        if (maxLengthBytes < 68 || maxLengthBytes > 65535) {
            throw new IllegalArgumentException("MTU " + maxLengthBytes + " is not in 68..65535");
        }
        return new Impairment(Kind.MTU, 1, maxLengthBytes, null, -1);
    }

    /**
     * Restricts it to some packets; the share is of those.
     *
     * @param filter which packets
     * @return a copy
     */
    public Impairment only(PacketFilter filter) {
        return new Impairment(kind, share, maxLength, Objects.requireNonNull(filter, "filter"), node);
    }

    /**
     * Restricts it to the packets of one node; the share is of those.
     *
     * @param nodeIndex from 0 in the order in which the sources were given
     * @return a copy
     * @throws IllegalArgumentException if the index is negative
     */
    public Impairment onlyNode(int nodeIndex) {
        if (nodeIndex < 0) {
            throw new IllegalArgumentException("node " + nodeIndex + " is negative");
        }
        return new Impairment(kind, share, maxLength, only, nodeIndex);
    }

    static double requireShare(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share " + share + " is not above 0 and up to 1 (100 %)");
        }
        return share;
    }

    static String percent(double share) {
        return number(share * 100) + " %";
    }

    /** Without a point if there is nothing behind it. */
    static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replaceAll("\\.?0+$", "");
    }

    Kind kind() {
        return kind;
    }

    double share() {
        return share;
    }

    /** Index of the node whose packets are concerned; empty: all nodes. */
    OptionalInt node() {
        return node < 0 ? OptionalInt.empty() : OptionalInt.of(node);
    }

    /** Whether it concerns a packet, before lots are drawn; the node is not looked at. */
    boolean concerns(OutboundPacket packet) {
        return (kind != Kind.MTU || packet.innerLength() > maxLength) && (only == null || only.matches(packet));
    }

    /**
     * Says what happens.
     *
     * @return a short phrase in English
     */
    @Override
    public String toString() {
        String what = kind == Kind.MTU ? "MTU black hole above " + maxLength + " bytes"
                : kind.name().toLowerCase(Locale.ROOT) + " " + percent(share);
        return what + (node < 0 ? "" : " at node " + (node + 1)) + (only == null ? "" : ", only '" + only + "'");
    }
}
