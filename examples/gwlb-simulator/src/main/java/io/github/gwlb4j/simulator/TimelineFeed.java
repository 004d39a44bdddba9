package io.github.gwlb4j.simulator;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;

/**
 * The packets of a run with a {@link Timeline} laid over them. Belongs to the thread of one run.
 *
 * <p>Time is a number of slots: one for each packet that is sent or lost. So what happens depends on the seed and on nothing
 * else. A packet takes these steps:
 *
 * <pre>
 *   traffic that has begun, in turn -&gt; its flow as it is now -&gt; impairments -&gt; sent
 *                                          '-- gone: empty slot   '-- lost: empty slot, held back: later, repeated: twice
 * </pre>
 */
final class TimelineFeed implements PacketFeed {
    private static final long NS_PER_SECOND = 1_000_000_000;

    /** A packet that others overtake. */
    private record Held(long untilSlot, OutboundPacket packet) {
    }

    private final Timeline timeline;
    private final FlowFactory factory;
    private final int packetsPerSecond;
    private final long endSlot;
    private final List<PacketFeed> later = new ArrayList<>();
    private final Queue<PacketFeed> begun = new ArrayDeque<>();
    private final Queue<OutboundPacket> repeated = new ArrayDeque<>();
    private final Queue<Held> held = new ArrayDeque<>();
    private final Map<GwlbFlow, TimelineFlow> flows = new HashMap<>();
    private final PacketImpairer impairer;
    private final SplittableRandom[] changeRandoms;
    private final long[] changed;
    private final IpPacket ip = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private int startsDone;
    private int changesDone;
    private long slot;
    private long emptySlots;

    private TimelineFeed(Timeline timeline, FlowFactory factory) {
        SimulatorSettings settings = factory.settings();
        this.timeline = timeline;
        this.factory = factory;
        this.packetsPerSecond = settings.packetsPerSecond();
        this.endSlot = settings.durationNs() == 0 ? Long.MAX_VALUE : slotAt(Duration.ofNanos(settings.durationNs()));
        this.impairer = new PacketImpairer(timeline.spans(), factory, this::slotAt);
        this.changed = new long[timeline.changes().size()];
        SplittableRandom seeds = new SplittableRandom(settings.seed());
        this.changeRandoms = timeline.changes().stream().map(change -> seeds.split()).toArray(SplittableRandom[]::new);
    }

    static TimelineFeed open(Timeline timeline, FlowFactory factory, Traffic... traffic) throws IOException {
        boolean isEndless = factory.settings().durationNs() > 0;
        TimelineFeed feed = new TimelineFeed(timeline, factory);
        for (Traffic one : traffic) {
            feed.begun.add(one.open(factory, isEndless));
        }
        for (Timeline.Start start : timeline.starts()) {
            feed.later.add(start.traffic().open(factory, isEndless));
        }
        return feed;
    }

    private long slotAt(Duration time) {
        return Math.round((double) time.toNanos() * packetsPerSecond / NS_PER_SECOND);
    }

    @Override
    public OutboundPacket next() throws IOException {
        emptySlots = 0;
        while (true) {
            doWhatIsDue();
            OutboundPacket packet = waiting();
            if (packet == null) {
                OutboundPacket fresh = slot < endSlot ? nextOfTraffic() : null;
                if (fresh == null && held.isEmpty() && !skipToNextStart()) {
                    return null;
                }
                packet = fresh != null ? send(fresh) : held.isEmpty() ? null : held.remove().packet();
            }
            if (packet != null) {
                slot++;
                return packet;
            }
        }
    }

    /** A packet that was sent before and has not arrived yet. */
    private OutboundPacket waiting() {
        if (!repeated.isEmpty()) {
            return repeated.remove();
        }
        return !held.isEmpty() && held.element().untilSlot() <= slot ? held.remove().packet() : null;
    }

    private void doWhatIsDue() {
        while (startsDone < later.size() && slotAt(timeline.starts().get(startsDone).at()) <= slot) {
            begun.add(later.get(startsDone++));
        }
        while (changesDone < changed.length && !begun.isEmpty() && slotAt(timeline.changes().get(changesDone).at()) <= slot) {
            skip(slotAt(timeline.changes().get(changesDone++).change().silence()));
        }
    }

    private void skip(long slots) {
        slot += slots;
        emptySlots += slots;
    }

    /** Nothing is left to be sent now: goes to where traffic begins, if some does. */
    private boolean skipToNextStart() {
        long start = startsDone == later.size() ? Long.MAX_VALUE : slotAt(timeline.starts().get(startsDone).at());
        if (start >= endSlot) {
            return false;
        }
        skip(start - slot);
        return true;
    }

    private OutboundPacket nextOfTraffic() throws IOException {
        while (!begun.isEmpty()) {
            PacketFeed feed = begun.remove();
            OutboundPacket packet = feed.next();
            if (packet != null) {
                begun.add(feed);
                return packet;
            }
        }
        return null;
    }

    /** What arrives of a packet in this slot; null if nothing does. */
    private OutboundPacket send(OutboundPacket fresh) throws IOException {
        TimelineFlow flow = flows.computeIfAbsent(fresh.flow(), TimelineFlow::new);
        change(flow, fresh);
        if (flow.isGone()) {
            skip(1);
            return null;
        }
        flow.begin();
        OutboundPacket packet = flow.isAsItWas() ? fresh : fresh.movedTo(flow.current());
        packet = isToBeDropped(packet) ? packet.notExpectedBack() : packet;
        PacketImpairer.Outcome outcome = impairer.impair(packet, slot);
        if (outcome.isLost()) {
            skip(1);
            return null;
        }
        if (outcome.isRepeated()) {
            repeated.add(outcome.packet());
        }
        if (outcome.isHeldBack()) {
            held.add(new Held(slot + Impairment.REORDER_DEPTH, outcome.packet()));
            return null;
        }
        return outcome.packet();
    }

    private void change(TimelineFlow flow, OutboundPacket packet) throws IOException {
        for (int i = flow.seeChanges(changesDone); i < changesDone; i++) {
            if (!flow.isGone() && timeline.changes().get(i).change().apply(flow, packet, factory, changeRandoms[i])) {
                changed[i]++;
            }
        }
        if (flow.isDraining() && isNewTcpConnection(packet)) {
            flow.leaves();
        }
    }

    private boolean isNewTcpConnection(OutboundPacket packet) {
        ByteBuffer datagram = ByteBuffer.wrap(packet.datagram());
        return ip.wrap(datagram, packet.headerLength(), packet.innerLength()) == PacketStatus.OK
                && ip.protocol() == IpProtocol.TCP && ip.hasPorts() && tcp.wrap(ip)
                && (tcp.flags() & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
    }

    private boolean isToBeDropped(OutboundPacket packet) {
        for (Timeline.Drop drop : timeline.drops()) {
            if (slot >= slotAt(drop.from()) && slot < slotAt(drop.until()) && drop.filter().matches(packet)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long emptySlots() {
        return emptySlots;
    }

    @Override
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        begun.forEach(feed -> notes.addAll(feed.notes()));
        later.forEach(feed -> notes.addAll(feed.notes()));
        return notes;
    }

    @Override
    public List<TimelineEvent> events() {
        List<TimelineEvent> events = new ArrayList<>(impairer.events());
        for (int i = 0; i < changed.length; i++) {
            Timeline.Change change = timeline.changes().get(i);
            events.add(new TimelineEvent(change.at().toNanos(), change.change().toString(), i < changesDone, changed[i], "flows"));
        }
        events.sort(Comparator.comparingLong(TimelineEvent::atNs));
        return events;
    }
}
