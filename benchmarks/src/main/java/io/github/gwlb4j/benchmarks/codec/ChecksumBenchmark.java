package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.packet.InternetChecksum;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
/** The Internet checksum of one packet in full. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class ChecksumBenchmark {
    /** Bytes summed. */
    @Param({"64", "512", "1500", "8500"})
    public int bytes;

    private ByteBuffer data;
    private long address;

    /** Makes the data. */
    @Setup
    public void fill() {
        data = ByteBuffer.allocateDirect(bytes);
        for (int i = 0; i < bytes; i++) {
            data.put(i, (byte) (i * 31));
        }
        address = Raw.addressOf(data);
    }

    /** The library's. */
    @Benchmark
    public int checksum() {
        return InternetChecksum.of(data, 0, bytes);
    }

    /** Eight bytes at a time in the host's order with no checks, the sum swapped at the end (RFC 1071, 2). */
    @Benchmark
    public int checksumFloor() {
        long sum = 0;
        long at = address;
        long end = address + bytes;
        for (; at <= end - 32; at += 32) {
            long a = Raw.native64(at);
            long b = Raw.native64(at + 8);
            long c = Raw.native64(at + 16);
            long d = Raw.native64(at + 24);
            sum += (a >>> 32) + (a & 0xffff_ffffL) + (b >>> 32) + (b & 0xffff_ffffL)
                    + (c >>> 32) + (c & 0xffff_ffffL) + (d >>> 32) + (d & 0xffff_ffffL);
        }
        for (; at <= end - 4; at += 4) {
            sum += Integer.toUnsignedLong(Integer.reverseBytes(Raw.i32(at)));
        }
        sum = (sum >>> 32) + (sum & 0xffff_ffffL);
        sum = (sum >>> 16) + (sum & 0xffff);
        sum = (sum >>> 16) + (sum & 0xffff);
        sum = (sum >>> 16) + (sum & 0xffff);
        return Short.toUnsignedInt(Short.reverseBytes((short) ~sum));
    }
}
