package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.packet.FlowKey;
import java.nio.ByteBuffer;

/**
 * One flow of an inline appliance: both directions of a connection as one worker sees it, with room for what the handler wants to
 * remember about it. See {@link GwlbApplianceBuilder#flowTracking}.
 *
 * <p>Belongs to the worker's thread: other threads use {@link HandlerContext#execute}. It may be kept until
 * {@link PacketHandler#onFlowEnd} for it returns; afterwards the same object may stand for another flow.
 *
 * <p>A flow begins with its first packet, whatever the verdict about it: a handler that refuses a flow should {@link #forget} it
 * or give it a short {@linkplain #setTimeoutNs timeout}, so that refused ones do not push out others. Later IP fragments count to the
 * flow of their first fragment. ICMP errors about a flow neither count, nor keep it.
 */
public interface Flow {
    /**
     * Endpoint, addresses, protocol and ports; a first fragment's flow is keyed by ports as well ({@link FlowKey#setByPorts}).
     *
     * @return valid as long as the flow; {@link FlowKey#copy()} it for longer
     */
    FlowKey key();

    /**
     * The endpoint that the flow comes through.
     *
     * @return as in {@link GwlbPacket#tunnel()}
     */
    Tunnel tunnel();

    /**
     * Who sent the first packet that was seen; after a failover that need not be who opened the connection.
     *
     * @return the {@link FlowKey#isForward()} of that packet
     */
    boolean isInitiatorForward();

    /**
     * What the handler attached.
     *
     * @return null until {@link #attach} is called
     */
    Object attachment();

    /**
     * Keeps an object with the flow until it has ended, for example a connection's state.
     *
     * @param attachment replaces the one before; null for none
     */
    void attach(Object attachment);

    /**
     * When the flow's first packet came.
     *
     * @return monotonic time in nanoseconds, as {@link GwlbPacket#receivedNs()}
     */
    long firstSeenNs();

    /**
     * When the flow's last packet came, of either direction.
     *
     * @return monotonic time in nanoseconds, as {@link GwlbPacket#receivedNs()}
     */
    long lastSeenNs();

    /**
     * Packets seen, dropped ones and the one the handler is being asked about included.
     *
     * @param isForward the direction, as {@link FlowKey#isForward()}
     * @return 0 or more
     */
    long packets(boolean isForward);

    /**
     * Their bytes from the inner IP header on.
     *
     * @param isForward the direction, as {@link FlowKey#isForward()}
     * @return 0 or more
     */
    long bytes(boolean isForward);

    /**
     * Says how much silence ends this flow, counted from its last packet, or from this call if that is later. It also says who gives way
     * when the table is full: the flow that has been silent longest among those of the shortest timeout.
     *
     * <p>A flow may end up to a sixty-fourth of its timeout later than that, at most a second. Use few different timeouts: beyond 64 of them in
     * a worker's life, a further one counts as the next longer of those, or the longest.
     *
     * @param timeoutNs nanoseconds, 1 or more; 0 or less counts as 1
     */
    void setTimeoutNs(long timeoutNs);

    /**
     * Ends the flow at once, with {@link FlowEnd#FORGOTTEN}; its next packet begins a new one. Nothing if it has ended. The handler is told
     * by {@link PacketHandler#onFlowEnd} before this returns.
     */
    void forget();

    /**
     * Sends an IP packet to the load balancer as one of this flow: with the newest GENEVE header that one of the flow's packets had. It
     * goes to the end that its destination address says, so both directions can be served, for example with TCP resets.
     *
     * <p>It is copied at once, and sent after the batch of packets, or the timers and tasks, that the worker is at. Its checksums
     * are the caller's, see {@link io.github.gwlb4j.packet.PacketEditor}.
     *
     * @param packet buffer with an IPv4 or IPv6 packet; position and limit do not matter
     * @param offset absolute position of its first byte
     * @param length bytes available from there; what the IP header says may be less
     * @return {@link InjectStatus#QUEUED}, or why not
     */
    InjectStatus inject(ByteBuffer packet, int offset, int length);
}
