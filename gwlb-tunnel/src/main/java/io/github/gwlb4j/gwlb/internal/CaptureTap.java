package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.capture.CaptureContent;
import io.github.gwlb4j.gwlb.capture.CaptureDirection;
import io.github.gwlb4j.gwlb.capture.CaptureQueue;
import io.github.gwlb4j.gwlb.capture.CaptureVerdict;
import io.github.gwlb4j.gwlb.capture.CapturedPacket;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.concurrent.TimeUnit;

/**
 * Copies a worker's packets to the capture, as they are when it is known what becomes of them: inline those that are forwarded; in the
 * other modes those that go into the interface and those that come back; and those that are dropped, if the capture wants them.
 * Belongs to one worker.
 */
final class CaptureTap {
    private final DatagramPort port;
    private final CaptureQueue queue;
    private final GwlbDecoder decoder;
    private final IpPacket inner = new IpPacket();
    private final CapturedPacket packet = new CapturedPacket();
    private final boolean isOuter;
    private final boolean includesDropped;
    /** For each datagram of a batch what the handler noted. */
    private final String[] notes = new String[HeldPackets.MAX_DATAGRAMS];
    /** What to add to monotonic time to get wall-clock time. */
    private long wallClockOffsetNs;

    private CaptureTap(PacketCapture capture, DatagramPort port, int optionClass) {
        this.port = port;
        this.queue = capture.newQueue();
        this.decoder = new GwlbDecoder(optionClass);
        this.isOuter = capture.content() == CaptureContent.OUTER;
        this.includesDropped = capture.includesDropped();
    }

    /** A tap, or null if nothing is captured. */
    static CaptureTap of(PacketCapture capture, DatagramPort port, int optionClass) {
        return capture == null ? null : new CaptureTap(capture, port, optionClass);
    }

    /** Follows changes of the wall clock; now and then. */
    void adjustClock(long nowNs) {
        wallClockOffsetNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - nowNs;
    }

    /** What the handler says about a datagram of the batch that is being judged. */
    void note(int i, String note) {
        notes[i] = note;
    }

    /** A datagram from the load balancer was forwarded or delivered. */
    void passed(DatagramBatch batch, int i, CaptureVerdict verdict, long nowNs) {
        offer(verdict == CaptureVerdict.FORWARDED ? CaptureDirection.SENT : CaptureDirection.RECEIVED, verdict, null, takeNote(i), batch, i,
                nowNs);
    }

    /** A datagram from the load balancer was dropped; the reason is null if the handler did. */
    void dropped(DatagramBatch batch, int i, DropReason reason, long nowNs) {
        String note = takeNote(i);
        if (includesDropped) {
            offer(CaptureDirection.RECEIVED, CaptureVerdict.DROPPED, reason, note, batch, i, nowNs);
        }
    }

    private String takeNote(int i) {
        String note = notes[i];
        if (note != null) {
            notes[i] = null;
        }
        return note;
    }

    /** A datagram goes to the load balancer that did not come from it: out of an interface, or made by the handler. */
    void sent(DatagramBatch batch, int i, long nowNs) {
        offer(CaptureDirection.SENT, CaptureVerdict.FORWARDED, null, null, batch, i, nowNs);
    }

    /** A full queue drops and counts the copy. What is too long for UDP is not copied: it is never sent either. */
    private void offer(CaptureDirection direction, CaptureVerdict verdict, DropReason reason, String note, DatagramBatch batch, int i,
                       long nowNs) {
        if (batch.length(i) > CaptureQueue.MAX_DATAGRAM_BYTES) {
            return;
        }
        boolean isDecoded = decoder.decode(batch.buffer(), batch.offset(i), batch.length(i)) == GeneveStatus.OK;
        packet.begin(direction).verdict(verdict, reason).note(note);
        if (isDecoded) {
            packet.tunnel(decoder.options()).inner(innerOrNull(batch));
        }
        long wallClockNs = nowNs + wallClockOffsetNs;
        if (isOuter) {
            boolean isReceived = direction == CaptureDirection.RECEIVED;
            int local = port.localIpv4(batch.origin(i));
            int peer = (int) batch.peerLow(i);
            queue.offerDatagram(packet, wallClockNs, batch.buffer(), batch.offset(i), batch.length(i), isReceived ? peer : local,
                    isReceived ? local : peer, batch.peerPort(i), port.localPort());
        } else if (isDecoded) {
            queue.offerPacket(packet, wallClockNs, batch.buffer(), decoder.header().payloadOffset(), decoder.header().payloadLength());
        }
    }

    private IpPacket innerOrNull(DatagramBatch batch) {
        PacketStatus status = inner.wrap(batch.buffer(), decoder.header().payloadOffset(), decoder.header().payloadLength());
        return status == PacketStatus.OK ? inner : null;
    }
}
