package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Ecn;
import java.nio.ByteBuffer;

/**
 * The packets that a worker makes itself: those that its handler injects, and the ICMP errors of {@link TooBigAnswers}. They wait here
 * until the batch that they are about has been sent, so that they do not overtake it.
 *
 * <p>Belongs to one worker. Takes its memory at the start: a place each, and bytes for {@link #USUAL_BYTES} each and one of the
 * largest; what finds no room is refused.
 */
final class InjectQueue {
    private static final int USUAL_BYTES = 1024;
    private static final int LARGEST_BYTES = Geneve.MAX_HEADER_LENGTH + 65_535;

    private final DatagramPort port;
    private final WorkerCounters counters;
    private final CaptureTap capture;
    private final DatagramBatch waiting;
    /** For each one that waits whether it is the worker's own ICMP error. */
    private final boolean[] isAnswer;
    private final OfferedPacket offered;
    private int usedBytes;
    private int failures;

    /** The capture is null if nothing is captured. */
    InjectQueue(int packets, int tunnelMtu, DatagramPort port, WorkerCounters counters, CaptureTap capture) {
        this.port = port;
        this.counters = counters;
        this.capture = capture;
        this.offered = new OfferedPacket(tunnelMtu);
        this.waiting = new DatagramBatch(ByteBuffer.allocateDirect(bytesFor(packets)), packets, 0);
        this.isAnswer = new boolean[packets];
    }

    /** How much memory a queue of so many packets takes. */
    static int bytesFor(int packets) {
        return packets * USUAL_BYTES + LARGEST_BYTES;
    }

    /** Takes a copy of a packet of the handler's, to go this way; its bytes may stand anywhere. */
    InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath way) {
        InjectStatus status = queue(packet, offset, length, way);
        failures += status == InjectStatus.QUEUED ? 0 : 1;
        return status;
    }

    private InjectStatus queue(ByteBuffer packet, int offset, int length, ReturnPath way) {
        if (!offered.wrap(packet, offset, length) || !way.carries(offered.version())) {
            return InjectStatus.MALFORMED;
        }
        if (offered.isTooLarge()) {
            return InjectStatus.TOO_LARGE;
        }
        int at = reserve(way.headerLength() + offered.length());
        if (at < 0) {
            return InjectStatus.QUEUE_FULL;
        }
        waiting.buffer().put(at + way.headerLength(), packet, offset, offered.length());
        add(at, offered.length(), way, false);
        waiting.setTrafficClass(waiting.size() - 1, Ecn.encapsulate(offered.trafficClass() & Ecn.CE));
        return InjectStatus.QUEUED;
    }

    /** Finds room for header and packet: where it starts in {@link #buffer()}, or -1. Nothing is taken until {@link #addAnswer}. */
    int reserve(int bytes) {
        return waiting.size() < waiting.capacity() && bytes <= waiting.buffer().capacity() - usedBytes ? usedBytes : -1;
    }

    ByteBuffer buffer() {
        return waiting.buffer();
    }

    /** Takes an ICMP error of the worker's own, which stands behind where its header goes. */
    void addAnswer(int at, int packetLength, ReturnPath way) {
        add(at, packetLength, way, true);
    }

    private void add(int at, int packetLength, ReturnPath way, boolean answer) {
        int i = waiting.size();
        int length = way.headerLength() + packetLength;
        waiting.buffer().put(at, way.header(), way.headerOffset(), way.headerLength());
        waiting.addAt(at, length, way.origin(), way.peerHigh(), way.peerLow(), way.peerPort());
        waiting.markReply(i);
        isAnswer[i] = answer;
        usedBytes = at + length;
    }

    /** An injection that did not get as far as this queue. */
    void noteFailure() {
        failures++;
    }

    /** Sends what waits, and counts it. */
    void flush(long nowNs) {
        if (waiting.size() == 0 && failures == 0) {
            return;
        }
        for (int i = 0; capture != null && i < waiting.size(); i++) {
            capture.sent(waiting, i, nowNs);
        }
        port.reply(waiting, nowNs);
        count();
        waiting.clear();
        usedBytes = 0;
        failures = 0;
    }

    private void count() {
        int answers = 0;
        int injected = 0;
        for (int i = 0; i < waiting.size(); i++) {
            boolean isSent = waiting.result(i) == SendResult.SENT;
            answers += isSent && isAnswer[i] ? 1 : 0;
            injected += isSent && !isAnswer[i] ? 1 : 0;
            failures += isSent || isAnswer[i] ? 0 : 1;
        }
        counters.beginBatch();
        counters.packetTooBigSent(answers);
        counters.injected(injected, failures);
        counters.endBatch();
    }
}
