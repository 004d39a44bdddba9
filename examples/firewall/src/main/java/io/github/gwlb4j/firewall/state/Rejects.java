package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.packet.IcmpErrorWriter;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.packet.TcpResetWriter;
import java.nio.ByteBuffer;

/**
 * Tells senders that a packet of theirs was rejected: TCP with a reset, everything else with an ICMP error "administratively
 * prohibited". Belongs to one worker's thread; allocates nothing. So many a second and no more: beyond that, rejected packets are
 * dropped without a word, and a flood with forged sources is not passed on to their owners.
 */
final class Rejects {
    private final ByteBuffer answer = ByteBuffer.allocateDirect(IcmpErrorWriter.MAX_LENGTH);
    private final TcpHeader tcp = new TcpHeader();
    private TokenBucket allowance;
    private int perSecond;
    private volatile long sent;
    private volatile long suppressed;

    Rejects(int perSecond) {
        setPerSecond(perSecond);
    }

    void setPerSecond(int perSecond) {
        if (allowance == null || this.perSecond != perSecond) {
            this.perSecond = perSecond;
            allowance = new TokenBucket(perSecond);
        }
    }

    /** Tells the sender of a packet. */
    void toSender(GwlbPacket packet) {
        IpPacket inner = packet.inner();
        if (inner.fragmentOffset() != 0) {
            return; // its first fragment was answered
        }
        int length = tcp.wrap(inner) ? TcpResetWriter.writeToSender(inner, tcp, answer, 0) : IcmpErrorWriter.writeProhibited(inner, answer, 0);
        send(packet, length);
    }

    /** Tells both ends of a TCP connection, one of which has just sent a packet that does not pass. */
    void toBothEnds(GwlbPacket packet) {
        toSender(packet);
        IpPacket inner = packet.inner();
        if (tcp.wrap(inner)) {
            send(packet, TcpResetWriter.writeToReceiver(inner, tcp, answer, 0));
        }
    }

    /**
     * Sends another answer of the firewall's own.
     *
     * @return whether it goes out
     */
    boolean send(GwlbPacket packet, ByteBuffer bytes, int length) {
        if (length == 0) {
            return false;
        }
        boolean isSent = allowance.take(packet.receivedNs()) && packet.inject(bytes, 0, length) == InjectStatus.QUEUED;
        if (isSent) {
            sent++;
        } else {
            suppressed++;
        }
        return isSent;
    }

    private void send(GwlbPacket packet, int length) {
        send(packet, answer, length);
    }

    /** Answers sent. From any thread, a moment old. */
    long sent() {
        return sent;
    }

    /** Answers not sent: there were too many, or the library could not take them. From any thread, a moment old. */
    long suppressed() {
        return suppressed;
    }
}
