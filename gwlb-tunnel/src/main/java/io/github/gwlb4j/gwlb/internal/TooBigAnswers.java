package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.IcmpErrorStatus;
import io.github.gwlb4j.packet.IcmpErrorWriter;
import io.github.gwlb4j.packet.IpPacket;

/**
 * Tells senders that their packets are too large for the tunnel, through the load balancer, with the GENEVE header of the
 * packet's own flow: it accepts nothing else. At a limited rate. Belongs to one worker.
 */
final class TooBigAnswers {
    private final int mtu;
    private final RateLimit limit;
    private final InjectQueue queue;

    /** With a rate of 0 nothing is ever said. */
    TooBigAnswers(int mtu, int perSecond, InjectQueue queue, long nowNs) {
        this.mtu = mtu;
        this.limit = perSecond == 0 ? null : new RateLimit(perSecond, nowNs);
        this.queue = queue;
    }

    /** Prepares an answer to a packet that is too large, if it may have one and the rate allows it; it goes the packet's own way. */
    void about(IpPacket packet, ReturnPath way, long nowNs) {
        if (limit == null || IcmpErrorWriter.packetTooBigStatus(packet) != IcmpErrorStatus.OK) {
            return;
        }
        int at = queue.reserve(way.headerLength() + IcmpErrorWriter.MAX_LENGTH);
        if (at >= 0 && limit.tryAcquire(nowNs)) {
            queue.addAnswer(at, IcmpErrorWriter.writePacketTooBig(packet, mtu, queue.buffer(), at + way.headerLength()), way);
        }
    }
}
