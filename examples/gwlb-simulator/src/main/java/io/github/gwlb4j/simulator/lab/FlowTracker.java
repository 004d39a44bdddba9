package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells to which flow an inner packet belongs, the same in both directions: by its ports, a later fragment by what its first
 * said, an ICMP error by the packet it quotes. Not thread-safe.
 *
 * <p>A later fragment whose first was not seen is of a flow of its own, known by addresses and protocol.
 */
final class FlowTracker {
    private static final int MAX_FRAGMENTED_PACKETS = 4096;

    /** One fragmented packet: its addresses and protocol without regard to direction, the direction, and the identification. */
    private record FragmentedPacket(FlowKey ends, boolean isForward, int identification) {
    }

    private record Ports(int protocol, int ports) {
    }

    private final FlowKey key = new FlowKey();
    private final FlowKey fragmentKey = new FlowKey();
    private final IpPacket quoted = new IpPacket();
    private final Map<FragmentedPacket, Ports> firstFragments = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FragmentedPacket, Ports> eldest) {
            return size() > MAX_FRAGMENTED_PACKETS;
        }
    };

    /**
     * The flow of a packet.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return overwritten by the next call
     */
    FlowKey keyOf(long endpointId, IpPacket packet) {
        if (packet.fragmentOffset() != 0) {
            followFirst(endpointId, packet);
        } else if (packet.isIcmpError() && packet.wrapQuoted(quoted) == PacketStatus.OK
                && quoted.version() == packet.version() && quoted.fragmentOffset() != 0) {
            followFirst(endpointId, quoted);
            key.reverse(); // an error travels against the packet it quotes
        } else {
            key.setByPorts(endpointId, packet);
            if (packet.isFragment()) {
                firstFragments.put(fragmentedPacket(endpointId, packet, true), new Ports(key.protocol(), key.packetPorts()));
            }
        }
        return key;
    }

    private void followFirst(long endpointId, IpPacket later) {
        Ports ports = firstFragments.get(fragmentedPacket(endpointId, later, false));
        if (ports == null) {
            key.set(endpointId, later);
        } else {
            key.setByPortsOf(endpointId, later, ports.protocol(), ports.ports());
        }
    }

    private FragmentedPacket fragmentedPacket(long endpointId, IpPacket fragment, boolean isKept) {
        fragmentKey.set(endpointId, fragment);
        return new FragmentedPacket(isKept ? fragmentKey.copy() : fragmentKey, fragmentKey.isForward(), fragment.identification());
    }
}
