package io.github.gwlb4j.simulator.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What a load test sends and how long, apart from its rates. Immutable; made by {@link LoadTestBuilder}, which checks it.
 *
 * @param target        where the appliance listens
 * @param source        the load balancer's address
 * @param flows         inner flows, taken in turn, a run of packets each
 * @param ports         outer UDP source ports that the flows share
 * @param endpoints     endpoints, dealt out to the flows
 * @param sizes         lengths of inner packets
 * @param runLength     packets of a flow in a row, due at the same time
 * @param stepNs        how long each rate is sent
 * @param warmUpNs      how long the first rate is sent before, without being counted
 * @param timeoutNs     how long replies are awaited after the last packet of a step
 * @param seed          cookies, endpoint ids and payload come from it
 * @param isPortable    true for Java's own sockets also where there is something faster
 */
public record LoadSettings(InetSocketAddress target, InetAddress source, int flows, int ports, int endpoints, PacketSizes sizes,
        int runLength, long stepNs, long warmUpNs, long timeoutNs, long seed, boolean isPortable) {
}
