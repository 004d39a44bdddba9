package io.github.gwlb4j.benchmarks.flow;

import io.github.gwlb4j.gwlb.internal.flow.FindResult;
import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.RememberResult;
import io.github.gwlb4j.gwlb.internal.flow.ReturnPath;
import io.github.gwlb4j.packet.FlowKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A table that holds as many flows as it is made for: random hits, and beside them the floor, which touches as many lines of
 * as much memory, each found from the one before, and does nothing with them. Many short trials: on a busy machine the
 * least disturbed ones tell.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 20, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 40, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class FlowTableBenchmark {
    private static final int LINE = 64;
    private static final int SLOT = 128;
    private static final int PLACES = 56;
    private static final int FLOWS_PER_SET = 42;
    private static final int SWEPT = 56 * 64;

    /** Flows in the table. */
    @Param({"1000", "100000", "1000000"})
    public int flows;

    private FlowTable table;
    private int sets;
    private ByteBuffer floorIndex;
    private ByteBuffer floorSlots;

    /** What each thread has to itself. */
    @State(Scope.Thread)
    public static class Worker {
        private final FlowKeys keys = new FlowKeys();
        private final ReturnPath found = new ReturnPath();
    }

    /** Fills the table, and the floor's memory with places for it to go to. */
    @Setup
    public void fill() {
        table = new FlowTable(FlowTableConfig.defaults(flows));
        FlowKeys keys = new FlowKeys();
        for (int n = 0; n < flows; n++) {
            table.remember(keys.key(n, true), FlowSignal.DATA, keys.path(n), 0);
        }
        sets = table.stats().slots() / PLACES;
        floorIndex = aligned(sets * LINE);
        floorSlots = aligned(sets * PLACES * SLOT);
        for (int at = 0; at < sets * LINE; at += Long.BYTES) {
            floorIndex.putLong(at, keys.next(FLOWS_PER_SET));
        }
    }

    private static ByteBuffer aligned(int length) {
        ByteBuffer whole = ByteBuffer.allocateDirect(length + SLOT);
        return whole.slice(-whole.alignmentOffset(0, SLOT) & SLOT - 1, length).order(ByteOrder.nativeOrder());
    }

    /** A random packet's key and nothing else: what all of these have in common. */
    @Benchmark
    public long keyOnly(Worker worker) {
        return worker.keys.key(worker.keys.next(flows), false).hash64();
    }

    /** The floor: a line of the index, then the two lines of a slot. */
    @Benchmark
    public long floor(Worker worker) {
        FlowKey key = worker.keys.key(worker.keys.next(flows), false);
        int set = (int) ((key.hash64() & 0xffff_ffffL) * sets >>> 32);
        int place = (int) floorIndex.getLong(set * LINE + ((int) (key.hash64() >>> 61) << 3));
        int slot = (set * PLACES + place) * SLOT;
        return floorSlots.getLong(slot) ^ floorSlots.getLong(slot + LINE);
    }

    /** TUN to UDP: a reply finds the way of its request. */
    @Benchmark
    public FindResult hitFind(Worker worker) {
        return table.find(worker.keys.key(worker.keys.next(flows), false), worker.found, 0);
    }

    /** UDP to TUN: a packet of a known flow, with the header that is known. */
    @Benchmark
    public RememberResult hitRemember(Worker worker) {
        int n = worker.keys.next(flows);
        return table.remember(worker.keys.key(n, true), FlowSignal.DATA, worker.keys.path(n), 0);
    }

    /** A packet of no flow that is known. */
    @Benchmark
    public FindResult miss(Worker worker) {
        return table.find(worker.keys.key(flows + worker.keys.next(flows), false), worker.found, 0);
    }

    /** The sweep past 3584 places, of which none has expired. One thread, the control thread. */
    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(SWEPT)
    public int sweep() {
        return table.expire(0, SWEPT);
    }
}
