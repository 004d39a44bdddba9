package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Place;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import java.util.concurrent.TimeUnit;

/** Forwards all but the discard service (RFC 863), counts each flow's packets in its attachment, and fails when told. */
final class SoakHandler implements PacketHandler {
    /** Packets to it are dropped by verdict. */
    static final int DISCARD_PORT = 9;
    private static final long TIMER_MS = 100;

    private final CallbackFaults faults;

    SoakHandler(CallbackFaults faults) {
        this.faults = faults;
    }

    @Override
    public void onStart(HandlerContext context) {
        context.scheduleEvery(TimeUnit.MILLISECONDS.toNanos(TIMER_MS), () -> faults.strike(Place.TIMER));
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        faults.strike(Place.HANDLER);
        Flow flow = packet.flow();
        if (flow != null) {
            if (flow.attachment() == null) {
                flow.attach(new long[1]);
            }
            ((long[]) flow.attachment())[0]++;
        }
        boolean isDiscarded = packet.inner().hasPorts() && packet.inner().destinationPort() == DISCARD_PORT;
        return isDiscarded ? Verdict.DROP : Verdict.FORWARD;
    }

    @Override
    public void onFlowEnd(Flow flow, FlowEnd end) {
        faults.strike(Place.FLOW_END);
    }
}
