package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.FlowTracking;

/**
 * The settings of the packet path. Immutable; usable from any thread.
 *
 * @param optionClass    class of the load balancer's options
 * @param isFailOpen     whether packets on which a handler fails are forwarded
 * @param isPoisoning    whether to overwrite batches that are done, so that kept views are noticed
 * @param tunnelMtu      longest inner packet that goes back to the load balancer
 * @param isClampingMss  whether TCP SYNs are made to ask for segments that fit the tunnel MTU
 * @param tooBigPerSecond most ICMP errors a second and worker about packets that are too large, 0 for none
 * @param heldPackets    most packets that a worker holds for a tunnel in creation
 * @param heldBytes      bytes of memory that a worker has for packets it holds
 * @param flowTracking   settings of inline flow tracking, null if it is off
 * @param injectQueue    most packets of its own that a worker keeps to be sent
 * @param rewriteBytes   bytes of memory that a worker has for packets of a batch that have grown
 */
public record PacketRules(int optionClass, boolean isFailOpen, boolean isPoisoning, int tunnelMtu, boolean isClampingMss,
                          int tooBigPerSecond, int heldPackets, int heldBytes, FlowTracking flowTracking, int injectQueue, int rewriteBytes) {
    private static final int IPV4_TCP_HEADERS = 40;
    private static final int IPV6_TCP_HEADERS = 60;

    /** The largest TCP segment that fits the tunnel MTU. */
    int maximumSegment(int ipVersion) {
        return Math.max(0, tunnelMtu - (ipVersion == 4 ? IPV4_TCP_HEADERS : IPV6_TCP_HEADERS));
    }
}
