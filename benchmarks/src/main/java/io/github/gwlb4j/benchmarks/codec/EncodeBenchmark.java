package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
/** Headers written: a Gateway Load Balancer's from values, and a received one copied. A batch of 64. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Datagrams.COUNT)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class EncodeBenchmark {
    private final GwlbHeaderEncoder encoder = new GwlbHeaderEncoder();
    private final GeneveHeaderEncoder options = new GeneveHeaderEncoder();
    private final GeneveHeader header = new GeneveHeader();
    /** Where the written headers start: behind the received ones, in the same buffer. */
    private static final int TARGET = Datagrams.COUNT * Datagrams.SLOT;

    private ByteBuffer batch;
    private long address;
    private long targetAddress;
    private long endpoint;

    /** Makes the batches. */
    @Setup
    public void fill() {
        batch = ByteBuffer.allocateDirect(2 * TARGET).put(0, Datagrams.gwlb(4), 0, TARGET);
        address = Raw.addressOf(batch);
        targetAddress = address + TARGET;
        endpoint = 0x0123456789abcdefL;
    }

    /** Base header and three options. */
    @Benchmark
    public ByteBuffer gwlb() {
        for (int i = 0; i < Datagrams.COUNT; i++) {
            encoder.encode(batch, TARGET + i * Datagrams.SLOT, Geneve.PROTOCOL_IPV4, endpoint, 0, i);
        }
        return batch;
    }

    /** The same bytes written blindly. */
    @Benchmark
    public ByteBuffer gwlbFloor() {
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = targetAddress + i * Datagrams.SLOT;
            Raw.put64(at, 0x0800_0800_0000_0000L);
            Raw.put32(at + 8, 0x0108_0102);
            Raw.put64(at + 12, endpoint);
            Raw.put32(at + 20, 0x0108_0202);
            Raw.put64(at + 24, 0);
            Raw.put32(at + 32, 0x0108_0301);
            Raw.put32(at + 36, i);
        }
        return batch;
    }

    /** The same header from its parts: any options could be added. */
    @Benchmark
    public ByteBuffer options() {
        for (int i = 0; i < Datagrams.COUNT; i++) {
            options.begin(batch, TARGET + i * Datagrams.SLOT, Geneve.PROTOCOL_IPV4, 0).optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ENDPOINT_ID, endpoint)
                    .optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ATTACHMENT_ID, 0).optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_FLOW_COOKIE, i);
        }
        return batch;
    }

    /** A received header copied, all options with it. */
    @Benchmark
    public ByteBuffer copy() {
        for (int i = 0; i < Datagrams.COUNT; i++) {
            GeneveHeaderEncoder.copyHeader(header.wrap(batch, i * Datagrams.SLOT, 80), batch, TARGET + i * Datagrams.SLOT);
        }
        return batch;
    }

    /** The same bytes copied blindly, their number read from the header. */
    @Benchmark
    public ByteBuffer copyFloor() {
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long from = address + i * Datagrams.SLOT;
            Raw.copy(from, targetAddress + i * Datagrams.SLOT, 8 + ((Raw.u8(from) & 0x3f) << 2));
        }
        return batch;
    }
}
