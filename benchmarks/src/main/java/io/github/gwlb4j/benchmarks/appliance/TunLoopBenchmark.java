package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.benchmarks.codec.Datagrams;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
 * What a packet costs in our own code in TUN mode, one way: a whole appliance between edges that cost next to nothing. {@code in}:
 * received, checked, its flow remembered, looked at for merging, written to the interface. {@code out}: read, its flow found, sent
 * with the flow's header. Nothing can be merged: each batch has packets of 32 different flows. With more than 32 they come in random
 * order, for what it costs that the caches do not hold them. Nanoseconds for a packet and way.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class TunLoopBenchmark {
    /** Enough for each flow to come. */
    private static final int BATCHES = 1 << 11;
    private static final int BATCH_IN = RepeatingTransport.BATCH;
    private static final int PACKETS_IN = BATCHES * BATCH_IN;
    private static final int PACKETS_OUT = BATCHES * Datagrams.COUNT;

    /** Whether the interfaces take and give super-packets, so that mergeable ones are looked for. */
    @Param({"true", "false"})
    public boolean offload;

    /** How many; powers of two. */
    @Param({"32", "16384", "65536"})
    public int flows;

    /** A running appliance whose flows are known. */
    abstract static class Loop {
        RepeatingTransport transport;
        private final List<RepeatingInterface> interfaces = new ArrayList<>();
        private GwlbAppliance appliance;

        /** Starts the appliance. */
        @Setup(Level.Trial)
        public void start(TunLoopBenchmark benchmark) throws Exception {
            ByteBuffer datagrams = Datagrams.gwlb(4, 1);
            transport = benchmark.transport(datagrams);
            TunOffload offload = benchmark.offload ? TunOffload.ALL : TunOffload.NONE;
            TunSettings tun = TunSettings.builder().deviceOpener(config -> {
                // The ingress interface comes first; packets go back through the other.
                RepeatingInterface opened = new RepeatingInterface(config.name(), offload, datagrams, interfaces.isEmpty() ? null : transport);
                interfaces.add(opened);
                return opened;
            }).build();
            appliance = GwlbAppliance.builder().transport(() -> transport).mode(TunnelMode.TUN).tun(tun).poisonPackets(false).jmx(false).build().start();
            transport.run(BATCHES);
            while (interfaces.size() != 2 || appliance.stats().heldPackets() != 0) {
                Thread.sleep(1);
            }
            transport.run(BATCHES); // or flows whose packets were too many to be held would not be known
            if (appliance.stats().flows().flows() != benchmark.flows) {
                throw new IllegalStateException(appliance.stats().flows().flows() + " flows");
            }
        }

        /** Stops it. Packets may have gone astray only while the tunnel was being created. */
        @TearDown(Level.Trial)
        public void stop() {
            appliance.close();
            ApplianceStats stats = appliance.stats();
            if (stats.drops().values().stream().mapToLong(Long::longValue).sum() > PACKETS_IN) {
                throw new IllegalStateException("packets were dropped: " + stats.drops());
            }
        }
    }

    /** From the load balancer into the interface. */
    @State(Scope.Benchmark)
    public static class In extends Loop {
    }

    /** Out of the interface to the load balancer. */
    @State(Scope.Benchmark)
    public static class Out extends Loop {
        @Override
        public void start(TunLoopBenchmark benchmark) throws Exception {
            super.start(benchmark);
            transport.stopReceiving();
        }
    }

    /** What gives the packets, without an appliance. */
    @State(Scope.Benchmark)
    public static class Edges {
        private static final int PREFIX = 256;
        private final ByteBuffer datagrams = Datagrams.gwlb(4, 1);
        private RepeatingTransport transport;
        private final DatagramBatch received = new DatagramBatch(BATCH_IN, 65_536);
        private final PacketBatch read = new PacketBatch(Datagrams.COUNT, 1 << 20, PREFIX);
        private RepeatingInterface tun;

        /** Makes the interface. */
        @Setup(Level.Trial)
        public void open(TunLoopBenchmark benchmark) {
            transport = benchmark.transport(datagrams);
            tun = new RepeatingInterface("edge", benchmark.offload ? TunOffload.ALL : TunOffload.NONE, datagrams, transport);
        }
    }

    private RepeatingTransport transport(ByteBuffer datagrams) {
        if (flows == RepeatingTransport.BATCH) {
            return new RepeatingTransport(datagrams, true);
        }
        RepeatingTransport transport = new RepeatingTransport(datagrams, true, flows);
        transport.shuffle();
        return transport;
    }

    /** Batches of 32 packets. */
    @Benchmark
    @OperationsPerInvocation(PACKETS_IN)
    public void in(In loop) throws InterruptedException {
        loop.transport.run(BATCHES);
    }

    /** Batches of 64 packets. */
    @Benchmark
    @OperationsPerInvocation(PACKETS_OUT)
    public void out(Out loop) throws InterruptedException {
        loop.transport.run(BATCHES);
    }

    /** What {@link #in} takes of it: receiving alone, since writing does nothing. */
    @Benchmark
    @OperationsPerInvocation(PACKETS_IN)
    public int inFloor(Edges edges) {
        edges.transport.grant(BATCHES);
        int packets = 0;
        while (edges.transport.receive(edges.received) > 0) {
            packets += edges.received.size();
        }
        return packets;
    }

    /** What {@link #out} takes of it: reading alone. */
    @Benchmark
    @OperationsPerInvocation(PACKETS_OUT)
    public int outFloor(Edges edges) {
        edges.transport.stopReceiving();
        edges.transport.grant(BATCHES);
        int packets = 0;
        while (edges.tun.read(edges.read) > 0) {
            packets += edges.read.count();
            edges.read.clear();
        }
        return packets;
    }
}
