package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;

/** Packets to be sent, one after the other. Belongs to the thread of one run. */
interface PacketFeed {
    /** The next packet, or null at the end. */
    OutboundPacket next() throws IOException;

    /** How many packets could have been sent between the last one and the one that {@link #next} has returned, and were not. */
    default long emptySlots() {
        return 0;
    }

    /** What has become of the timeline that this was opened with, if there is one. */
    default List<TimelineEvent> events() {
        return List.of();
    }

    /** What the reader of the report should know about these packets. */
    List<String> notes();

    /** Takes a packet of each feed in turn. */
    static PacketFeed interleave(Collection<PacketFeed> feeds) {
        Queue<PacketFeed> unfinished = new ArrayDeque<>(feeds);
        List<String> notes = feeds.stream().flatMap(feed -> feed.notes().stream()).toList();
        return new PacketFeed() {
            @Override
            public OutboundPacket next() throws IOException {
                while (!unfinished.isEmpty()) {
                    PacketFeed feed = unfinished.remove();
                    OutboundPacket packet = feed.next();
                    if (packet != null) {
                        unfinished.add(feed);
                        return packet;
                    }
                }
                return null;
            }

            @Override
            public List<String> notes() {
                return notes;
            }
        };
    }
}
