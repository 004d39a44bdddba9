package io.github.gwlb4j.simulator;

/** Finds packets by the hash of their inner packet: a hash table of doubly linked chains, oldest first. Allocates nothing. */
final class PacketIndex {
    private final SentPacket[] heads;
    private final SentPacket[] tails;

    /** An index of so many chains, a power of two. */
    PacketIndex(int chains) {
        heads = new SentPacket[chains];
        tails = new SentPacket[chains];
    }

    private int chain(long hash) {
        return (int) (hash ^ hash >>> 32) & heads.length - 1;
    }

    /** The oldest packet that may have this hash; others follow by {@link SentPacket#next}. */
    SentPacket first(long hash) {
        return heads[chain(hash)];
    }

    void add(SentPacket packet) {
        int chain = chain(packet.hash());
        packet.next = null;
        packet.previous = tails[chain];
        if (packet.previous == null) {
            heads[chain] = packet;
        } else {
            packet.previous.next = packet;
        }
        tails[chain] = packet;
    }

    void remove(SentPacket packet) {
        int chain = chain(packet.hash());
        if (packet.previous == null) {
            heads[chain] = packet.next;
        } else {
            packet.previous.next = packet.next;
        }
        if (packet.next == null) {
            tails[chain] = packet.previous;
        } else {
            packet.next.previous = packet.previous;
        }
        packet.next = null;
        packet.previous = null;
    }
}
