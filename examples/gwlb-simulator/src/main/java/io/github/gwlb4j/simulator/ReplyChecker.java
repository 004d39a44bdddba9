package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.EnumSet;

/**
 * Finds the sent packet that a datagram is the reply to, and what is wrong with it. Not thread-safe.
 *
 * <p>The inner packet is the handle: it is looked up by hash, and of several equal ones the one whose header, port and node
 * fit best is taken. A datagram whose inner packet is unknown is compared with what is outstanding in its flow.
 */
final class ReplyChecker {
    /** Candidates looked at for one reply; more means thousands of equal packets, of which the oldest will do. */
    private static final int MAX_CANDIDATES = 256;
    private static final int MAX_WALK = 4096;
    private static final int SAME_INNER = 8;
    private static final int SAME_HEADER = 4;
    private static final int SAME_PORT = 2;
    private static final int SAME_NODE = 1;
    private static final int SAME_ALL = SAME_INNER | SAME_HEADER | SAME_PORT | SAME_NODE;
    /** Fewer changed bytes than this (addresses, ports and checksums of a NAT) still make it the same packet. */
    private static final int MAX_CHANGED_BYTES = 16;

    private final SentWindow window;
    private final InetAddress appliance;
    private final InnerPacketRule innerPacketRule;
    private final GwlbDecoder sentDecoder;
    private final GwlbDecoder returnedDecoder;
    private final EnumSet<ReplyFault> faults = EnumSet.noneOf(ReplyFault.class);

    ReplyChecker(SentWindow window, InetAddress appliance, InnerPacketRule innerPacketRule, int optionClass) {
        this.window = window;
        this.appliance = appliance;
        this.innerPacketRule = innerPacketRule;
        this.sentDecoder = new GwlbDecoder(optionClass);
        this.returnedDecoder = new GwlbDecoder(optionClass);
    }

    /**
     * Judges one datagram; {@link #faults()} tells what was found.
     *
     * @return the packet it is the reply to, before {@link SentWindow#returned} is called, or null
     */
    SentPacket check(ReceivedDatagram reply) {
        faults.clear();
        SentPacket sent = findByInnerPacket(reply);
        if (sent == null) {
            sent = findEdited(reply);
        }
        if (sent == null) {
            faults.add(ReplyFault.NEVER_SENT);
        } else {
            findFaults(sent, reply);
        }
        return sent;
    }

    /** What was wrong with the datagram checked last; the same set each time. */
    EnumSet<ReplyFault> faults() {
        return faults;
    }

    /**
     * An unanswered packet, unless a settled one fits better: endpoints may carry equal inner packets, and a duplicate of one
     * must not be taken for a wrong reply to the other.
     */
    private static SentPacket better(SentPacket outstanding, SentPacket settled, ReceivedDatagram reply) {
        if (outstanding == null || settled == null) {
            return outstanding == null ? settled : outstanding;
        }
        return score(settled.packet, reply) > score(outstanding.packet, reply) ? settled : outstanding;
    }

    private SentPacket findByInnerPacket(ReceivedDatagram reply) {
        SentPacket outstanding = bestOf(window.firstOutstanding(reply.innerHash()), reply);
        if (outstanding != null && score(outstanding.packet, reply) == SAME_ALL) {
            return outstanding;
        }
        return better(outstanding, bestOf(window.firstSettled(reply.innerHash()), reply), reply);
    }

    private static int score(OutboundPacket packet, ReceivedDatagram reply) {
        return (reply.hasInnerPacketOf(packet) ? SAME_INNER : 0) | (reply.hasHeaderOf(packet) ? SAME_HEADER : 0)
                | (reply.hasPortOf(packet.flow()) ? SAME_PORT : 0) | (reply.isAtNodeOf(packet.flow()) ? SAME_NODE : 0);
    }

    private static SentPacket bestOf(SentPacket first, ReceivedDatagram reply) {
        SentPacket best = null;
        int bestScore = -1;
        int examined = 0;
        for (SentPacket at = first; at != null && examined < MAX_CANDIDATES; at = at.next) {
            OutboundPacket packet = at.packet;
            if (packet.innerHash() != reply.innerHash() || packet.innerLength() != reply.innerLength()) {
                continue;
            }
            examined++;
            int score = score(packet, reply);
            if (score == SAME_ALL) {
                return at;
            }
            if (score > bestScore) {
                bestScore = score;
                best = at;
            }
        }
        return best;
    }

    /** The outstanding packet of the same flow that this one was made from: allowed by the rule, or else the most similar. */
    private SentPacket findEdited(ReceivedDatagram reply) {
        SentPacket best = null;
        int fewestChanges = Integer.MAX_VALUE;
        long end = Math.min(window.end(), window.oldestOutstanding() + MAX_WALK);
        for (long position = window.oldestOutstanding(); position < end; position++) {
            SentPacket sent = window.outstandingAt(position);
            if (sent == null || !isOfFlow(sent.packet, reply)) {
                continue;
            }
            if (isAllowedEdit(sent.packet, reply)) {
                return sent;
            }
            int changes = changedBytes(sent.packet, reply);
            if (changes <= Math.max(MAX_CHANGED_BYTES, sent.packet.innerLength() / 4) && changes < fewestChanges) {
                fewestChanges = changes;
                best = sent;
            }
        }
        return best;
    }

    private static boolean isOfFlow(OutboundPacket sent, ReceivedDatagram reply) {
        return reply.isAtNodeOf(sent.flow()) && (reply.hasPortOf(sent.flow()) || reply.hasHeaderOf(sent));
    }

    private boolean isAllowedEdit(OutboundPacket sent, ReceivedDatagram reply) {
        return innerPacketRule.isAllowed(
                slice(sent.datagram(), sent.headerLength(), sent.innerLength()),
                slice(reply.bytes(), reply.headerLength(), reply.innerLength()));
    }

    private static ByteBuffer slice(byte[] bytes, int offset, int length) {
        return ByteBuffer.wrap(bytes, offset, length).slice().asReadOnlyBuffer();
    }

    private static int changedBytes(OutboundPacket sent, ReceivedDatagram reply) {
        int common = Math.min(sent.innerLength(), reply.innerLength());
        int changes = Math.abs(sent.innerLength() - reply.innerLength());
        byte[] before = sent.datagram();
        byte[] after = reply.bytes();
        for (int i = 0; i < common; i++) {
            if (before[sent.headerLength() + i] != after[reply.headerLength() + i]) {
                changes++;
            }
        }
        return changes;
    }

    private void findFaults(SentPacket sent, ReceivedDatagram reply) {
        OutboundPacket packet = sent.packet;
        switch (sent.state) {
            case RETURNED:
                faults.add(ReplyFault.DUPLICATE);
                break;
            case EXPIRED:
                faults.add(packet.isExpectedBack() ? ReplyFault.LATE : ReplyFault.NOT_EXPECTED_BACK);
                break;
            default:
                findOrderFaults(sent);
                break;
        }
        GwlbFlow answered = flowAnswered(packet, reply);
        findOuterFaults(answered, reply);
        if (answered == packet.flow() && !reply.hasHeaderOf(packet)) {
            faults.add(headerFault(packet, reply));
        }
        if (!reply.hasInnerPacketOf(packet) && !isAllowedEdit(packet, reply)) {
            faults.add(ReplyFault.INNER_PACKET);
        }
    }

    private void findOrderFaults(SentPacket sent) {
        if (!sent.packet.isExpectedBack()) {
            faults.add(ReplyFault.NOT_EXPECTED_BACK);
        }
        if (!sent.packet.flow().returnedInOrder(sent.sequence)) {
            faults.add(ReplyFault.OUT_OF_ORDER);
        }
    }

    /** The packet's flow, or what has become of it since: an appliance may answer with the newest header that it knows. */
    private static GwlbFlow flowAnswered(OutboundPacket packet, ReceivedDatagram reply) {
        for (GwlbFlow newer = packet.flow().successor(); newer != null; newer = newer.successor()) {
            if (newer.hasHeader(reply.bytes(), reply.headerLength())) {
                return newer;
            }
        }
        return packet.flow();
    }

    private void findOuterFaults(GwlbFlow flow, ReceivedDatagram reply) {
        if (reply.isOnFlowPort()) {
            faults.add(ReplyFault.UDP_DESTINATION_PORT);
        }
        if (!reply.hasPortOf(flow)) {
            faults.add(ReplyFault.UDP_SOURCE_PORT);
        }
        if (!reply.isAtNodeOf(flow)) {
            faults.add(ReplyFault.OUTER_DESTINATION_ADDRESS);
        }
        if (!reply.source().getAddress().equals(appliance)) {
            faults.add(ReplyFault.OUTER_SOURCE_ADDRESS);
        }
    }

    private ReplyFault headerFault(OutboundPacket packet, ReceivedDatagram reply) {
        boolean areReadable = decode(sentDecoder, packet.datagram(), packet.datagram().length)
                && decode(returnedDecoder, reply.bytes(), reply.length());
        if (areReadable && sentDecoder.options().endpointId() != returnedDecoder.options().endpointId()) {
            return ReplyFault.ENDPOINT_ID;
        }
        if (areReadable && sentDecoder.options().flowCookie() != returnedDecoder.options().flowCookie()) {
            return isStale(packet.flow(), returnedDecoder.options().flowCookie()) ? ReplyFault.STALE_COOKIE : ReplyFault.FLOW_COOKIE;
        }
        return ReplyFault.GENEVE_HEADER;
    }

    private static boolean isStale(GwlbFlow flow, int cookie) {
        for (GwlbFlow older = flow.predecessor(); older != null; older = older.predecessor()) {
            if (older.flowCookie() == cookie) {
                return true;
            }
        }
        return false;
    }

    private static boolean decode(GwlbDecoder decoder, byte[] datagram, int length) {
        return decoder.decode(ByteBuffer.wrap(datagram), 0, length) == GeneveStatus.OK;
    }
}
