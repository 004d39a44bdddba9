package io.github.gwlb4j.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/** Draws lots for each packet and does to it what the {@link Impairment}s of a timeline say. Not thread-safe. */
final class PacketImpairer {
    /** Row of the report for changed packets that an appliance must carry all the same. */
    static final String CORRUPT = "corrupt";

    /**
     * What has become of a packet.
     *
     * @param packet     as it arrives
     * @param isLost     does not arrive at all
     * @param isRepeated arrives once more
     * @param isHeldBack arrives later
     */
    record Outcome(OutboundPacket packet, boolean isLost, boolean isRepeated, boolean isHeldBack) {
    }

    private final List<Active> impairments = new ArrayList<>();
    private final FlowFactory factory;
    private final Acceptance acceptance;

    /** An impairment, when it is on, and what it has done. */
    private static final class Active {
        private final Timeline.Span span;
        private final long fromSlot;
        private final long untilSlot;
        private final SplittableRandom random;
        private boolean hasBegun;
        private long packets;

        Active(Timeline.Span span, long fromSlot, long untilSlot, SplittableRandom random) {
            this.span = span;
            this.fromSlot = fromSlot;
            this.untilSlot = untilSlot;
            this.random = random;
        }

        boolean hits(OutboundPacket packet, long slot, FlowFactory factory) {
            hasBegun |= slot >= fromSlot;
            Impairment impairment = span.impairment();
            boolean isConcerned = slot >= fromSlot && slot < untilSlot && impairment.concerns(packet)
                    && (impairment.node().isEmpty() || packet.flow().socket().node() == factory.node(impairment.node().getAsInt()));
            boolean isHit = isConcerned && random.nextDouble() < impairment.share();
            packets += isHit ? 1 : 0;
            return isHit;
        }
    }

    PacketImpairer(List<Timeline.Span> spans, FlowFactory factory, ToLongFunction<Duration> slotAt) {
        this.factory = factory;
        this.acceptance = new Acceptance(factory.settings().optionClass());
        SplittableRandom seeds = new SplittableRandom(~factory.settings().seed());
        for (Timeline.Span span : spans) {
            impairments.add(new Active(span, slotAt.applyAsLong(span.from()), slotAt.applyAsLong(span.until()), seeds.split()));
        }
    }

    /** Does to a packet what is on in this slot, in the order in which the timeline has it. */
    Outcome impair(OutboundPacket sent, long slot) {
        OutboundPacket packet = sent;
        boolean isLost = false;
        boolean isRepeated = false;
        boolean isHeldBack = false;
        for (Active active : impairments) {
            if (isLost || !active.hits(packet, slot, factory)) {
                continue;
            }
            switch (active.span.impairment().kind()) {
                case DUPLICATE:
                    isRepeated = true;
                    break;
                case REORDER:
                    isHeldBack = true;
                    break;
                case CORRUPT:
                    packet = corrupt(packet, active.random);
                    break;
                default:
                    isLost = true;
                    break;
            }
        }
        return new Outcome(packet, isLost, isRepeated, isHeldBack);
    }

    /** The changed packet may be another inner flow's, which need not keep its place among those of this one. */
    private OutboundPacket corrupt(OutboundPacket packet, SplittableRandom random) {
        if (packet.innerLength() == 0) {
            return packet;
        }
        byte[] datagram = packet.datagram().clone();
        int bit = random.nextInt(packet.innerLength() * 8);
        datagram[packet.headerLength() + bit / 8] ^= (byte) (1 << bit % 8);
        boolean isRefused = acceptance.refusalOf(datagram) != null;
        String kind = isRefused ? CaptureFeed.REFUSED : CORRUPT;
        boolean isExpectedBack = !isRefused && packet.isExpectedBack() && factory.isExpectedBack(kind, packet.flow().endpointId(),
                Arrays.copyOfRange(datagram, packet.headerLength(), datagram.length));
        return new OutboundPacket(packet.flow().twin(), datagram, kind, isExpectedBack);
    }

    List<TimelineEvent> events() {
        return impairments.stream().map(active -> new TimelineEvent(active.span.from().toNanos(),
                active.span.impairment() + " until " + Impairment.number(active.span.until().toNanos() / 1e9) + " s",
                active.hasBegun, active.packets, "packets")).toList();
    }
}
