package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.benchmarks.codec.Datagrams;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
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
 * What a packet costs in our own code: a whole appliance in inline mode, its worker on its own thread, between edges that cost
 * next to nothing. Received, checked, given to the handler, sent back and counted; no system call. Nanoseconds for a packet.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class InlineLoopBenchmark {
    private static final int BATCHES = 1000;
    /** Datagrams of one batch of a worker; checked. */
    private static final int BATCH = RepeatingTransport.BATCH;
    private static final int PACKETS = BATCHES * BATCH;

    /** What the handler does before it lets the packet pass; tracked: it counts in what it has attached to the packet's flow. */
    @Param({"nothing", "flowKey", "tracked"})
    public String handler;

    private final RepeatingTransport transport = new RepeatingTransport(Datagrams.gwlb(4), false);
    private final DatagramBatch floorBatch = new DatagramBatch(BATCH, 65_536);
    private final RepeatingTransport floorEdge = new RepeatingTransport(Datagrams.gwlb(4), false);
    private GwlbAppliance appliance;
    private long hashes;

    /** Starts the appliance. */
    @Setup(Level.Trial)
    public void start() throws Exception {
        appliance = GwlbAppliance.builder().transport(() -> transport).handler(worker -> decider()).poisonPackets(false).jmx(false)
                .flowTracking(handler.equals("tracked") ? FlowTracking.ofMaxFlows(100_000) : null).build().start();
        transport.run(BATCHES);
        if (transport.replies() != PACKETS) {
            throw new IllegalStateException(transport.replies() + " replies to " + PACKETS + " packets");
        }
    }

    private PacketHandler decider() {
        return switch (handler) {
            case "flowKey" -> packet -> {
                hashes += packet.flowKey().hash64();
                return Verdict.FORWARD;
            };
            case "tracked" -> packet -> {
                Flow flow = packet.flow();
                if (flow.attachment() == null) {
                    flow.attach(new long[1]);
                }
                ((long[]) flow.attachment())[0]++;
                return Verdict.FORWARD;
            };
            default -> packet -> Verdict.FORWARD;
        };
    }

    /** Stops it; the flow keys must have been made, and the packets must have found their flows. */
    @TearDown(Level.Trial)
    public void stop() {
        appliance.close();
        if (handler.equals("flowKey") && hashes == 0) {
            throw new IllegalStateException("no flow key was made");
        }
        FlowTrackingStats flows = appliance.stats().trackedFlows();
        if (handler.equals("tracked") && (flows.created() == 0 || flows.created() > BATCH)) {
            throw new IllegalStateException("packets of " + BATCH + " flows at most: " + flows);
        }
    }

    /** A thousand batches of 32 packets of different flows, and the hand-over to the worker and back. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public void packet() throws InterruptedException {
        transport.run(BATCHES);
    }

    /** The edges alone. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public void floor() throws InterruptedException {
        floorEdge.grant(BATCHES);
        while (floorEdge.receive(floorBatch) > 0) {
            for (int i = 0; i < floorBatch.size(); i++) {
                floorBatch.markReply(i);
            }
            floorEdge.reply(floorBatch, 0);
        }
    }
}
