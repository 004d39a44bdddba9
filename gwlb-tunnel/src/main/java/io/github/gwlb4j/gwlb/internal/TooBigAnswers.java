package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.IcmpErrorStatus;
import io.github.gwlb4j.packet.IcmpErrorWriter;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;

/**
 * Tells senders that their packets are too large for the tunnel, through the load balancer, with the GENEVE header of the
 * packet's own flow: it accepts nothing else. At a limited rate. Belongs to one worker.
 */
final class TooBigAnswers {
    private static final int BATCH = 16;
    private static final int SLOT_BYTES = Geneve.MAX_HEADER_LENGTH + IcmpErrorWriter.MAX_LENGTH;

    private final int mtu;
    private final RateLimit limit;
    private final DatagramBatch answers;

    /** With a rate of 0 nothing is ever said. */
    TooBigAnswers(int mtu, int perSecond, long nowNs) {
        this.mtu = mtu;
        this.limit = perSecond == 0 ? null : new RateLimit(perSecond, nowNs);
        this.answers = perSecond == 0 ? null : new DatagramBatch(BATCH, SLOT_BYTES);
    }

    /**
     * Prepares an answer, if the packet may have one and the rate allows it.
     *
     * @param packet       that is too large
     * @param header       buffer with the GENEVE header of its flow
     * @param headerOffset where that starts
     * @param headerLength its length in bytes
     * @param origin       the transport's note of the local socket
     * @param peerHigh     upper half of the load balancer's address
     * @param peerLow      lower half of it
     * @param peerPort     the flow's outer source port
     * @param nowNs        monotonic time
     */
    void about(IpPacket packet, ByteBuffer header, int headerOffset, int headerLength, int origin, long peerHigh, long peerLow,
               int peerPort, long nowNs) {
        boolean mayBeAnswered = limit != null && answers.size() < answers.capacity()
                && IcmpErrorWriter.packetTooBigStatus(packet) == IcmpErrorStatus.OK;
        if (!mayBeAnswered || !limit.tryAcquire(nowNs)) {
            return;
        }
        int at = answers.nextSlot();
        int length = IcmpErrorWriter.writePacketTooBig(packet, mtu, answers.buffer(), at + headerLength);
        answers.buffer().put(at, header, headerOffset, headerLength);
        answers.add(headerLength + length, origin, peerHigh, peerLow, peerPort);
        answers.markReply(answers.size() - 1);
    }

    /** Sends what has been prepared; answers how many the system took. */
    int send(DatagramPort port, long nowNs) {
        if (answers == null || answers.size() == 0) {
            return 0;
        }
        port.reply(answers, nowNs);
        int sent = 0;
        for (int i = 0; i < answers.size(); i++) {
            sent += answers.result(i) == SendResult.SENT ? 1 : 0;
        }
        answers.clear();
        return sent;
    }
}
