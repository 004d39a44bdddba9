package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;

/**
 * One packet as a {@link PacketHandler} sees it: a view on the worker's receive buffer.
 *
 * <p>Valid on the worker's thread until the handler returns; then the same objects show the next packet. What is needed
 * longer must be copied: numbers, or {@link FlowKey#copy()}.
 */
public interface GwlbPacket {
    /**
     * The endpoint that the packet came through.
     *
     * @return an object that stays valid for as long as the tunnel lives
     */
    Tunnel tunnel();

    /**
     * The GENEVE header. Do not change it: the load balancer drops replies whose header differs from what it sent.
     *
     * @return validated
     */
    GeneveHeader header();

    /**
     * The load balancer's options: endpoint, attachment, flow cookie.
     *
     * @return read out
     */
    GwlbOptions options();

    /**
     * The inner packet. Its IP layer is sound; whether its transport header is, {@link IpPacket#transportStatus()} says.
     *
     * @return wrapped with {@link io.github.gwlb4j.packet.PacketStatus#OK}
     */
    IpPacket inner();

    /**
     * The flow of the packet, computed when first asked for.
     *
     * @return the same for both directions of the flow
     */
    FlowKey flowKey();

    /**
     * The packet's flow, with what the handler attached to it, if {@link GwlbApplianceBuilder#flowTracking} is on. A packet of no
     * known flow begins one; an ICMP error shows the flow of the packet it quotes.
     *
     * @return null if tracking is off, for a later fragment whose first was not seen or whose flow this worker does not have, for an ICMP
     *         error that is about no known flow, and after {@link Flow#forget}
     */
    Flow flow();

    /**
     * Sends another IP packet to the load balancer, with this packet's own GENEVE header, as {@link Flow#inject} does for a flow. Works
     * without flow tracking, and whatever the verdict about this packet is; it goes after this packet.
     *
     * @param packet buffer with an IPv4 or IPv6 packet, copied at once; position and limit do not matter
     * @param offset absolute position of its first byte
     * @param length bytes available from there; what the IP header says may be less
     * @return {@link InjectStatus#QUEUED}, or why not
     */
    InjectStatus inject(ByteBuffer packet, int offset, int length);

    /**
     * Puts another inner packet in the place of this one; it may be longer or shorter. {@link #inner()} and {@link #header()} show the
     * packet anew afterwards, what was derived from them before is stale. The GENEVE header stays as it is, {@link #flow()} and
     * {@link #flowKey()} too.
     *
     * @param packet buffer with an IPv4 or IPv6 packet, copied at once; it may be {@link IpPacket#buffer()} of {@link #inner()} and
     *               overlap with it; position and limit do not matter
     * @param offset absolute position of its first byte
     * @param length bytes available from there; what the IP header says may be less
     * @return {@link ReplaceStatus#REPLACED}, or why nothing has changed
     */
    ReplaceStatus replaceInner(ByteBuffer packet, int offset, int length);

    /**
     * Says something about the packet, such as the name of the rule that decided, for its comment in a
     * {@linkplain GwlbApplianceBuilder#capture capture}. Without a capture it does nothing.
     *
     * @param note a text that exists already, of which 64 characters of ASCII are kept; the last one said counts; null takes it back
     */
    default void captureNote(String note) {
    }

    /**
     * When the packet's batch was received.
     *
     * @return monotonic time in nanoseconds, as {@link System#nanoTime()}
     */
    long receivedNs();
}
