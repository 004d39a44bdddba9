package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * A tunnel as its workers see it: its phase, its interfaces, its counters. Each worker writes a row of counters of its own,
 * far enough from the next to share no cache line; anyone reads them. The control thread alone changes the phase.
 */
final class TunnelState implements Tunnel {
    private static final int RECEIVED_PACKETS = 0;
    private static final int RECEIVED_BYTES = 1;
    private static final int FORWARDED_PACKETS = 2;
    private static final int FORWARDED_BYTES = 3;
    private static final int DROPPED_BY_HANDLER = 4;
    private static final int LAST_PACKET_NS = 5;
    private static final int DELIVERED_PACKETS = 6;
    private static final int DELIVERED_BYTES = 7;
    private static final int HELD_PACKETS = 8;
    /** 128 bytes: a pair of cache lines, since processors fetch the neighbour too. */
    private static final int ROW = 16;
    private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);

    private final long endpointId;
    private final TunnelMode mode;
    private final Instant createdAt;
    private final long createdNs;
    private final LongSupplier clock;
    private final long[] rows;
    private final TunnelLife life = new TunnelLife();
    private volatile TunnelPhase phase;
    /** Written before the phase becomes active. */
    private TunnelInterfaces interfaces;

    TunnelState(long endpointId, TunnelMode mode, int workers, Instant createdAt, LongSupplier clock) {
        this.endpointId = endpointId;
        this.mode = mode;
        this.phase = mode == TunnelMode.INLINE ? TunnelPhase.ACTIVE : TunnelPhase.CREATING;
        this.createdAt = createdAt;
        this.clock = clock;
        this.createdNs = clock.getAsLong();
        this.life.phaseSinceNs = createdNs;
        this.rows = new long[workers * ROW];
        for (int worker = 0; worker < workers; worker++) {
            rows[worker * ROW + LAST_PACKET_NS] = createdNs;
        }
    }

    /** One that another process has had: its interfaces are open, or null if its mode has none, and its packets pass. */
    static TunnelState adopted(HandedTunnel handed, TunnelInterfaces interfaces, int workers, LongSupplier clock) {
        TunnelState tunnel = new TunnelState(handed.endpointId(), handed.mode(), workers, Instant.ofEpochMilli(handed.createdAtMs()), clock);
        for (int index = LAST_PACKET_NS; index < tunnel.rows.length; index += ROW) {
            tunnel.rows[index] -= handed.idleNs();
        }
        tunnel.life.adopt(handed, interfaces);
        tunnel.activate(interfaces);
        return tunnel;
    }

    void received(int worker, int packets, long bytes, long nowNs) {
        add(worker, RECEIVED_PACKETS, packets);
        add(worker, RECEIVED_BYTES, bytes);
        VALUE.setOpaque(rows, worker * ROW + LAST_PACKET_NS, nowNs);
    }

    /** Packets that came and were answered inline: their arrival has told the time. */
    void forwarded(int worker, int packets, long bytes) {
        add(worker, FORWARDED_PACKETS, packets);
        add(worker, FORWARDED_BYTES, bytes);
    }

    /** Packets out of an interface go back to the load balancer: traffic in this direction alone keeps a tunnel, too. */
    void returned(int worker, int packets, long bytes, long nowNs) {
        forwarded(worker, packets, bytes);
        VALUE.setOpaque(rows, worker * ROW + LAST_PACKET_NS, nowNs);
    }

    void delivered(int worker, int packets, long bytes) {
        add(worker, DELIVERED_PACKETS, packets);
        add(worker, DELIVERED_BYTES, bytes);
    }

    void held(int worker, int change) {
        add(worker, HELD_PACKETS, change);
    }

    /** Packets that one worker holds for this tunnel. That worker only. */
    long heldBy(int worker) {
        return rows[worker * ROW + HELD_PACKETS];
    }

    /** Worker threads ask for each packet. */
    TunnelPhase phase() {
        return phase;
    }

    /** Null in inline mode, and before the tunnel is active. */
    TunnelInterfaces interfaces() {
        return interfaces;
    }

    void droppedByHandler(int worker) {
        add(worker, DROPPED_BY_HANDLER, 1);
    }

    private void add(int worker, int counter, long n) {
        int index = worker * ROW + counter;
        VALUE.setOpaque(rows, index, rows[index] + n);
    }

    private long sum(int counter) {
        long sum = 0;
        for (int index = counter; index < rows.length; index += ROW) {
            sum += (long) VALUE.getOpaque(rows, index);
        }
        return sum;
    }

    long idleNs(long nowNs) {
        long idle = Long.MAX_VALUE;
        for (int index = LAST_PACKET_NS; index < rows.length; index += ROW) {
            idle = Math.min(idle, nowNs - (long) VALUE.getOpaque(rows, index));
        }
        return Math.max(0, idle);
    }

    /** Of either direction, or when the tunnel was made. */
    long lastPacketNs(long nowNs) {
        return nowNs - idleNs(nowNs);
    }

    long receivedPackets() {
        return sum(RECEIVED_PACKETS);
    }

    /** What the manager remembers about this tunnel. */
    TunnelLife life() {
        return life;
    }

    /** Control thread only. */
    void enter(TunnelPhase next) {
        phase = next;
    }

    /** The interfaces are open, or null if the mode has none: packets may pass. Control thread only. */
    void activate(TunnelInterfaces opened) {
        interfaces = opened;
        phase = TunnelPhase.ACTIVE;
    }

    @Override
    public long endpointId() {
        return endpointId;
    }

    @Override
    public TunnelMode mode() {
        return mode;
    }

    @Override
    public String name() {
        return "vpce-" + EndpointId.toHex(endpointId);
    }

    @Override
    public Instant createdAt() {
        return createdAt;
    }

    @Override
    public TunnelStats stats() {
        return new TunnelStats(endpointId, mode, phase, sum(RECEIVED_PACKETS), sum(RECEIVED_BYTES), sum(DELIVERED_PACKETS),
                sum(DELIVERED_BYTES), sum(FORWARDED_PACKETS), sum(FORWARDED_BYTES), sum(DROPPED_BY_HANDLER), sum(HELD_PACKETS),
                idleNs(clock.getAsLong()));
    }

    @Override
    public String toString() {
        return name();
    }
}
