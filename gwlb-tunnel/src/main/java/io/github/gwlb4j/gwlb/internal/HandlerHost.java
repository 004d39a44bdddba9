package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import java.util.function.LongSupplier;

/**
 * Calls a worker's handler: about packets, and between two batches for its timers and tasks. Whatever the handler throws
 * ends here. Belongs to the worker's thread.
 */
final class HandlerHost {
    private final PacketHandler handler;
    private final HandlerFailures failures;
    private final InjectQueue injected;
    private final WorkerCounters counters;
    private final LongSupplier clock;
    private final WorkerContext context;

    /**
     * The handler has not been told yet that its worker runs.
     *
     * @param wakeUp ends a wait of the worker, from any thread
     */
    HandlerHost(int index, PacketHandler handler, PacketRules rules, InjectQueue injected, WorkerCounters counters, LongSupplier clock,
                Runnable wakeUp) {
        this.handler = handler;
        this.failures = new HandlerFailures(rules.isFailOpen(), clock);
        this.injected = injected;
        this.counters = counters;
        this.clock = clock;
        this.context = new WorkerContext(index, clock, wakeUp, this::run);
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

    /** Runs timers and tasks, and sends what they inject; answers how many that was. */
    int doWork() {
        if (context.hasNothing()) {
            return 0;
        }
        long nowNs = clock.getAsLong();
        int count = context.doWork(nowNs);
        injected.flush(nowNs);
        return count;
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

    /** How long the worker may wait for packets, so that no timer is late. */
    long boundWaitNs(long timeoutNs) {
        return context.boundWaitNs(timeoutNs);
    }

    /** Ends timers and tasks. */
    void retire() {
        context.close();
        injected.flush(clock.getAsLong());
    }
}
