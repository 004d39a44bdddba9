package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Something that happens to flows at one moment of a {@link Timeline}. It happens to each flow with its next packet. Immutable; usable from any thread.
 */
public final class FlowChange {
    private final String description;
    private final Duration silence;
    private final int highestNode;
    private final PacketFilter only;
    private final Action action;

    /** Changes one flow; false if it stays as it is. */
    private interface Action {
        boolean apply(TimelineFlow flow, FlowFactory flows, SplittableRandom random) throws IOException;
    }

    private FlowChange(String description, Duration silence, int highestNode, PacketFilter only, Action action) {
        this.description = description;
        this.highestNode = highestNode;
        this.silence = silence;
        this.only = only;
        this.action = action;
    }

    private static FlowChange of(String description, Action action) {
        return new FlowChange(description, Duration.ZERO, 0, null, action);
    }

    /**
     * A node fails: its flows go on from another node, with other UDP source ports and other cookies. Flows that begin later and
     * would be the failed node's are the other one's too.
     *
     * @param fromNode index of the node that fails, from 0 in the order in which the sources were given
     * @param toNode   index of the node that takes over
     * @return the change
     * @throws IllegalArgumentException if the two are the same or negative
     */
    public static FlowChange failover(int fromNode, int toNode) {
        if (fromNode == toNode || fromNode < 0 || toNode < 0) {
            throw new IllegalArgumentException("failover from node " + fromNode + " to node " + toNode + ": needs two nodes");
        }
        String description = "failover from node " + (fromNode + 1) + " to node " + (toNode + 1);
        return new FlowChange(description, Duration.ZERO, Math.max(fromNode, toNode), null, (flow, flows, random) ->
                flow.isOf(flows.node(fromNode)) && flow.goesOnAs(flows.movedFlow(flow.current(), toNode)));
    }

    /**
     * Flows get other cookies, and keep node and port.
     *
     * @return the change
     */
    public static FlowChange newCookies() {
        return of("new cookies", (flow, flows, random) -> flow.hasBegun() && flow.goesOnAs(flows.newCookie(flow.current())));
    }

    /**
     * The load balancer deals its flows out anew, and some go to other appliances: they end here in the middle. What comes here
     * instead is traffic that starts later, see {@link Timeline#start} and {@link BuiltInTraffic#midStream}.
     *
     * @param share of the flows, above 0 to 1; which ones comes from the seed
     * @return the change
     * @throws IllegalArgumentException if the share is out of range
     */
    public static FlowChange leave(double share) {
        Impairment.requireShare(share);
        return of(Impairment.percent(share) + " of the flows leave", (flow, flows, random) ->
                flow.hasBegun() && random.nextDouble() < share && flow.leaves());
    }

    /**
     * The load balancer drains the appliance: flows go on until their connection ends; new flows, and new TCP connections of old
     * ones, go to other appliances.
     *
     * @return the change
     */
    public static FlowChange drain() {
        return of("drain: no new connections", (flow, flows, random) -> flow.hasBegun() ? flow.drains() : flow.leaves());
    }

    /**
     * The end of the deregistration delay: all flows leave, in the middle or not.
     *
     * @return the change
     */
    public static FlowChange cutOff() {
        return of("end of the deregistration delay: all flows leave", (flow, flows, random) -> flow.leaves());
    }

    /**
     * All flows are silent for a time and then go on. If that is longer than the load balancer's idle timeout, it has forgotten
     * them, and they go on with other cookies.
     *
     * @param length     time without any packet
     * @param newCookies whether the flows have other cookies afterwards
     * @return the change
     * @throws IllegalArgumentException if the length is not above 0
     */
    public static FlowChange silence(Duration length, boolean newCookies) {
        if (length.isZero() || length.isNegative()) {
            throw new IllegalArgumentException("silence of " + length + " is not longer than 0");
        }
        String description = String.format(Locale.ROOT, "silence of %s s, then %s cookies",
                Impairment.number(length.toNanos() / 1e9), newCookies ? "new" : "the same");
        return new FlowChange(description, length, 0, null, (flow, flows, random) ->
                flow.hasBegun() && (!newCookies || flow.goesOnAs(flows.newCookie(flow.current()))));
    }

    /**
     * Restricts the change to some flows.
     *
     * @param filter is asked about the next packet of each flow
     * @return a copy
     */
    public FlowChange only(PacketFilter filter) {
        return new FlowChange(description, silence, highestNode, Objects.requireNonNull(filter, "filter"), action);
    }

    /** Happens to a flow that is about to send a packet; false if it does not concern the flow. */
    boolean apply(TimelineFlow flow, OutboundPacket packet, FlowFactory flows, SplittableRandom random) throws IOException {
        return (only == null || only.matches(packet)) && action.apply(flow, flows, random);
    }

    void requireNodes(int nodes) {
        Timeline.requireNode(highestNode, nodes);
    }

    /** How long nothing is sent. */
    Duration silence() {
        return silence;
    }

    /**
     * Says what happens.
     *
     * @return a short phrase in English
     */
    @Override
    public String toString() {
        return description + (only == null ? "" : ", only '" + only + "'");
    }
}
