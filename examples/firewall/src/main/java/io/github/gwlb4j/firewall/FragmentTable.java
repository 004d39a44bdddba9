package io.github.gwlb4j.firewall;

import io.github.gwlb4j.packet.IpPacket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What was decided about the first fragment of a datagram, for the later ones, which have no ports. Belongs to one worker's
 * thread. Bounded: the eldest gives way; forgotten after the time in which a receiver must have put the parts together.
 */
final class FragmentTable {
    /** RFC 8200, 4.5: 60 seconds; RFC 791 says less. */
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private final int max;
    private final Map<Datagram, Decision> decisions = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Datagram, Decision> eldest) {
            return size() > max;
        }
    };

    private record Datagram(long endpointId, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow,
                            int protocol, int identification) {
        static Datagram of(long endpointId, IpPacket packet) {
            return new Datagram(endpointId, packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(),
                    packet.destinationLow(), packet.fragmentProtocol(), packet.identification());
        }
    }

    /** The rule that decided about a first fragment. */
    record Decision(int rule, long decidedNs) {
    }

    FragmentTable(int max) {
        this.max = max;
    }

    void remember(long endpointId, IpPacket firstFragment, Decision decision) {
        decisions.put(Datagram.of(endpointId, firstFragment), decision);
    }

    /** What was decided about the datagram that a later fragment belongs to, or null. */
    Decision find(long endpointId, IpPacket laterFragment, long nowNs) {
        Decision decision = decisions.get(Datagram.of(endpointId, laterFragment));
        return decision != null && nowNs - decision.decidedNs() < TIMEOUT_NS ? decision : null;
    }
}
