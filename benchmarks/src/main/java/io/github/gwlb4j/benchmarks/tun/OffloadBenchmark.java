package io.github.gwlb4j.benchmarks.tun;

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
import org.openjdk.jmh.annotations.Warmup;

import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.offload.SegmentCoalescer;
import io.github.gwlb4j.tun.offload.SegmentSplitter;

/** Splitting and merging alone, without a kernel. {@code readFloor} reads the same bytes and does nothing else. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OffloadBenchmark {

    /** Bytes of each packet. */
    @Param({"64", "1400", "8500"})
    public int packetBytes;

    private final PacketBatch superPacket = new PacketBatch(1, 70_000);
    private final PacketBatch run = new PacketBatch(64, 1024 * 1024);
    private final PacketBatch headers = new PacketBatch(1, 128);
    private final SegmentSplitter splitter = new SegmentSplitter();
    private final SegmentCoalescer coalescer = new SegmentCoalescer(64, TunOffload.ALL);

    /** Makes the packets. */
    @Setup(Level.Trial)
    public void fill() {
        TcpFrames.addSuperPacket(superPacket, packetBytes, 1);
        for (int i = 0; i < TcpFrames.segments(packetBytes); i++) {
            TcpFrames.addPacket(run, packetBytes, 1, i * (packetBytes - TcpFrames.HEADERS), i);
        }
    }

    /** Headers of all segments of a super-packet, payload left where it is. */
    @Benchmark
    public int split(TunBenchmark.Segments counter) {
        int sum = 0;
        splitter.begin(superPacket, 0);
        while (splitter.hasNext()) {
            sum += splitter.next(headers.buffer(), 0);
            counter.segments++;
        }
        return sum;
    }

    /** The plan for one super-packet of as many packets. */
    @Benchmark
    public int coalesce(TunBenchmark.Segments counter) {
        counter.segments += run.count();
        return coalescer.coalesce(run, 0, run.count()).count();
    }

    /** Reads the payload of a super-packet 8 bytes at a time. */
    @Benchmark
    public long readFloor(TunBenchmark.Segments counter) {
        counter.segments += run.count();
        long sum = 0;
        int end = superPacket.offset(0) + superPacket.length(0) - 8;
        for (int at = superPacket.offset(0); at <= end; at += 8) {
            sum += superPacket.buffer().getLong(at);
        }
        return sum;
    }
}
