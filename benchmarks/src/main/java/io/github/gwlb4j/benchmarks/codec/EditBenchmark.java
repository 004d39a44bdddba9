package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
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
/**
 * Fields of IPv4/TCP packets changed in place, checksums updated with them. A batch of 64 that has been checked already.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Datagrams.COUNT)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class EditBenchmark {
    private final IpPacket[] packets = new IpPacket[Datagrams.COUNT];
    private ByteBuffer batch;
    private long address;
    private int value;

    /** Makes the batch. */
    @Setup
    public void fill() {
        batch = Datagrams.packets(4);
        address = Raw.addressOf(batch);
        for (int i = 0; i < Datagrams.COUNT; i++) {
            packets[i] = new IpPacket();
            packets[i].wrap(batch, i * Datagrams.SLOT, 40);
        }
    }

    /** Time to live. */
    @Benchmark
    public ByteBuffer ttl() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            PacketEditor.setTtl(packets[i], value);
        }
        return batch;
    }

    /** The same by hand. */
    @Benchmark
    public ByteBuffer ttlFloor() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = address + i * Datagrams.SLOT;
            int before = Raw.u16(at + 8);
            int after = (value & 0xff) << 8 | before & 0xff;
            Raw.put16(at + 8, after);
            Raw.put16(at + 10, update(Raw.u16(at + 10), (~before & 0xffff) + after));
        }
        return batch;
    }

    /** Source address: header and TCP checksum. */
    @Benchmark
    public ByteBuffer sourceAddress() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            PacketEditor.setIpv4Source(packets[i], value);
        }
        return batch;
    }

    /** The same by hand. */
    @Benchmark
    public ByteBuffer sourceAddressFloor() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = address + i * Datagrams.SLOT;
            int before = Raw.i32(at + 12);
            Raw.put32(at + 12, value);
            int difference = (~before >>> 16) + (~before & 0xffff) + (value >>> 16) + (value & 0xffff);
            Raw.put16(at + 10, update(Raw.u16(at + 10), difference));
            Raw.put16(at + 36, update(Raw.u16(at + 36), difference));
        }
        return batch;
    }

    /** Source port and its TCP checksum. */
    @Benchmark
    public ByteBuffer sourcePort() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            PacketEditor.setSourcePort(packets[i], value & 0xffff);
        }
        return batch;
    }

    /** The same by hand. */
    @Benchmark
    public ByteBuffer sourcePortFloor() {
        value++;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = address + i * Datagrams.SLOT;
            int before = Raw.u16(at + 20);
            Raw.put16(at + 20, value);
            Raw.put16(at + 36, update(Raw.u16(at + 36), (~before & 0xffff) + (value & 0xffff)));
        }
        return batch;
    }

    /** RFC 1624, equation 3. */
    private static int update(int checksum, int difference) {
        int sum = (~checksum & 0xffff) + difference;
        sum = (sum >>> 16) + (sum & 0xffff);
        return ~((sum >>> 16) + sum) & 0xffff;
    }
}
