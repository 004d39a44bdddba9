package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.aws.Gwlb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * Conversations that the simulator makes up: the same seed gives the same packets. Immutable; usable from any thread.
 *
 * <p>With several endpoints, the flows are dealt out so that each inner conversation runs once through each endpoint: the same
 * inner addresses, ports and bytes, told apart by the endpoint id alone, as behind endpoints of overlapping networks.
 */
public final class BuiltInTraffic extends Traffic {
    private static final int MAX_FLOWS = 65534;
    private static final int DEFAULT_PACKET_LENGTH = 1400;
    private static final int MIN_PACKET_LENGTH = 128;

    private final TrafficKind kind;
    private final int flows;
    private final boolean isIpv6;
    private final int sessions;
    private final int packetLength;
    private final boolean isMidStream;
    private final String label;

    BuiltInTraffic(TrafficKind kind, int flows) {
        this(Objects.requireNonNull(kind, "kind"), Ranges.require("flows", flows, 1, MAX_FLOWS), false, 1, DEFAULT_PACKET_LENGTH, false, null);
    }

    private BuiltInTraffic(TrafficKind kind, int flows, boolean isIpv6, int sessions, int packetLength,
            boolean isMidStream, String label) {
        this.kind = kind;
        this.flows = flows;
        this.isIpv6 = isIpv6;
        this.sessions = sessions;
        this.packetLength = packetLength;
        this.isMidStream = isMidStream;
        this.label = label;
    }

    /**
     * Sets the number of flows.
     *
     * @param number of flows of the load balancer, 1 to 65534
     * @return a copy
     * @throws IllegalArgumentException if the number is out of range
     */
    public BuiltInTraffic flows(int number) {
        return new BuiltInTraffic(kind, Ranges.require("flows", number, 1, MAX_FLOWS), isIpv6, sessions, packetLength, isMidStream, label);
    }

    /**
     * The same over IPv6; the outer packets stay IPv4.
     *
     * @return a copy
     */
    public BuiltInTraffic overIpv6() {
        return new BuiltInTraffic(kind, flows, true, sessions, packetLength, isMidStream, label);
    }

    /**
     * Sets how often each flow repeats its conversation, with other data, when the run has no duration.
     *
     * @param perFlow 1 or more; 1 if not set
     * @return a copy
     * @throws IllegalArgumentException if the number is below 1
     */
    public BuiltInTraffic sessions(int perFlow) {
        return new BuiltInTraffic(kind, flows, isIpv6, Ranges.require("sessions", perFlow, 1, Integer.MAX_VALUE), packetLength,
                isMidStream, label);
    }

    /**
     * Sets the length of full packets: data segments of HTTP and TLS, and fragments. DNS, ICMP and jumbo packets have their own.
     *
     * @param lengthBytes inner IP packet in bytes, 128 to 8500; 1400 if not set
     * @return a copy
     * @throws IllegalArgumentException if the length is out of range
     */
    public BuiltInTraffic packetLength(int lengthBytes) {
        return new BuiltInTraffic(kind, flows, isIpv6, sessions,
                Ranges.require("packet length", lengthBytes, MIN_PACKET_LENGTH, Gwlb.MAX_INNER_PACKET_LENGTH), isMidStream, label);
    }

    /**
     * Each flow starts in the middle of its first session, as after the load balancer has dealt its flows out anew: TCP after the
     * handshake, everything else with the answer.
     *
     * @return a copy
     */
    public BuiltInTraffic midStream() {
        return new BuiltInTraffic(kind, flows, isIpv6, sessions, packetLength, true, label);
    }

    /**
     * Gives it a row of its own in the report, and a name for the filter {@code kind NAME}.
     *
     * @param name without spaces; {@link TrafficKind#label} if not set
     * @return a copy
     * @throws IllegalArgumentException if the name is empty or has spaces
     */
    public BuiltInTraffic named(String name) {
        if (name.isEmpty() || name.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException("name '" + name + "' is empty or has spaces");
        }
        return new BuiltInTraffic(kind, flows, isIpv6, sessions, packetLength, isMidStream, name);
    }

    @Override
    PacketFeed open(FlowFactory factory, boolean isEndless) throws IOException {
        String row = label == null ? kind.label(isIpv6) : label;
        List<PacketFeed> feeds = new ArrayList<>();
        for (int i = 0; i < flows; i++) {
            Conversation conversation = new Conversation(kind, isIpv6, i / factory.endpoints(), packetLength,
                    factory.settings().seed());
            feeds.add(new FlowFeed(factory, factory.newFlowInTurn(i), row, conversation,
                    isEndless ? Integer.MAX_VALUE : sessions, isMidStream));
        }
        return PacketFeed.interleave(feeds);
    }

    /** The packets of one flow. */
    private static final class FlowFeed implements PacketFeed {
        private final FlowFactory factory;
        private final GwlbFlow flow;
        private final String label;
        private final Conversation conversation;
        private int sessionsLeft;
        private boolean isMidStream;
        private Iterator<byte[]> session = List.<byte[]>of().iterator();

        FlowFeed(FlowFactory factory, GwlbFlow flow, String label, Conversation conversation, int sessions,
                boolean isMidStream) {
            this.factory = factory;
            this.flow = flow;
            this.label = label;
            this.conversation = conversation;
            this.sessionsLeft = sessions;
            this.isMidStream = isMidStream;
        }

        @Override
        public OutboundPacket next() {
            if (!session.hasNext()) {
                if (sessionsLeft == 0) {
                    return null;
                }
                sessionsLeft--;
                List<byte[]> packets = conversation.nextSession();
                session = packets.listIterator(isMidStream ? conversation.establishedAt(packets.size()) : 0);
                isMidStream = false;
            }
            byte[] innerPacket = session.next();
            return new OutboundPacket(flow, flow.encapsulate(innerPacket), label,
                    factory.isExpectedBack(label, flow.endpointId(), innerPacket));
        }

        @Override
        public List<String> notes() {
            return List.of();
        }
    }
}
