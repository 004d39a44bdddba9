package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowEnd;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;

/**
 * The counters of one worker. Written by that worker alone, between {@link #beginBatch} and {@link #endBatch}; read by
 * anyone.
 *
 * <p>A sequence number, odd while a batch is being counted, lets a reader take a snapshot in which the sums agree, without
 * the writer ever waiting (a seqlock). It costs the worker two stores for a batch.
 */
public final class WorkerCounters {
    private static final int RECEIVED_PACKETS = 0;
    private static final int RECEIVED_BYTES = 1;
    private static final int FORWARDED_PACKETS = 2;
    private static final int FORWARDED_BYTES = 3;
    private static final int DROPPED_BY_HANDLER = 4;
    private static final int READ_PACKETS = 5;
    private static final int READ_BYTES = 6;
    private static final int DELIVERED_PACKETS = 7;
    private static final int DELIVERED_BYTES = 8;
    private static final int HELD_PACKETS = 9;
    private static final int TAPPED_PACKETS = 10;
    private static final int TAP_DROPS = 11;
    private static final int PACKET_TOO_BIG_SENT = 12;
    private static final int INJECTED_PACKETS = 13;
    private static final int INJECT_FAILURES = 14;
    private static final int CALLBACK_FAILURES = 15;
    private static final int FLOWS_CREATED = 16;
    private static final int FLOWS_ENDED = 17;
    private static final int FLOWS_EXPIRED = 18;
    private static final int FLOWS_EVICTED = 19;
    private static final int FIRST_REASON = 20;
    private static final int COUNT = FIRST_REASON + DropReason.values().length;
    private static final DropReason[] REASONS = DropReason.values();
    private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SEQUENCE;

    static {
        try {
            SEQUENCE = MethodHandles.lookup().findVarHandle(WorkerCounters.class, "sequence", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long[] values = new long[COUNT];
    private long sequence;

    WorkerCounters() {
    }

    void beginBatch() {
        SEQUENCE.setOpaque(this, sequence + 1);
        VarHandle.storeStoreFence(); // a reader that sees any of this batch's counts also sees the odd number
    }

    void endBatch() {
        SEQUENCE.setRelease(this, sequence + 1);
    }

    void received(int packets, long bytes) {
        add(RECEIVED_PACKETS, packets);
        add(RECEIVED_BYTES, bytes);
    }

    void forwarded(int packets, long bytes) {
        add(FORWARDED_PACKETS, packets);
        add(FORWARDED_BYTES, bytes);
    }

    void droppedByHandler() {
        add(DROPPED_BY_HANDLER, 1);
    }

    /** Out of an interface. */
    void read(int packets, long bytes) {
        add(READ_PACKETS, packets);
        add(READ_BYTES, bytes);
    }

    /** Into an interface. */
    void delivered(int packets, long bytes) {
        add(DELIVERED_PACKETS, packets);
        add(DELIVERED_BYTES, bytes);
    }

    /** One more packet is held, or one less. */
    void held(int change) {
        add(HELD_PACKETS, change);
    }

    void tapped(int taken, int notTaken) {
        add(TAPPED_PACKETS, taken);
        add(TAP_DROPS, notTaken);
    }

    void packetTooBigSent(int count) {
        add(PACKET_TOO_BIG_SENT, count);
    }

    void injected(int sent, int failed) {
        add(INJECTED_PACKETS, sent);
        add(INJECT_FAILURES, failed);
    }

    /** Not part of any batch: nothing adds up to it. */
    void callbackFailed() {
        add(CALLBACK_FAILURES, 1);
    }

    /** A tracked flow has begun. Not part of any batch. */
    void flowCreated() {
        add(FLOWS_CREATED, 1);
    }

    /** A tracked flow has ended. Not part of any batch. */
    void flowEnded(FlowEnd end) {
        add(FLOWS_ENDED, 1);
        if (end == FlowEnd.EXPIRED) {
            add(FLOWS_EXPIRED, 1);
        } else if (end == FlowEnd.EVICTED) {
            add(FLOWS_EVICTED, 1);
        }
    }

    void dropped(DropReason reason) {
        add(FIRST_REASON + reason.ordinal(), 1);
    }

    private void add(int index, long n) {
        VALUE.setOpaque(values, index, values[index] + n);
    }

    /** A consistent copy of one worker's counters. */
    public static final class Snapshot {
        private final long[] values = new long[COUNT];

        Snapshot() {
        }

        /**
         * Datagrams received.
         *
         * @return 0 or more
         */
        public long receivedPackets() {
            return values[RECEIVED_PACKETS];
        }

        /**
         * Bytes received.
         *
         * @return 0 or more
         */
        public long receivedBytes() {
            return values[RECEIVED_BYTES];
        }

        /**
         * Datagrams sent back.
         *
         * @return 0 or more
         */
        public long forwardedPackets() {
            return values[FORWARDED_PACKETS];
        }

        /**
         * Bytes sent back.
         *
         * @return 0 or more
         */
        public long forwardedBytes() {
            return values[FORWARDED_BYTES];
        }

        /**
         * Datagrams that the handler dropped.
         *
         * @return 0 or more
         */
        public long droppedByHandler() {
            return values[DROPPED_BY_HANDLER];
        }

        /**
         * Packets read out of interfaces.
         *
         * @return 0 or more
         */
        public long readPackets() {
            return values[READ_PACKETS];
        }

        /**
         * Bytes read out of interfaces.
         *
         * @return 0 or more
         */
        public long readBytes() {
            return values[READ_BYTES];
        }

        /**
         * Packets written into interfaces.
         *
         * @return 0 or more
         */
        public long deliveredPackets() {
            return values[DELIVERED_PACKETS];
        }

        /**
         * Bytes written into interfaces.
         *
         * @return 0 or more
         */
        public long deliveredBytes() {
            return values[DELIVERED_BYTES];
        }

        /**
         * Packets held now.
         *
         * @return 0 or more
         */
        public long heldPackets() {
            return values[HELD_PACKETS];
        }

        /**
         * Copies that taps took.
         *
         * @return 0 or more
         */
        public long tappedPackets() {
            return values[TAPPED_PACKETS];
        }

        /**
         * Copies that taps did not take.
         *
         * @return 0 or more
         */
        public long tapDrops() {
            return values[TAP_DROPS];
        }

        /**
         * ICMP errors sent about packets that were too large.
         *
         * @return 0 or more
         */
        public long packetTooBigSent() {
            return values[PACKET_TOO_BIG_SENT];
        }

        /**
         * Packets of the handler's own that were sent.
         *
         * @return 0 or more
         */
        public long injectedPackets() {
            return values[INJECTED_PACKETS];
        }

        /**
         * Packets of the handler's own that could not be sent.
         *
         * @return 0 or more
         */
        public long injectFailures() {
            return values[INJECT_FAILURES];
        }

        /**
         * Times that a timer, a task or the end of a flow made the handler throw.
         *
         * @return 0 or more
         */
        public long callbackFailures() {
            return values[CALLBACK_FAILURES];
        }

        /**
         * Tracked flows held now.
         *
         * @return 0 or more
         */
        public long flows() {
            return values[FLOWS_CREATED] - values[FLOWS_ENDED];
        }

        /**
         * Tracked flows that have begun.
         *
         * @return 0 or more
         */
        public long flowsCreated() {
            return values[FLOWS_CREATED];
        }

        /**
         * Tracked flows that were silent for their timeout.
         *
         * @return 0 or more
         */
        public long flowsExpired() {
            return values[FLOWS_EXPIRED];
        }

        /**
         * Tracked flows that gave way to new ones.
         *
         * @return 0 or more
         */
        public long flowsEvicted() {
            return values[FLOWS_EVICTED];
        }

        /**
         * Adds the drops for each reason to a map.
         *
         * @param sums receives them
         */
        public void addDropsTo(Map<DropReason, Long> sums) {
            for (DropReason reason : REASONS) {
                sums.merge(reason, values[FIRST_REASON + reason.ordinal()], Long::sum);
            }
        }

        /**
         * Adds another worker's counters to these.
         *
         * @param other taken from another worker
         */
        public void add(Snapshot other) {
            for (int i = 0; i < COUNT; i++) {
                values[i] += other.values[i];
            }
        }
    }

    /**
     * Copies the counters between two batches. From any thread; waits for at most the counting of one batch.
     *
     * @return a copy in which the sums agree
     */
    public Snapshot snapshot() {
        Snapshot copy = new Snapshot();
        while (true) {
            long before = (long) SEQUENCE.getAcquire(this);
            for (int i = 0; i < COUNT; i++) {
                copy.values[i] = (long) VALUE.getOpaque(values, i);
            }
            VarHandle.loadLoadFence();
            if ((before & 1) == 0 && before == (long) SEQUENCE.getOpaque(this)) {
                return copy;
            }
            Thread.yield(); // the writer may share our processor
        }
    }
}
