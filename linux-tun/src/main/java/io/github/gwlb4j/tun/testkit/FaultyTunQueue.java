package io.github.gwlb4j.tun.testkit;

import java.util.Objects;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;

/**
 * A queue that fails on demand, around one that works: in memory or the kernel's. The thread rule is that of
 * {@link TunQueue}; plans may be set by any thread.
 */
public final class FaultyTunQueue implements TunQueue {

    /** Decides about each call. */
    @FunctionalInterface
    public interface Plan {

        /** Never fails. */
        Plan NONE = call -> null;

        /**
         * Decides about a call.
         *
         * @param call number of the call, from 0, counted for each kind of call on its own
         * @return what goes wrong, or null to let it through
         */
        TunFault fault(long call);

        /**
         * The same fault in every n-th call, the first being call {@code n} - 1.
         *
         * @param n     distance, at least 1
         * @param fault what goes wrong
         * @return the plan
         */
        static Plan every(int n, TunFault fault) {
            return call -> call % n == n - 1 ? fault : null;
        }

        /**
         * Faults in the first calls, then none.
         *
         * @param faults one for each call; null lets a call through
         * @return the plan
         */
        static Plan first(TunFault... faults) {
            TunFault[] copy = faults.clone();
            return call -> call < copy.length ? copy[(int) call] : null;
        }
    }

    private final TunQueue queue;
    private volatile Plan reads = Plan.NONE;
    private volatile Plan writes = Plan.NONE;
    private long readCalls;
    private long writeCalls;

    /**
     * Wraps a queue that works; nothing fails until a plan is set.
     *
     * @param queue the queue
     */
    public FaultyTunQueue(TunQueue queue) {
        this.queue = Objects.requireNonNull(queue);
    }

    /**
     * Sets what happens to reads.
     *
     * @param plan the plan; its calls count from the construction of this queue
     * @return this
     */
    public FaultyTunQueue failReads(Plan plan) {
        reads = Objects.requireNonNull(plan);
        return this;
    }

    /**
     * Sets what happens to writes, of both kinds together.
     *
     * @param plan the plan; its calls count from the construction of this queue
     * @return this
     */
    public FaultyTunQueue failWrites(Plan plan) {
        writes = Objects.requireNonNull(plan);
        return this;
    }

    @Override
    public TunOffload offload() {
        return queue.offload();
    }

    @Override
    public int read(PacketBatch batch) {
        TunFault fault = reads.fault(readCalls++);
        if (fault == null) {
            return queue.read(batch);
        }
        if (fault != TunFault.SHORT) {
            return fault.result();
        }
        int result = queue.read(batch);
        if (result > 0) {
            int last = batch.count() - 1;
            batch.set(last, batch.offset(last), batch.length(last) / 2);
        }
        return result;
    }

    @Override
    public int write(PacketBatch batch, int from, int to) {
        TunFault fault = writes.fault(writeCalls++);
        if (fault == null) {
            return queue.write(batch, from, to);
        }
        return fault == TunFault.SHORT ? queue.write(batch, from, halfway(from, to)) : fault.result();
    }

    @Override
    public int write(GatherBatch batch, int from, int to) {
        TunFault fault = writes.fault(writeCalls++);
        if (fault == null) {
            return queue.write(batch, from, to);
        }
        return fault == TunFault.SHORT ? queue.write(batch, from, halfway(from, to)) : fault.result();
    }

    private static int halfway(int from, int to) {
        return from + (to - from) / 2;
    }

    @Override
    public int await(int timeoutMs) {
        return queue.await(timeoutMs);
    }

    @Override
    public void wakeup() {
        queue.wakeup();
    }

    @Override
    public int fileDescriptor() {
        return queue.fileDescriptor();
    }

    @Override
    public void close() {
        queue.close();
    }
}
