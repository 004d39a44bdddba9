package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.capture.CaptureVerdict;
import io.github.gwlb4j.gwlb.internal.BatchFates.Fate;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Ecn;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.tun.PacketBatch;
import java.util.function.LongSupplier;

/**
 * The life of a packet from the load balancer, from {@link #doWork} downwards: receive a batch, judge each datagram, send back
 * those that go back, count every one exactly once. Inline, a packet carries its own GENEVE header, so the bytes received are
 * the bytes sent: nothing is copied and no flow table is needed. In the other modes {@link InterfaceWriter} takes it, and
 * {@link InterfaceReader} shows the life of a packet on its way back.
 *
 * <p>Belongs to one thread, which is outside: a test steps it by hand. No allocation, no lock, no log line for a packet.
 */
public final class Worker {
    /** The more, the more often packets of one flow are found beside each other, and the fewer times the kernel comes between and empties the caches; but replies leave when all were judged. */
    private static final int SLOTS = 128;
    /** More than slots: the system may hand over many datagrams as one, to be taken apart. */
    private static final int DATAGRAMS = 512;
    /** Any UDP payload fits, so nothing is ever cut off unnoticed; three cache lines more, or all headers would compete for the same few places of a cache. */
    private static final int SLOT_BYTES = 65_536 + 3 * 64;

    private final int index;
    private final DatagramPort port;
    private final PacketRules rules;
    private final Admission admission;
    private final TunnelManager tunnels;
    private final LongSupplier clock;
    private final GwlbDecoder decoder;
    private final PacketView view;
    private final TcpHeader tcp = new TcpHeader();
    private final WorkerCounters counters = new WorkerCounters();
    private final PacketBatch frame;
    private final DatagramBatch batch;
    private final InjectQueue injected;
    private final HandlerHost host;
    private final TooBigAnswers tooBig;
    /** Null if nothing is captured. */
    private final CaptureTap capture;
    /** Null if no endpoint can have interfaces. */
    private final InterfaceWriter writer;
    private final InterfaceReader reader;
    private final HeldPackets held;
    /** Null if no inline flows are tracked. */
    private final LookAhead lookAhead;
    private final BatchFates fates;
    private int heldEpoch;
    private volatile long lastWorkNs;

    /**
     * Takes all the memory that the worker will ever use.
     *
     * @param index   from 0
     * @param port    this worker's edge to the network
     * @param rules   settings of the packet path
     * @param shared  what it shares with the other workers
     * @param handler this worker's handler
     * @param clock   monotonic nanoseconds
     */
    Worker(int index, DatagramPort port, PacketRules rules, SharedState shared, PacketHandler handler, LongSupplier clock) {
        this.index = index;
        this.port = port;
        this.rules = rules;
        this.admission = shared.admission();
        this.tunnels = shared.tunnels();
        this.clock = clock;
        this.decoder = new GwlbDecoder(rules.optionClass());
        this.frame = new PacketBatch(DATAGRAMS, SLOTS * SLOT_BYTES + rules.rewriteBytes());
        this.batch = new DatagramBatch(frame.buffer(), DATAGRAMS, SLOTS, SLOT_BYTES);
        this.capture = CaptureTap.of(shared.capture(), port, rules.optionClass());
        this.injected = new InjectQueue(rules.injectQueue(), rules.tunnelMtu(), port, counters, capture);
        this.host = new HandlerHost(index, handler, rules, shared, injected, counters, clock, port::wakeUp);
        this.view = new PacketView(decoder, injected, host.tracker(), capture, frame.buffer(), SLOTS * SLOT_BYTES, HeldPackets.MAX_DATAGRAMS,
                rules.tunnelMtu());
        this.fates = new BatchFates(index, counters, view.replacement(), HeldPackets.MAX_DATAGRAMS);
        this.tooBig = new TooBigAnswers(rules.tunnelMtu(), rules.tooBigPerSecond(), injected, clock.getAsLong());
        boolean hasInterfaces = shared.readable() != null;
        this.writer = hasInterfaces ? new InterfaceWriter(index, HeldPackets.MAX_DATAGRAMS, shared) : null;
        this.reader = hasInterfaces ? new InterfaceReader(index, port, rules, shared, counters, tooBig, injected, capture) : null;
        this.held = hasInterfaces ? new HeldPackets(index, rules.heldPackets(), rules.heldBytes()) : null;
        this.lookAhead = host.tracker() == null ? null
                : new LookAhead(host.tracker(), rules.optionClass(), HeldPackets.MAX_DATAGRAMS);
        this.lastWorkNs = clock.getAsLong();
        expire();
    }

    /** What a worker takes of direct memory, but for headers and the like. */
    static long directMemoryBytes(PacketRules rules, boolean hasInterfaces) {
        long bytes = SLOTS * SLOT_BYTES + rules.rewriteBytes() + InjectQueue.bytesFor(rules.injectQueue());
        return hasInterfaces ? bytes + InterfaceReader.DIRECT_MEMORY_BYTES + 2L * rules.heldBytes() : bytes;
    }

    /**
     * Handles what has arrived on either side, without waiting.
     *
     * @return how many packets that was
     */
    public int doWork() {
        int received = port.receive(batch); // takes note of a wake-up, so what that was about is looked at afterwards
        int count = received + releaseHeld();
        if (received > 0) {
            handle(batch, frame, true);
        }
        if (reader != null) {
            count += reader.doWork(clock.getAsLong());
        }
        long nowNs = clock.getAsLong();
        if (count > 0) {
            lastWorkNs = nowNs; // timers do not count: an appliance that drains waits for packets only
        }
        return count + host.doWork(nowNs);
    }

    /** Handles what it has taken from the system already, so that no packet is in this worker any more but those whose tunnels are still being made. */
    void finishReceived() {
        while (port.hasUndelivered()) {
            doWork();
        }
        releaseHeld(); // a tunnel may be ready that was not when the worker last looked
    }

    /** Judges held packets anew when a tunnel has moved on. Those that still wait are held again. */
    private int releaseHeld() {
        if (held == null || heldEpoch == tunnels.epoch()) {
            return 0;
        }
        heldEpoch = tunnels.epoch();
        if (held.isEmpty()) {
            return 0;
        }
        DatagramBatch waiting = held.takeAll();
        handle(waiting, held.takenFrame(), false);
        return waiting.size();
    }

    private void handle(DatagramBatch datagrams, PacketBatch frames, boolean isFresh) {
        long nowNs = clock.getAsLong();
        view.replacement().begin();
        if (lookAhead != null) {
            lookAhead.fetch(datagrams);
        }
        for (int i = 0; i < datagrams.size(); i++) {
            fates.judged(i, judge(datagrams, i, nowNs));
        }
        if (writer != null) {
            writer.flush(datagrams, frames, fates.dropped(), nowNs);
        }
        port.reply(datagrams, nowNs);
        if (capture != null) {
            capture(datagrams, nowNs);
        }
        count(datagrams, isFresh, nowNs);
        injected.flush(nowNs);
        if (rules.isPoisoning()) {
            datagrams.poison();
        }
    }

    /** Finds the tunnel, whose mode decides. Null unless the datagram is dropped for a reason. */
    private DropReason judge(DatagramBatch datagrams, int i, long nowNs) {
        DropReason refusal = findTunnel(datagrams, i);
        if (refusal != null) {
            fates.hasNoTunnel(i);
            return refusal;
        }
        TunnelState tunnel = fates.tunnel(i);
        IpPacket inner = view.inner();
        fates.innerLength(i, inner.totalLength());
        int outerClass = datagrams.trafficClass(i);
        if (outerClass > 0 && !PacketEditor.applyOuterEcn(inner, outerClass & Ecn.CE)) {
            return DropReason.CONGESTION_EXPERIENCED;
        }
        return tunnel.mode().isInline() ? askHandler(datagrams, i, tunnel, nowNs) : pass(datagrams, i, tunnel, nowNs);
    }

    /** Sender, header, options, inner packet, tunnel. Null unless the datagram is dropped for a reason. */
    private DropReason findTunnel(DatagramBatch datagrams, int i) {
        if (!admission.admitsSource(datagrams.peerHigh(i), datagrams.peerLow(i))) {
            return DropReason.SOURCE_NOT_ALLOWED;
        }
        GeneveStatus status = decoder.decode(datagrams.buffer(), datagrams.offset(i), datagrams.length(i));
        if (status != GeneveStatus.OK) {
            return DropReasons.of(status);
        }
        GeneveHeader header = decoder.header();
        PacketStatus innerStatus = view.inner().wrap(datagrams.buffer(), header.payloadOffset(), header.payloadLength());
        if (innerStatus != PacketStatus.OK) {
            return DropReasons.of(innerStatus);
        }
        long endpointId = decoder.options().endpointId();
        TunnelState tunnel = tunnels.tunnelOf(endpointId);
        if (tunnel == null) {
            return admission.admitsEndpoint(endpointId) ? DropReason.TUNNEL_LIMIT : DropReason.ENDPOINT_NOT_ALLOWED;
        }
        fates.hasTunnel(i, tunnel);
        return null;
    }

    // ---- inline: the handler decides

    private DropReason askHandler(DatagramBatch datagrams, int i, TunnelState tunnel, long nowNs) {
        view.show(tunnel, datagrams, i, nowNs);
        Verdict verdict = host.verdict(view);
        if (verdict == null) {
            return DropReason.HANDLER_FAILED;
        }
        if (verdict == Verdict.DROP) {
            fates.note(i, Fate.DROPPED_BY_HANDLER);
            return null;
        }
        IpPacket inner = view.inner();
        if (fates.innerLength(i) + view.replacement().innerGrowth(i) > rules.tunnelMtu()) {
            tooBig.about(inner, view.way(), nowNs);
            return DropReason.PACKET_TOO_LARGE;
        }
        clampMss(inner);
        if (tunnel.mode() == TunnelMode.INLINE_WITH_TAP && tunnel.phase() == TunnelPhase.ACTIVE) {
            writer.tap(tunnel, inner, i);
        }
        datagrams.setTrafficClass(i, inner.trafficClass() & Ecn.CE);
        datagrams.markReply(i);
        fates.note(i, Fate.REPLY);
        return null;
    }

    private void clampMss(IpPacket inner) {
        if (rules.isClampingMss()) {
            PacketEditor.clampMss(inner, tcp, rules.maximumSegment(inner.version()));
        }
    }

    // ---- the other modes: into the interface

    private DropReason pass(DatagramBatch datagrams, int i, TunnelState tunnel, long nowNs) {
        TunnelPhase phase = tunnel.phase();
        if (phase == TunnelPhase.FAILED) {
            return DropReason.TUNNEL_CREATION_FAILED;
        }
        if (phase != TunnelPhase.ACTIVE || mustQueueUp(tunnel)) {
            fates.note(i, Fate.HELD);
            return held.hold(tunnel, datagrams, i) ? null : DropReason.HELD_LIMIT;
        }
        clampMss(view.inner());
        fates.note(i, Fate.DELIVERED);
        writer.deliver(tunnel, view.inner(), i, nowNs);
        return null;
    }

    /** None may overtake those that are held for the tunnel, or for a predecessor that has just gone. */
    private boolean mustQueueUp(TunnelState tunnel) {
        return tunnel.heldBy(index) > 0 || !held.isEmpty() && heldEpoch != tunnels.epoch() && held.hasAnyOf(tunnel.endpointId());
    }

    // ---- capturing

    /** Copies each datagram now that it is known what became of it; what is held is judged, and captured, later. */
    private void capture(DatagramBatch datagrams, long nowNs) {
        for (int i = 0; i < datagrams.size(); i++) {
            DropReason reason = fates.dropped(i);
            if (reason != null) {
                capture.dropped(datagrams, i, reason, nowNs);
                continue;
            }
            switch (fates.fate(i)) {
                case REPLY -> {
                    if (datagrams.result(i) == SendResult.SENT) {
                        capture.passed(datagrams, i, CaptureVerdict.FORWARDED, nowNs);
                    } else {
                        capture.dropped(datagrams, i, DropReasons.of(datagrams.result(i)), nowNs);
                    }
                }
                case DELIVERED -> capture.passed(datagrams, i, CaptureVerdict.DELIVERED, nowNs);
                case DROPPED_BY_HANDLER -> capture.dropped(datagrams, i, null, nowNs);
                default -> { }
            }
        }
    }

    // ---- counting

    private void count(DatagramBatch datagrams, boolean isFresh, long nowNs) {
        counters.beginBatch();
        try {
            fates.count(datagrams, isFresh, nowNs);
            if (writer != null) {
                counters.tapped(writer.takeTapped(), writer.takeTapDrops());
            }
        } finally {
            counters.endBatch(); // or whoever reads them would wait for ever
        }
    }

    // ---- around the packet path

    /**
     * Waits until there is work, {@link #wakeUp} is called, or the time is over. May return early.
     *
     * @param timeoutNs at most this long
     */
    void await(long timeoutNs) {
        long boundedNs = host.boundWaitNs(timeoutNs);
        if (reader != null) {
            reader.await(boundedNs);
        } else {
            port.await(boundedNs);
        }
    }

    /** Ends a running or the next {@link #await}. From any thread. */
    void wakeUp() {
        port.wakeUp();
    }

    /** Gives the network edge a moment for its own timers. On the worker's thread, about once a second and when idle. */
    void expire() {
        port.expire(clock.getAsLong());
        if (capture != null) {
            capture.adjustClock(clock.getAsLong());
        }
    }

    /** Tells the handler that its worker runs; what it throws, this throws. On the worker's thread, before the first packet. */
    void start() {
        host.start();
    }

    /**
     * The handler's timers and flows have ended, no interface is read from any more, and what is held is counted as dropped. Once
     * the worker's thread has ended, or on it.
     */
    void retire() {
        host.retire();
        if (reader == null) {
            return;
        }
        reader.retire();
        int left = held.takeAll().size();
        counters.beginBatch();
        for (int i = 0; i < left; i++) {
            counters.held(-1);
            counters.dropped(DropReason.TUNNEL_CLOSED);
        }
        counters.endBatch();
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
        return host.handler();
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
