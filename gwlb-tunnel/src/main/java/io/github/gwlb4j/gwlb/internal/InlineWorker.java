package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.function.LongSupplier;

/**
 * A packet's life in inline mode, from {@link #doWork} downwards: receive a batch, judge each datagram, send those that go
 * back, count every one exactly once.
 *
 * <p>Belongs to one thread, which is outside: a test steps it by hand. No allocation, no lock, no log line for a packet. The
 * packet carries its own GENEVE header, so the bytes received are the bytes sent: nothing is copied and no flow table is
 * needed.
 */
public final class InlineWorker {
    private final int index;
    private final DatagramPort port;
    private final DatagramBatch batch;
    private final GwlbDecoder decoder;
    private final PacketView view;
    private final Admission admission;
    private final TunnelManager tunnels;
    private final PacketHandler handler;
    private final HandlerFailures failures;
    private final LongSupplier clock;
    private final boolean isPoisoning;
    private final WorkerCounters counters = new WorkerCounters();
    /** For each datagram of the batch: why it was dropped, or null; and its tunnel, or null if it did not get that far. */
    private final DropReason[] dropped;
    private final TunnelState[] tunnelOf;
    private final int[] innerLength;
    private volatile long lastWorkNs;

    /**
     * Puts a worker together.
     *
     * @param index       from 0
     * @param port        this worker's edge to the network
     * @param batch       this worker's buffers
     * @param optionClass class of the load balancer's options
     * @param admission   who may send
     * @param tunnels     shared by all workers
     * @param handler     this worker's handler
     * @param failures    what to do when the handler throws
     * @param clock       monotonic nanoseconds
     * @param isPoisoning whether to overwrite a batch once it is done, so that kept views are noticed
     */
    public InlineWorker(int index, DatagramPort port, DatagramBatch batch, int optionClass, Admission admission, TunnelManager tunnels,
                        PacketHandler handler, HandlerFailures failures, LongSupplier clock, boolean isPoisoning) {
        this.index = index;
        this.port = port;
        this.batch = batch;
        this.decoder = new GwlbDecoder(optionClass);
        this.view = new PacketView(decoder);
        this.admission = admission;
        this.tunnels = tunnels;
        this.handler = handler;
        this.failures = failures;
        this.clock = clock;
        this.isPoisoning = isPoisoning;
        this.dropped = new DropReason[batch.capacity()];
        this.tunnelOf = new TunnelState[batch.capacity()];
        this.innerLength = new int[batch.capacity()];
        this.lastWorkNs = clock.getAsLong();
    }

    /**
     * Handles what has arrived, without waiting.
     *
     * @return how many datagrams that was
     */
    public int doWork() {
        int count = port.receive(batch);
        if (count == 0) {
            return 0;
        }
        long nowNs = clock.getAsLong();
        for (int i = 0; i < count; i++) {
            tunnelOf[i] = null;
            dropped[i] = judge(i, nowNs);
        }
        port.reply(batch, nowNs);
        count(count, nowNs);
        if (isPoisoning) {
            batch.poison();
        }
        lastWorkNs = nowNs;
        return count;
    }

    /** Sender, header, options, inner packet, tunnel, handler; null if the datagram goes back or the handler dropped it. */
    private DropReason judge(int i, long nowNs) {
        if (!admission.admitsSource(batch.peerHigh(i), batch.peerLow(i))) {
            return DropReason.SOURCE_NOT_ALLOWED;
        }
        GeneveStatus status = decoder.decode(batch.buffer(), batch.offset(i), batch.length(i));
        if (status != GeneveStatus.OK) {
            return DropReasons.of(status);
        }
        GeneveHeader header = decoder.header();
        PacketStatus innerStatus = view.inner().wrap(batch.buffer(), header.payloadOffset(), header.payloadLength());
        if (innerStatus != PacketStatus.OK) {
            return DropReasons.of(innerStatus);
        }
        TunnelState tunnel = tunnels.tunnelOf(decoder.options().endpointId());
        if (tunnel == null) {
            return admission.admitsEndpoint(decoder.options().endpointId()) ? DropReason.TUNNEL_LIMIT : DropReason.ENDPOINT_NOT_ALLOWED;
        }
        tunnelOf[i] = tunnel;
        innerLength[i] = view.inner().totalLength();
        view.show(tunnel, nowNs);
        Verdict verdict = askHandler();
        if (verdict == null) {
            return DropReason.HANDLER_FAILED;
        }
        if (verdict == Verdict.FORWARD) {
            batch.markReply(i);
        }
        return null;
    }

    private Verdict askHandler() {
        try {
            Verdict verdict = handler.onPacket(view);
            return verdict != null ? verdict : failures.onNull();
        } catch (Throwable e) {
            return failures.onThrown(e);
        }
    }

    private void count(int count, long nowNs) {
        counters.beginBatch();
        try {
            for (int i = 0; i < count; i++) {
                int bytes = batch.length(i);
                TunnelState tunnel = tunnelOf[i];
                counters.received(bytes);
                if (tunnel != null) {
                    tunnel.received(index, innerLength[i], nowNs);
                }
                if (dropped[i] != null) {
                    counters.dropped(dropped[i]);
                } else if (!batch.isReply(i)) {
                    counters.droppedByHandler();
                    tunnel.droppedByHandler(index);
                } else if (batch.result(i) == SendResult.SENT) {
                    counters.forwarded(bytes);
                    tunnel.forwarded(index, innerLength[i]);
                } else {
                    counters.dropped(DropReasons.of(batch.result(i)));
                }
            }
        } finally {
            counters.endBatch(); // or whoever reads them would wait for ever
        }
    }

    /** Gives the network edge a moment for its own timers. On the worker's thread, about once a second and when idle. */
    void expire() {
        port.expire(clock.getAsLong());
    }

    /**
     * This worker's counters.
     *
     * @return written by this worker, read by anyone
     */
    public WorkerCounters counters() {
        return counters;
    }

    /**
     * The handler given at construction.
     *
     * @return this worker's own
     */
    public PacketHandler handler() {
        return handler;
    }

    DatagramPort port() {
        return port;
    }

    /**
     * When this worker last had something to do. From any thread.
     *
     * @return monotonic time in nanoseconds
     */
    public long lastWorkNs() {
        return lastWorkNs;
    }
}
