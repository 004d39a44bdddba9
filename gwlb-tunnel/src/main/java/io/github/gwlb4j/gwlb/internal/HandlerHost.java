package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.gwlb.internal.track.FlowOwner;
import io.github.gwlb4j.gwlb.internal.track.FlowTracker;
import io.github.gwlb4j.gwlb.internal.track.TrackedFlow;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/**
 * Calls a worker's handler: about packets, about flows that end, and between two batches for its timers and tasks. Whatever the
 * handler throws ends here. Belongs to the worker's thread.
 */
final class HandlerHost implements FlowOwner {
    private final PacketHandler handler;
    private final HandlerFailures failures;
    private final InjectQueue injected;
    private final WorkerCounters counters;
    private final LongSupplier clock;
    private final WorkerContext context;
    private final TunnelManager tunnels;
    /** Null if flows are not tracked. */
    private final FlowTracker tracker;
    private int seenEpoch;

    /**
     * The handler has not been told yet that its worker runs.
     *
     * @param wakeUp ends a wait of the worker, from any thread
     */
    HandlerHost(int index, PacketHandler handler, PacketRules rules, SharedState shared, InjectQueue injected,
                WorkerCounters counters, LongSupplier clock, Runnable wakeUp) {
        this.handler = handler;
        this.failures = new HandlerFailures(rules.isFailOpen(), clock);
        this.injected = injected;
        this.counters = counters;
        this.clock = clock;
        this.context = new WorkerContext(index, clock, wakeUp, this::run);
        this.tunnels = shared.tunnels();
        this.tracker = rules.flowTracking() == null ? null
                : new FlowTracker(rules.flowTracking(), shared.fragments(), !rules.isPoisoning(), this, clock.getAsLong());
    }

    /** Null if flows are not tracked. */
    FlowTracker tracker() {
        return tracker;
    }

    PacketHandler handler() {
        return handler;
    }

    /** On the worker's thread, before the first packet. What the handler throws, this throws. */
    void start() {
        context.start();
        handler.onStart(context);
    }

    /** Null: the packet is dropped, since the handler failed. */
    Verdict verdict(GwlbPacket packet) {
        try {
            Verdict verdict = handler.onPacket(packet);
            return verdict != null ? verdict : failures.onNull();
        } catch (Throwable e) {
            return failures.onThrown(e);
        }
    }

    /** Runs timers and tasks, ends flows, and sends what all that injects; answers how much there was to do. */
    int doWork(long nowNs) {
        if (tracker == null && context.hasNothing()) {
            return 0;
        }
        int count = context.doWork(nowNs);
        if (tracker != null) {
            if (seenEpoch != tunnels.epoch()) {
                seenEpoch = tunnels.epoch();
                tracker.tunnelsHaveChanged();
            }
            count += tracker.doWork(nowNs, HandlerHost::isGone);
        }
        injected.flush(nowNs);
        return count;
    }

    private static boolean isGone(Tunnel tunnel) {
        return ((TunnelState) tunnel).phase() == TunnelPhase.DESTROYED;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            failed(e);
        }
    }

    private void failed(Throwable thrown) {
        failures.onCallbackThrown(thrown);
        counters.callbackFailed();
    }

    // ---- flows

    @Override
    public void onFlowBegin() {
        counters.flowCreated();
    }

    @Override
    public void onFlowEnd(TrackedFlow flow, FlowEnd end) {
        counters.flowEnded(end);
        try {
            handler.onFlowEnd(flow, end);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int offset, int length, ReturnPath way) {
        return injected.inject(packet, offset, length, way);
    }

    @Override
    public void onInjectFailure() {
        injected.noteFailure();
    }

    // ---- around the packet path

    /** How long the worker may wait for packets, so that no timer and no flow's end is late. */
    long boundWaitNs(long timeoutNs) {
        long nowNs = clock.getAsLong();
        long untilTimerNs = context.untilNextTimerNs(timeoutNs, nowNs);
        return tracker == null ? untilTimerNs : tracker.untilNextEndNs(untilTimerNs, nowNs);
    }

    /** Ends timers, tasks and flows. */
    void retire() {
        context.close();
        if (tracker != null) {
            tracker.close();
        }
        injected.flush(clock.getAsLong());
    }
}
