package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveOptionCursor;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import java.nio.ByteBuffer;
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
import org.openjdk.jmh.annotations.Warmup;

/** Headers with few and many options: checked and all of them visited. A batch of 64. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Datagrams.COUNT)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class OptionsBenchmark {
    private static final GenevePolicy POLICY = GenevePolicy.rfc8926();

    /** Options in each header: the usual three, thirteen, and the most that fit into 260 bytes. */
    @Param({"3", "13", "58"})
    public int options;

    private final GwlbDecoder decoder = new GwlbDecoder();
    private final GeneveHeader header = new GeneveHeader();
    private final GeneveOptionCursor cursor = new GeneveOptionCursor();
    private ByteBuffer batch;
    private long address;
    private int length;

    /** Makes the batch. */
    @Setup
    public void fill() {
        batch = Datagrams.withOptions(options, options == 13 ? 4 : 0);
        address = Raw.addressOf(batch);
        length = Datagrams.lengthOf(batch, 0);
    }

    /** Validates and visits every option. */
    @Benchmark
    public long walk() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            header.wrap(batch, i * Datagrams.SLOT, length);
            if (header.validate(POLICY) == GeneveStatus.OK) {
                for (cursor.wrap(header); cursor.next(); ) {
                    sum += cursor.optionClass() ^ cursor.type();
                }
            }
        }
        return sum;
    }

    /** Visits every option once, and believes its length. */
    @Benchmark
    public long walkFloor() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long base = address + i * Datagrams.SLOT;
            sum += Raw.i64(base);
            long end = base + 8 + ((Raw.u8(base) & 0x3f) << 2);
            for (long at = base + 8; at < end; ) {
                int option = Raw.i32(at);
                sum += option >>> 16 ^ option >>> 8 & 0xff;
                at += 4 + ((option & 0x1f) << 2);
            }
            sum += Raw.u8(end);
        }
        return sum;
    }

    /** Decodes the Gateway Load Balancer's options, wherever they are. */
    @Benchmark
    public long gwlb() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            if (decoder.decode(batch, i * Datagrams.SLOT, length) == GeneveStatus.OK) {
                sum += decoder.options().endpointId() + decoder.options().attachmentId() + decoder.options().flowCookie();
            }
        }
        return sum;
    }

    /** The same by hand, believing every length. */
    @Benchmark
    public long gwlbFloor() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long base = address + i * Datagrams.SLOT;
            sum += Raw.i64(base);
            long end = base + 8 + ((Raw.u8(base) & 0x3f) << 2);
            for (long at = base + 8; at < end; ) {
                int option = Raw.i32(at);
                if (option >>> 16 == Gwlb.OPTION_CLASS) {
                    sum += (option >>> 8 & 0xff) == Gwlb.TYPE_FLOW_COOKIE ? Raw.i32(at + 4) : Raw.i64(at + 4);
                }
                at += 4 + ((option & 0x1f) << 2);
            }
            sum += Raw.u8(end);
        }
        return sum;
    }
}
