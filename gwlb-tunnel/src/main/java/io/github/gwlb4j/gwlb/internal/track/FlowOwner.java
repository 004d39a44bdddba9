package io.github.gwlb4j.gwlb.internal.track;

import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import java.nio.ByteBuffer;

/** Whom a {@link FlowTracker} tells of its flows. Called on the worker's thread; must not throw. */
public interface FlowOwner {
    /** A flow has begun. */
    void onFlowBegin();

    /**
     * A flow has ended, and is in the table no more.
     *
     * @param flow may be used until this returns
     * @param end  why
     */
    void onFlowEnd(TrackedFlow flow, FlowEnd end);

    /**
     * Sends a packet as one of a flow.
     *
     * @param packet buffer with the packet, not checked yet
     * @param offset absolute position of its first byte
     * @param length bytes available from there
     * @param way    with the flow's newest header; valid until this returns
     * @return what became of it
     */
    InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath way);

    /** A packet was to be injected into a flow that has ended. */
    void onInjectFailure();
}
