package io.github.gwlb4j.benchmarks.flow;

import io.github.gwlb4j.gwlb.internal.flow.FlowSignal;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * All flows of a table come at once, or go at once. The score is the time for all of them: divided by the number of flows it
 * is that of one. Two threads insert half of the flows each.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 30)
@Measurement(iterations = 30)
@Fork(2)
public class FlowLifeBenchmark {
    private static final long LATER_NS = TimeUnit.HOURS.toNanos(1);

    /** A table that is empty at the start of each iteration. */
    @State(Scope.Benchmark)
    public static class Empty {
        /** Flows that the table is made for. */
        @Param({"1000", "100000", "1000000"})
        public int flows;

        private FlowTable table;
        private long nowNs;

        /** Takes the memory. */
        @Setup(Level.Trial)
        public void make() {
            table = new FlowTable(FlowTableConfig.defaults(flows));
        }

        /** Makes all flows go. */
        @Setup(Level.Iteration)
        public void clear() {
            nowNs += LATER_NS;
            table.expire(nowNs, Integer.MAX_VALUE);
        }
    }

    /** A table that is full of expired flows at the start of each iteration. */
    @State(Scope.Benchmark)
    public static class Expired {
        /** Flows that the table is made for. */
        @Param({"1000", "100000", "1000000"})
        public int flows;

        private FlowTable table;
        private long nowNs;

        /** Takes the memory. */
        @Setup(Level.Trial)
        public void make() {
            table = new FlowTable(FlowTableConfig.defaults(flows));
        }

        /** Makes all flows come, and lets time pass. */
        @Setup(Level.Iteration)
        public void fill() {
            insertShare(table, flows, 0, 1, nowNs);
            nowNs += LATER_NS;
        }
    }

    private static int insertShare(FlowTable table, int flows, int share, int shares, long nowNs) {
        FlowKeys keys = new FlowKeys();
        int remembered = 0;
        for (int n = share; n < flows; n += shares) {
            remembered += table.remember(keys.key(n, true), FlowSignal.DATA, keys.path(n), nowNs).isRemembered() ? 1 : 0;
        }
        return remembered;
    }

    /** First packets of flows. */
    @Benchmark
    public int insert(Empty empty, ThreadParams params) {
        return insertShare(empty.table, empty.flows, params.getThreadIndex(), params.getThreadCount(), empty.nowNs);
    }

    /** The sweep past flows that have all expired. One thread, the control thread. */
    @Benchmark
    @Threads(1)
    public int expire(Expired expired) {
        return expired.table.expire(expired.nowNs, Integer.MAX_VALUE);
    }
}
