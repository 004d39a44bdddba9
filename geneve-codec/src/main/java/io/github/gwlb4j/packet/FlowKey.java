package io.github.gwlb4j.packet;

import java.security.SecureRandom;

/**
 * What tells one flow from another: endpoint, addresses, protocol and ports, the same for both directions.
 *
 * <p>Not thread-safe while it is being {@link #set}; a {@link #copy} that nobody sets may be shared. {@code set} allocates
 * nothing but, once, what it needs to read ICMP errors; so one instance looks up packet after packet in a map whose keys are copies.
 *
 * <ul>
 *   <li>The endpoint id is part of the key, because two endpoints may carry identical inner addresses.
 *   <li>The two ends are ordered, so a packet and its reply have one key; {@link #isForward()} tells the direction.
 *   <li>ICMP queries (echo and its like): the identifier stands for both ports.
 *   <li>ICMP errors belong to the flow of the packet that they quote. One that quotes nothing readable is keyed by its own
 *       addresses and protocol.
 *   <li>Fragments, the first one too, are keyed by addresses and protocol, because later ones have no ports.
 * </ul>
 *
 * <p>The hash is seeded with a secret of this process, so that a sender cannot aim at one bucket.
 */
public final class FlowKey {
    private static final long PROCESS_SEED = new SecureRandom().nextLong();
    private static final int FRAGMENT = 0x100;
    private static final int VERSION_SHIFT = 16;

    private final boolean isCopy;
    /** Made when the first ICMP error comes: tables hold many keys that never see one. */
    private IpPacket quoted;
    private long endpointId;
    private long firstHigh;
    private long firstLow;
    private long secondHigh;
    private long secondLow;
    private int ports;
    private int kind;
    private boolean isForward;
    private long hash;

    /** Makes a key that stands for no flow yet. */
    public FlowKey() {
        this.isCopy = false;
    }

    private FlowKey(FlowKey from) {
        isCopy = true;
        take(from);
    }

    private void take(FlowKey from) {
        endpointId = from.endpointId;
        firstHigh = from.firstHigh;
        firstLow = from.firstLow;
        secondHigh = from.secondHigh;
        secondLow = from.secondLow;
        ports = from.ports;
        kind = from.kind;
        isForward = from.isForward;
        hash = from.hash;
    }

    /**
     * Takes the flow of a packet.
     *
     * @param endpointId the endpoint that the packet came through
     * @param packet     wrapped with {@link PacketStatus#OK}
     * @return this
     * @throws IllegalStateException if this key is a {@link #copy}: a map may hold it
     */
    public FlowKey set(long endpointId, IpPacket packet) {
        return set(endpointId, packet, false);
    }

    /**
     * Takes the flow and the direction of another key: for tables that use the objects they hold again and again.
     *
     * @param other any key
     * @return this
     * @throws IllegalStateException if this key is a {@link #copy}
     */
    public FlowKey set(FlowKey other) {
        begin(other.endpointId);
        take(other);
        return this;
    }

    /**
     * Takes the flow of a packet by its ports also if it is a first fragment, or an ICMP error that quotes one: who tracks
     * connections decides about the whole datagram there, and lets the later fragments follow with {@link #setByPortsOf}.
     * Everything else is as in {@link #set}.
     *
     * @param endpointId the endpoint that the packet came through
     * @param packet     wrapped with {@link PacketStatus#OK}
     * @return this
     * @throws IllegalStateException if this key is a {@link #copy}
     */
    public FlowKey setByPorts(long endpointId, IpPacket packet) {
        return set(endpointId, packet, true);
    }

    /**
     * Takes the flow of a later fragment, which says neither ports nor, in IPv6, always the protocol: its first fragment did.
     *
     * @param endpointId the endpoint that the fragment came through
     * @param fragment   wrapped with {@link PacketStatus#OK}; only its addresses and IP version count
     * @param protocol   {@link #protocol()} after {@link #setByPorts} with the first fragment
     * @param ports      {@link #packetPorts()} after the same
     * @return this
     * @throws IllegalStateException if this key is a {@link #copy}
     */
    public FlowKey setByPortsOf(long endpointId, IpPacket fragment, int protocol, int ports) {
        begin(endpointId);
        kind = fragment.version() << VERSION_SHIFT | protocol;
        setEnds(fragment, ports);
        hash = hash64(PROCESS_SEED);
        return this;
    }

    /**
     * Takes a flow as the numbers that a table, a file or another process keeps; the direction becomes forward.
     *
     * @param endpointId as {@link #endpointId()} told
     * @param kind       as {@link #kind()} told
     * @param firstHigh  as {@link #firstHigh()} told
     * @param firstLow   as {@link #firstLow()} told
     * @param secondHigh as {@link #secondHigh()} told
     * @param secondLow  as {@link #secondLow()} told
     * @param ports      as {@link #ports()} told
     * @return false if no packet has such a key; then this key stands for none
     * @throws IllegalStateException if this key is a {@link #copy}
     */
    public boolean setNumbers(long endpointId, int kind, long firstHigh, long firstLow, long secondHigh, long secondLow, int ports) {
        begin(endpointId);
        this.kind = kind;
        this.firstHigh = firstHigh;
        this.firstLow = firstLow;
        this.secondHigh = secondHigh;
        this.secondLow = secondLow;
        this.ports = ports;
        isForward = true;
        hash = hash64(PROCESS_SEED);
        boolean isIpv4 = version() == 4;
        boolean isKind = (isIpv4 || version() == 6) && (kind & 0xffff) <= (FRAGMENT | 0xff);
        boolean isFitting = !isIpv4 || (firstHigh | secondHigh | firstLow >>> 32 | secondLow >>> 32) == 0;
        return isKind && isFitting && isOrdered();
    }

    private boolean isOrdered() {
        if (firstHigh != secondHigh) {
            return isLower(firstHigh, secondHigh);
        }
        return firstLow == secondLow ? isOrdered(ports) : isLower(firstLow, secondLow);
    }

    /**
     * Turns the direction round: for a packet that travels against the one that was set, as an ICMP error does.
     *
     * @return this
     * @throws IllegalStateException if this key is a {@link #copy}
     */
    public FlowKey reverse() {
        begin(endpointId);
        isForward = !isForward;
        return this;
    }

    private FlowKey set(long endpointId, IpPacket packet, boolean isFirstFragmentByPorts) {
        begin(endpointId);
        boolean isFragment = isFirstFragmentByPorts ? packet.fragmentOffset() != 0 : packet.isFragment();
        if (isFragment || packet.hasPorts() || !packet.isIcmpError() || !setQuotedTuple(packet, isFirstFragmentByPorts)) {
            setTuple(packet, isFragment);
        }
        hash = hash64(PROCESS_SEED);
        return this;
    }

    private void begin(long endpointId) {
        if (isCopy) {
            throw new IllegalStateException("a copy of a flow key cannot be set; set a key made with new FlowKey()");
        }
        this.endpointId = endpointId;
    }

    /** Takes the flow of the packet that an ICMP error quotes; false if it quotes nothing readable. */
    private boolean setQuotedTuple(IpPacket error, boolean isFirstFragmentByPorts) {
        if (quoted == null) {
            quoted = new IpPacket();
        }
        if (error.wrapQuoted(quoted) != PacketStatus.OK || quoted.version() != error.version()) {
            return false;
        }
        setTuple(quoted, isFirstFragmentByPorts ? quoted.fragmentOffset() != 0 : quoted.isFragment());
        isForward = !isForward; // an error travels against the packet it quotes
        return true;
    }

    private void setTuple(IpPacket packet, boolean isFragment) {
        kind = packet.version() << VERSION_SHIFT | (isFragment ? FRAGMENT | packet.fragmentProtocol() : packet.protocol());
        setEnds(packet, isFragment ? 0 : packet.hasPorts() ? packet.ports() : IcmpHeader.identifierOf(packet) * 0x1_0001);
    }

    private void setEnds(IpPacket packet, int packetPorts) {
        if (packet.version() == 4) {
            setIpv4(packet.ipv4Addresses(), packetPorts);
        } else {
            setIpv6(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(), packetPorts);
        }
    }

    /** Source address or port in the upper half of each; so that the lower end comes first, both halves change places. */
    private void setIpv4(long addresses, int packetPorts) {
        long swapped = Long.rotateLeft(addresses, 32);
        isForward = addresses == swapped ? isOrdered(packetPorts) : isLower(addresses, swapped);
        long ordered = isForward ? addresses : swapped;
        firstHigh = 0;
        firstLow = ordered >>> 32;
        secondHigh = 0;
        secondLow = ordered & 0xffff_ffffL;
        ports = isForward ? packetPorts : Integer.rotateLeft(packetPorts, 16);
    }

    private void setIpv6(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int packetPorts) {
        if (sourceHigh != destinationHigh) {
            isForward = isLower(sourceHigh, destinationHigh);
        } else {
            isForward = sourceLow == destinationLow ? isOrdered(packetPorts) : isLower(sourceLow, destinationLow);
        }
        if (isForward) {
            firstHigh = sourceHigh;
            firstLow = sourceLow;
            secondHigh = destinationHigh;
            secondLow = destinationLow;
            ports = packetPorts;
        } else {
            firstHigh = destinationHigh;
            firstLow = destinationLow;
            secondHigh = sourceHigh;
            secondLow = sourceLow;
            ports = Integer.rotateLeft(packetPorts, 16);
        }
    }

    private static boolean isOrdered(int ports) {
        return ports >>> 16 <= (ports & 0xffff);
    }

    private static boolean isLower(long a, long b) {
        return a + Long.MIN_VALUE < b + Long.MIN_VALUE;
    }

    /** 4 or 6. */
    int version() {
        return kind >>> VERSION_SHIFT;
    }

    /** The flow's hash under a seed; a test looks at many of them. */
    long hash64(long seed) {
        long start = FlowHash.start(seed, endpointId, ports, kind);
        return version() == 4 ? FlowHash.ofIpv4(seed, start, firstLow, secondLow)
                : FlowHash.ofIpv6(seed, start, firstHigh, firstLow, secondHigh, secondLow);
    }

    /**
     * A key of its own with the same flow, for a map to hold.
     *
     * @return a new object, which cannot be set
     */
    public FlowKey copy() {
        return new FlowKey(this);
    }

    /**
     * Whether the packet goes from the lower of the two ends to the higher; its reply says the opposite. Not part of the key.
     *
     * @return the direction of the packet that was set last
     */
    public boolean isForward() {
        return isForward;
    }

    /** {@return whether this is a key of fragments: addresses and protocol without ports} */
    public boolean isFragment() {
        return (kind & FRAGMENT) != 0;
    }

    /** {@return the endpoint of the flow: the id given to {@link #set}} */
    public long endpointId() {
        return endpointId;
    }

    /** {@return the protocol of the flow, 0 to 255; for ICMP errors, of the packet they quote} */
    public int protocol() {
        return kind & 0xff;
    }

    /**
     * Both ports as the packet that was set last has them: of an ICMP error, as the packet it quotes would be answered.
     *
     * @return the source port in the upper 16 bits, the destination port in the lower; an ICMP query's identifier in both; 0 if
     *         the flow has none
     */
    public int packetPorts() {
        return isForward ? ports : Integer.rotateLeft(ports, 16);
    }

    /**
     * Both ports in the order of the ends: the same for both directions. For tables that keep keys as numbers, as are
     * {@link #kind()} and the four halves of the addresses.
     *
     * @return the port of the lower end in the upper 16 bits, of the higher end in the lower
     */
    public int ports() {
        return ports;
    }

    /**
     * IP version, protocol and whether this is a key of fragments, in one number.
     *
     * @return 24 bits, the same for equal keys, different for keys that differ in one of the three
     */
    public int kind() {
        return kind;
    }

    /** {@return the upper half of the lower end's address; IPv6: the first 64 bits; IPv4: 0} */
    public long firstHigh() {
        return firstHigh;
    }

    /** {@return the lower half of the lower end's address; IPv6: the last 64 bits; IPv4: the address, 0 to 2^32-1} */
    public long firstLow() {
        return firstLow;
    }

    /** {@return the upper half of the higher end's address; IPv6: the first 64 bits; IPv4: 0} */
    public long secondHigh() {
        return secondHigh;
    }

    /** {@return the lower half of the higher end's address; IPv6: the last 64 bits; IPv4: the address, 0 to 2^32-1} */
    public long secondLow() {
        return secondLow;
    }

    /**
     * All 64 bits of the hash, of which {@link #hashCode()} is a part.
     *
     * @return the same for equal keys in this process, another in the next
     */
    public long hash64() {
        return hash;
    }

    /**
     * A UDP source port for the tunnel packets of this flow, the same for both directions (RFC 8926, 3.3: SHOULD come from a
     * hash of the inner headers, and may use the whole range). For whoever opens flows: a reply to a load balancer keeps the
     * port that it came with.
     *
     * @return 1 to 65535
     */
    public int tunnelSourcePort() {
        int port = (int) (hash >>> 24) & 0xffff;
        return port == 0 ? 1 : port;
    }

    @Override
    public int hashCode() {
        return (int) (hash >>> 32 ^ hash);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FlowKey && isSameFlow((FlowKey) other);
    }

    /**
     * Whether two keys stand for one flow, whatever the direction.
     *
     * @param other another key
     * @return true if all but the direction is equal
     */
    public boolean isSameFlow(FlowKey other) {
        return hash == other.hash && ports == other.ports && kind == other.kind && endpointId == other.endpointId
                && firstLow == other.firstLow && secondLow == other.secondLow
                && firstHigh == other.firstHigh && secondHigh == other.secondHigh;
    }

    /**
     * Protocol and both ends in one line, for people. Cold path: allocates.
     *
     * @return for example {@code tcp 10.0.0.1:4711 <-> 10.0.0.2:443}
     */
    @Override
    public String toString() {
        return PacketText.summary(this);
    }
}
