package io.github.gwlb4j.gwlb;

/** What happens to the packets of an endpoint. Immutable; usable from any thread. */
public enum TunnelMode {
    /** The {@link PacketHandler} decides about each packet; what it forwards goes back to the load balancer. */
    INLINE(false, false),
    /**
     * As {@link #INLINE}, and a copy of each packet that is forwarded goes into a TUN interface {@code gwi-<X>}, for an IDS that
     * listens there. What comes out of that interface is dropped.
     */
    INLINE_WITH_TAP(true, false),
    /**
     * Packets go into a TUN interface {@code gwi-<X>}; what the kernel sends into {@code gwo-<X>}, or back into {@code gwi-<X>},
     * goes back to the load balancer with the GENEVE header of its flow. The kernel and programs such as iptables, Suricata
     * or squid decide. The handler is not asked. Linux only.
     */
    TUN(true, true),
    /**
     * Packets go into a TUN interface {@code gwi-<X>} and nothing goes back: for monitors that see a mirror of the traffic.
     * The handler is not asked. Linux only.
     */
    TUN_ONE_WAY(true, false);

    private final boolean hasIngressInterface;
    private final boolean hasEgressInterface;

    TunnelMode(boolean hasIngressInterface, boolean hasEgressInterface) {
        this.hasIngressInterface = hasIngressInterface;
        this.hasEgressInterface = hasEgressInterface;
    }

    /**
     * Whether a tunnel has a TUN interface {@code gwi-<X>}.
     *
     * @return true in all modes but {@link #INLINE}
     */
    public boolean hasIngressInterface() {
        return hasIngressInterface;
    }

    /**
     * Whether a tunnel has a TUN interface {@code gwo-<X>}.
     *
     * @return true for {@link #TUN}
     */
    public boolean hasEgressInterface() {
        return hasEgressInterface;
    }

    /**
     * Whether the {@link PacketHandler} is asked.
     *
     * @return true for {@link #INLINE} and {@link #INLINE_WITH_TAP}
     */
    public boolean isInline() {
        return this == INLINE || this == INLINE_WITH_TAP;
    }
}
