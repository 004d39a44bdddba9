package io.github.gwlb4j.benchmarks.tun;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.OffloadPolicy;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.offload.PacketQueue;

/**
 * Reading and writing real packets, in a network namespace of the benchmark's own; needs root. Packets written to the device
 * are routed back out of it by the kernel, so that there is one to read for each one written. The floor is {@code tunloop.c},
 * which does the same in C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class TunBenchmark {

    /** Bytes of an IP packet, or of each packet in a super-packet. */
    @Param({"64", "1400", "8500"})
    public int packetBytes;

    private final PacketBatch damaged = new PacketBatch(1, 70_000);
    private final PacketBatch packet = new PacketBatch(1, 70_000);
    private final PacketBatch superPacket = new PacketBatch(1, 70_000);
    private final PacketBatch run = new PacketBatch(64, 1024 * 1024);
    private final PacketBatch in = new PacketBatch(64, 1024 * 1024);
    private NetworkNamespace namespace;
    private NetAdmin admin;
    private TunDevice plain;
    private TunDevice offloaded;
    private PacketQueue merging;

    /** Counts packets of the wire, so that JMH prints the time for each beside the time for each operation. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Segments {
        /** Packets of the wire so far. */
        public long segments;
    }

    /** Opens the devices. */
    @Setup(Level.Trial)
    public void open() throws Exception {
        namespace = NetworkNamespace.isolated();
        admin = NetAdmin.open(namespace);
        // IPv6 would send packets of its own into the devices.
        admin.ensureSysctl("default", LinkSysctl.IPV6_DISABLE, 1);
        admin.ensureSysctl("all", LinkSysctl.IPV4_FORWARDING, 1);
        // Nor shall the kernel tell the sender that it could do without a router.
        for (String name : new String[] {"all", "default"}) {
            namespace.call(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/conf", name, "send_redirects"), "0"));
        }
        plain = open("plain0", OffloadPolicy.OFF, 1);
        offloaded = open("vnet0", OffloadPolicy.REQUIRE, 2);
        merging = new PacketQueue(offloaded.queue(0));
        TcpFrames.addPacket(packet, packetBytes, 1, 0, 0);
        TcpFrames.addPacket(damaged, packetBytes, 1, 0, 0);
        damaged.buffer().putShort(damaged.offset(0) + 10, (short) 0);
        TcpFrames.addSuperPacket(superPacket, packetBytes, 2);
        for (int i = 0; i < TcpFrames.segments(packetBytes); i++) {
            TcpFrames.addPacket(run, packetBytes, 2, i * (packetBytes - TcpFrames.HEADERS), i);
        }
    }

    private TunDevice open(String name, OffloadPolicy offload, int subnet) throws Exception {
        TunDevice device = LinuxTun.open(TunConfig.builder(name).namespace(namespace).mtu(9000).offload(offload)
                .address("10.0." + subnet + ".1/24").build());
        admin.ensureSysctl(name, LinkSysctl.IPV4_RP_FILTER, 0);
        return device;
    }

    /** Closes the devices. */
    @TearDown(Level.Trial)
    public void close() {
        plain.close();
        offloaded.close();
        admin.close();
        namespace.close();
    }

    /** One write; the kernel drops the packet at once, for its IPv4 checksum is wrong. */
    @Benchmark
    public int write() {
        return plain.queue(0).write(damaged, 0, 1);
    }

    /** One write and one read of a single packet. */
    @Benchmark
    public int writeAndRead() {
        return roundTrip(plain.queue(0), packet);
    }

    /** One write and one read of a super-packet. */
    @Benchmark
    public int writeAndReadSuperPacket(Segments counter) {
        counter.segments += TcpFrames.segments(packetBytes);
        return roundTrip(offloaded.queue(0), superPacket);
    }

    /** A run of single packets merged into one write, and read and split into single packets again. */
    @Benchmark
    public int mergeWriteReadAndSplit(Segments counter) {
        int count = run.count();
        counter.segments += count;
        in.clear();
        if (merging.write(run, 0, count) != count || merging.read(in) != count) {
            throw new IllegalStateException("the packets did not come back");
        }
        return in.count();
    }

    private int roundTrip(TunQueue queue, PacketBatch out) {
        in.clear();
        if (queue.write(out, 0, 1) != 1 || queue.read(in) != 1) {
            throw new IllegalStateException("the packet did not come back");
        }
        return in.length(0);
    }
}
