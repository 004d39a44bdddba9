package io.github.gwlb4j.simulator;

/** A flow of the traffic, and what a {@link Timeline} has made of it. Belongs to the thread of one run. */
final class TimelineFlow {
    private final GwlbFlow original;
    private GwlbFlow current;
    private int changesSeen;
    private boolean hasBegun;
    private boolean isGone;
    private boolean isDraining;

    TimelineFlow(GwlbFlow original) {
        this.original = original;
        this.current = original;
    }

    /** The flow with the node, port and cookie that it has now. */
    GwlbFlow current() {
        return current;
    }

    boolean isAsItWas() {
        return current == original;
    }

    boolean isOf(LoadBalancerNode node) {
        return current.socket().node() == node;
    }

    /** Whether it had sent a packet before the one at hand. */
    boolean hasBegun() {
        return hasBegun;
    }

    void begin() {
        hasBegun = true;
    }

    /** Whether its packets go to another appliance now. */
    boolean isGone() {
        return isGone;
    }

    /** Whether its next TCP connection goes to another appliance. */
    boolean isDraining() {
        return isDraining;
    }

    boolean goesOnAs(GwlbFlow successor) {
        current.replaceBy(successor);
        current = successor;
        return true;
    }

    boolean leaves() {
        boolean isChange = !isGone;
        isGone = true;
        return isChange;
    }

    boolean drains() {
        isDraining = true;
        return true;
    }

    /** The number of changes on the timeline that this flow has seen, which is then the given one. */
    int seeChanges(int upTo) {
        int seen = changesSeen;
        changesSeen = upTo;
        return seen;
    }
}
