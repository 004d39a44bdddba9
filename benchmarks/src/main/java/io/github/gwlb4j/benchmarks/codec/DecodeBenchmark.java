package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
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

/** A datagram of a Gateway Load Balancer: checked, its options read; then also the inner packet and its flow key. A batch of 64. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Datagrams.COUNT)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class DecodeBenchmark {
    private static final int HEADER_LENGTH = 40;

    /** IP version of the inner packet. */
    @Param({"4", "6"})
    public int ipVersion;

    private final GwlbDecoder decoder = new GwlbDecoder();
    private final IpPacket packet = new IpPacket();
    private final FlowKey key = new FlowKey();
    private final BlindFlow floor = new BlindFlow();
    private ByteBuffer batch;
    private long address;
    private int length;

    /** Makes the batch. */
    @Setup
    public void fill() {
        batch = Datagrams.gwlb(ipVersion);
        address = Raw.addressOf(batch);
        length = Datagrams.lengthOf(batch, 0);
    }

    /** Decode, validate, read the three options. */
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

    /** The same by hand, blindly: the values end in fields as well. */
    @Benchmark
    public long gwlbFloor() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = address + i * Datagrams.SLOT;
            sum += readHeader(at) + floor.endpointId + floor.attachmentId + floor.flowCookie;
        }
        return sum;
    }

    private long readHeader(long at) {
        floor.endpointId = Raw.i64(at + 12);
        floor.attachmentId = Raw.i64(at + 24);
        floor.flowCookie = Raw.i32(at + 36);
        return Raw.i64(at) ^ Raw.i32(at + 8) ^ Raw.i32(at + 20) ^ Raw.i32(at + 32) ^ Raw.u8(at + HEADER_LENGTH);
    }

    /** The inner packet's IP header alone, checked. */
    @Benchmark
    public long innerPacket() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            if (packet.wrap(batch, i * Datagrams.SLOT + HEADER_LENGTH, length - HEADER_LENGTH) == PacketStatus.OK) {
                sum += packet.protocol() + packet.transportOffset();
            }
        }
        return sum;
    }

    /** The same by hand, blindly. */
    @Benchmark
    public long innerPacketFloor() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            sum += floor.readIp(address + i * Datagrams.SLOT + HEADER_LENGTH);
        }
        return sum;
    }

    /** Decode, validate, read the three options, check the inner packet, make its flow key. */
    @Benchmark
    public long gwlbWithFlowKey() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            if (decoder.decode(batch, i * Datagrams.SLOT, length) == GeneveStatus.OK
                    && packet.wrap(batch, decoder.header().payloadOffset(), decoder.header().payloadLength()) == PacketStatus.OK) {
                sum += key.set(decoder.options().endpointId(), packet).hash64() + decoder.options().flowCookie();
            }
        }
        return sum;
    }

    /** The same by hand, blindly: values kept, the two ends ordered, kept and hashed. */
    @Benchmark
    public long gwlbWithFlowKeyFloor() {
        long sum = 0;
        for (int i = 0; i < Datagrams.COUNT; i++) {
            long at = address + i * Datagrams.SLOT;
            sum += readHeader(at) + floor.flowCookie + (ipVersion == 4
                    ? floor.setIpv4(floor.endpointId, at + HEADER_LENGTH) : floor.setIpv6(floor.endpointId, at + HEADER_LENGTH));
        }
        return sum;
    }
}
