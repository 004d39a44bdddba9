package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.capture.CaptureContent;
import io.github.gwlb4j.gwlb.capture.CaptureDirection;
import io.github.gwlb4j.gwlb.capture.CaptureQueue;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import java.util.concurrent.TimeUnit;

/**
 * Copies a worker's packets to the capture: inline those that are forwarded, as they are sent; in the other modes those that go into
 * the interface and those that come back. Belongs to one worker.
 */
final class CaptureTap {
    private final DatagramPort port;
    private final CaptureQueue queue;
    private final GwlbDecoder decoder;
    private final boolean isOuter;
    /** What to add to monotonic time to get wall-clock time. */
    private long wallClockOffsetNs;

    private CaptureTap(PacketCapture capture, DatagramPort port, int optionClass) {
        this.port = port;
        this.queue = capture.newQueue();
        this.decoder = new GwlbDecoder(optionClass);
        this.isOuter = capture.content() == CaptureContent.OUTER;
    }

    /** A tap, or null if nothing is captured. */
    static CaptureTap of(PacketCapture capture, DatagramPort port, int optionClass) {
        return capture == null ? null : new CaptureTap(capture, port, optionClass);
    }

    /** Follows changes of the wall clock; now and then. */
    void adjustClock(long nowNs) {
        wallClockOffsetNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - nowNs;
    }

    void received(DatagramBatch batch, int i, long nowNs) {
        offer(CaptureDirection.RECEIVED, batch, i, nowNs);
    }

    void sent(DatagramBatch batch, int i, long nowNs) {
        offer(CaptureDirection.SENT, batch, i, nowNs);
    }

    /** A full queue drops and counts the copy. What is too long for UDP is not copied: it is never sent either. */
    private void offer(CaptureDirection direction, DatagramBatch batch, int i, long nowNs) {
        if (batch.length(i) > CaptureQueue.MAX_DATAGRAM_BYTES) {
            return;
        }
        long wallClockNs = nowNs + wallClockOffsetNs;
        if (isOuter) {
            boolean isReceived = direction == CaptureDirection.RECEIVED;
            int local = port.localIpv4(batch.origin(i));
            int peer = (int) batch.peerLow(i);
            queue.offerDatagram(direction, wallClockNs, batch.buffer(), batch.offset(i), batch.length(i), isReceived ? peer : local,
                    isReceived ? local : peer, batch.peerPort(i), port.localPort());
        } else if (decoder.decode(batch.buffer(), batch.offset(i), batch.length(i)) == GeneveStatus.OK) {
            queue.offerPacket(direction, wallClockNs, batch.buffer(), decoder.header().payloadOffset(),
                    decoder.header().payloadLength(), decoder.options().endpointId(), decoder.options().flowCookie());
        }
    }
}
