package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.benchmarks.codec.Datagrams;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.Verdict;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What flow tracking costs with more flows than the caches hold, in random order: {@link InlineLoopBenchmark} with many flows. Each batch has
 * packets of 32 different ones. Nanoseconds for a packet.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class ManyFlowsBenchmark {
    private static final int BATCHES = 1 << 13;
    private static final int PACKETS = BATCHES * RepeatingTransport.BATCH;

    /** How many; powers of two. */
    @Param({"512", "16384", "131072"})
    public int flows;

    /** Whether they are tracked. */
    @Param({"true", "false"})
    public boolean tracked;

    private RepeatingTransport transport;
    private GwlbAppliance appliance;

    /** Starts the appliance, and all flows. */
    @Setup(Level.Trial)
    public void start() throws Exception {
        transport = new RepeatingTransport(Datagrams.gwlb(4), false, flows);
        appliance = GwlbAppliance.builder().transport(() -> transport).handler(worker -> packet -> Verdict.FORWARD).poisonPackets(false).jmx(false)
                .flowTracking(tracked ? FlowTracking.ofMaxFlows(2 * flows) : null).build().start();
        transport.run(BATCHES);
        transport.shuffle();
    }

    /** Stops it; each packet must have come back, and each flow have been met. */
    @TearDown(Level.Trial)
    public void stop() {
        appliance.close();
        long created = tracked ? appliance.stats().trackedFlows().created() : flows;
        if (transport.replies() % PACKETS != 0 || created < flows) {
            throw new IllegalStateException(transport.replies() + " replies, " + created + " flows");
        }
    }

    /** Batches of 32 packets, and the hand-over to the worker and back. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public void packet() throws InterruptedException {
        transport.run(BATCHES);
    }
}
