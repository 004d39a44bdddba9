package io.github.gwlb4j.gwlb;

/**
 * The appliance's own logic: looks at one packet and decides.
 *
 * <p>Each worker has an instance of its own, from a {@link Factory}, and calls it on its thread alone: fields need no
 * synchronisation. Both directions of a flow come to the same worker. The call is on the packet path: a handler that waits
 * or allocates slows every packet of its worker.
 *
 * <pre>{@code
 * final class DropTelnet implements PacketHandler {
 *     private long dropped;                            // this worker's own: no lock
 *
 *     @Override
 *     public Verdict onPacket(GwlbPacket packet) {
 *         IpPacket inner = packet.inner();
 *         if (inner.protocol() == IpProtocol.TCP && inner.hasPorts() && inner.destinationPort() == 23) {
 *             dropped++;
 *             return Verdict.DROP;
 *         }
 *         return Verdict.FORWARD;
 *     }
 *
 *     @Override
 *     public void close() {
 *         System.out.println(dropped + " packets of Telnet dropped");
 *     }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface PacketHandler extends AutoCloseable {
    /**
     * Told once, on the worker's thread, before its first packet: the place to start timers, and to keep the context. If it throws,
     * {@link GwlbAppliance#start()} fails.
     *
     * @param context good until {@link #close}
     */
    default void onStart(HandlerContext context) {
    }

    /**
     * Decides about one packet. The inner packet may be changed in place, the helpers of
     * {@link io.github.gwlb4j.packet.PacketEditor} keep its checksums right; {@link GwlbPacket#replaceInner} changes its length.
     *
     * <p>If it throws, the exception is counted and logged at a limited rate, and the packet is dropped, or forwarded if
     * {@link GwlbApplianceBuilder#failOpen} says so.
     *
     * @param packet valid until this method returns, then used for the next packet
     * @return the verdict; null counts as a failure of the handler
     */
    Verdict onPacket(GwlbPacket packet);

    /**
     * Told on the worker's thread that a flow has ended, at the latest when the worker ends; see
     * {@link GwlbApplianceBuilder#flowTracking}. It may still {@link Flow#inject}. If it throws, that is counted and logged at a limited
     * rate, and the flow has ended all the same.
     *
     * @param flow to be let go of when this method returns
     * @param end  why
     */
    default void onFlowEnd(Flow flow, FlowEnd end) {
    }

    /**
     * Told once, on the thread that closes the appliance, after the worker has ended.
     */
    @Override
    default void close() {
    }

    /** Makes the handler of each worker. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes one worker's handler. Called by {@link GwlbAppliance#start()} on the caller's thread; an exception makes the
         * start fail.
         *
         * @param workerIndex from 0
         * @return a handler that no other worker uses
         */
        PacketHandler create(int workerIndex);
    }
}
