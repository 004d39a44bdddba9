package io.github.gwlb4j.simulator;

/** A slot of the {@link SentWindow}: one packet on its way. Reused, so it is valid only while the window holds it. */
final class SentPacket {
    /** What became of the packet. */
    enum State {
        /** Not back yet. */
        OUTSTANDING,
        /** Came back in time. */
        RETURNED,
        /** Did not come back in time. */
        EXPIRED
    }

    OutboundPacket packet;
    /** Position in its flow. */
    long sequence;
    long sentNs;
    State state;
    /** Whether it still takes room among the unanswered packets that pace the sender. */
    boolean isInFlight;
    /** Neighbours in a {@link PacketIndex}. */
    SentPacket previous;
    SentPacket next;

    long hash() {
        return packet.innerHash();
    }

    int length() {
        return packet.datagram().length;
    }
}
