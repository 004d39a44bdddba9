package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;

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
     * When the packet's batch was received.
     *
     * @return monotonic time in nanoseconds, as {@link System#nanoTime()}
     */
    long receivedNs();
}
