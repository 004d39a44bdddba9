package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.internal.flow.FlowClassifier;
import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The flows of one worker in the inline modes: finds the flow of each packet, begins it if need be, ends it when it is silent, when
 * it must give way, or when its tunnel has gone.
 *
 * <p>Belongs to the worker's thread. As both directions of a flow come to the same worker, no other ever asks. Flows are allocated until
 * there are as many as were ever held at a time; then they are used again, and nothing is allocated any more, but a key for each object
 * whose flow is asked for it the first time.
 */
public final class FlowTracker {
    /** Packets wait while flows end. */
    private static final int MOST_ENDED_AT_ONCE = 256;
    private static final int PLACES_SWEPT_AT_ONCE = 4096;
    private static final long SHORTEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final FlowOwner owner;
    private final int maxFlows;
    private final boolean isRecycling;
    private final FlowClassifier classifier;
    private final FlowIndex index;
    private final SilenceLists lists = new SilenceLists();
    private final SilenceList tcp;
    private final SilenceList other;
    private final ReturnPath way = new ReturnPath();
    /** Flows to be used again. */
    private TrackedFlow spare;
    private long nowNs;
    /** Where the search for flows of tunnels that have gone is; beyond the end while there is none. */
    private int sweepPlace;

    /**
     * Makes an empty table.
     *
     * @param settings    size and timeouts
     * @param fragments   what first fragments said about later ones, shared by all workers
     * @param isRecycling whether the objects of ended flows are used again; if not, who keeps one is found out sooner
     * @param owner       is told of flows
     * @param nowNs       monotonic time
     */
    public FlowTracker(FlowTracking settings, FragmentRecords fragments, boolean isRecycling, FlowOwner owner, long nowNs) {
        this.owner = owner;
        this.maxFlows = settings.maxFlows();
        this.isRecycling = isRecycling;
        this.classifier = new FlowClassifier(fragments);
        this.index = new FlowIndex(maxFlows);
        this.tcp = lists.of(settings.tcpTimeout().toNanos());
        this.other = lists.of(settings.otherTimeout().toNanos());
        this.nowNs = nowNs;
        this.sweepPlace = index.places();
    }

    /**
     * Finds the flow of a packet, or begins it, and counts the packet.
     *
     * @param tunnel the packet came through
     * @param packet wrapped with {@link io.github.gwlb4j.packet.PacketStatus#OK}
     * @param came   how it came; read at once
     * @param nowNs  monotonic time
     * @return false for a later fragment or an ICMP error of no known flow; else {@link #current} is its flow
     */
    public boolean track(Tunnel tunnel, IpPacket packet, ReturnPath came, long nowNs) {
        this.nowNs = nowNs;
        classifier.classify(tunnel.endpointId(), packet, nowNs);
        TrackedFlow flow = find(tunnel);
        if (packet.isIcmpError()) {
            return flow != null && isRelated();
        }
        boolean isLaterFragment = packet.fragmentOffset() != 0;
        if (flow == null) {
            if (isLaterFragment) {
                return false;
            }
            flow = begin(tunnel);
        }
        flow.count(classifier.key().isForward(), packet.totalLength(), nowNs);
        flow.list.touch(flow, nowNs);
        if (!isLaterFragment) { // the load balancer may tell fragments by less, and see another flow in them
            flow.keep(came);
        }
        return true;
    }

    /**
     * How many flows there are.
     *
     * @return 0 or more
     */
    public int flows() {
        return index.size();
    }

    /**
     * Reads flows, all at once, so that they are in the nearest cache when their packets are tracked.
     *
     * @param hashes {@link FlowKey#hash64()} of flows, known or not
     * @param count  how many there are
     * @return something made of what was read, to be used, or the JVM would leave the reading out
     */
    public long fetch(long[] hashes, int count) {
        return index.fetch(hashes, count);
    }

    /**
     * The flow of the packet that was tracked last, if that found one. It is looked up again, where it was just found: to store a reference
     * to another flow for each packet would cost a garbage collector's barrier, which waits until all that was written has left the processor.
     *
     * @return null if it has ended since
     */
    public TrackedFlow current() {
        return index.find(classifier.key());
    }

    private boolean isRelated() {
        return classifier.signal() == FlowSignal.RELATED;
    }

    /** The flow of the key, if it lives and is of this tunnel, not of one before it. */
    private TrackedFlow find(Tunnel tunnel) {
        TrackedFlow flow = index.find(classifier.key());
        if (flow == null) {
            return null;
        }
        if (flow.list.isOver(flow, nowNs)) {
            end(flow, FlowEnd.EXPIRED);
            return null;
        }
        if (flow.tunnel != tunnel) {
            end(flow, FlowEnd.TUNNEL_CLOSED);
            return null;
        }
        return flow;
    }

    private TrackedFlow begin(Tunnel tunnel) {
        while (index.size() >= maxFlows) {
            end(lists.firstToGiveWay(), FlowEnd.EVICTED);
        }
        FlowKey key = classifier.key();
        TrackedFlow flow = spare;
        if (flow == null) {
            flow = new TrackedFlow(this);
        } else {
            spare = flow.nextInPlace;
        }
        flow.begin(key, tunnel, nowNs);
        index.add(flow);
        (key.protocol() == IpProtocol.TCP ? tcp : other).append(flow, nowNs);
        owner.onFlowBegin();
        return flow;
    }

    /** The owner may look at the flow, and end others, but this one is gone already. */
    private void end(TrackedFlow flow, FlowEnd why) {
        index.remove(flow);
        flow.list.remove(flow);
        owner.onFlowEnd(flow, why);
        flow.end();
        if (isRecycling) {
            flow.nextInPlace = spare;
            spare = flow;
        }
    }

    void setTimeout(TrackedFlow flow, long timeoutNs) {
        SilenceList list = lists.of(timeoutNs);
        if (list != flow.list) {
            flow.list.remove(flow);
            list.append(flow, nowNs);
        }
    }

    void forget(TrackedFlow flow) {
        end(flow, FlowEnd.FORGOTTEN);
    }

    /** For a flow to fill in before {@link #inject}. */
    ReturnPath way() {
        return way;
    }

    InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath by) {
        return owner.inject(packet, offset, length, by);
    }

    InjectStatus refuse() {
        owner.onInjectFailure();
        return InjectStatus.FLOW_ENDED;
    }

    /**
     * The key of the packet that was tracked last, by its ports.
     *
     * @return overwritten by the next {@link #track}
     */
    public FlowKey key() {
        return classifier.key();
    }

    /** Tunnels have come or gone: {@link #doWork} looks for flows of those that have gone. */
    public void tunnelsHaveChanged() {
        sweepPlace = 0;
    }

    /**
     * Ends flows that have been silent for their timeout, and those of tunnels that have gone; not too many at once.
     *
     * @param nowNs  monotonic time
     * @param isGone whether a tunnel has gone
     * @return 0 if all is done that can be done now
     */
    public int doWork(long nowNs, Predicate<Tunnel> isGone) {
        this.nowNs = nowNs;
        int work = 0;
        for (TrackedFlow flow = lists.firstOver(nowNs); flow != null && work < MOST_ENDED_AT_ONCE; flow = lists.firstOver(nowNs)) {
            end(flow, FlowEnd.EXPIRED);
            work++;
        }
        return sweepPlace < index.places() ? work + sweep(isGone) : work;
    }

    private int sweep(Predicate<Tunnel> isGone) {
        int until = Math.min(index.places(), sweepPlace + PLACES_SWEPT_AT_ONCE);
        for (; sweepPlace < until; sweepPlace++) {
            TrackedFlow flow = firstOfGone(sweepPlace, isGone);
            while (flow != null) { // from the start again: the owner may have ended others
                end(flow, FlowEnd.TUNNEL_CLOSED);
                flow = firstOfGone(sweepPlace, isGone);
            }
        }
        return 1;
    }

    private TrackedFlow firstOfGone(int place, Predicate<Tunnel> isGone) {
        TrackedFlow flow = index.firstAt(place);
        while (flow != null && !isGone.test(flow.tunnel)) {
            flow = flow.nextInPlace;
        }
        return flow;
    }

    /**
     * How long nothing ends by itself.
     *
     * @param atMostNs the longest answer
     * @param nowNs    monotonic time
     * @return nanoseconds, a millisecond at least unless the longest answer is less
     */
    public long untilNextEndNs(long atMostNs, long nowNs) {
        return Math.max(Math.min(SHORTEST_WAIT_NS, atMostNs), lists.untilNextNs(atMostNs, nowNs));
    }

    /** Ends all flows, as the appliance closes. */
    public void close() {
        for (TrackedFlow flow = lists.firstToGiveWay(); flow != null; flow = lists.firstToGiveWay()) {
            end(flow, FlowEnd.APPLIANCE_CLOSED);
        }
    }
}
