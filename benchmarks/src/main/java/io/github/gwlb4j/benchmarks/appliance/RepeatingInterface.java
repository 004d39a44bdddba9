package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.benchmarks.codec.Datagrams;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import java.nio.ByteBuffer;

/**
 * An interface that costs next to nothing: takes every packet, and gives the inner packets of {@link Datagrams} again and again,
 * as many batches as a {@link RepeatingTransport} still has to give. Has one queue, for one worker.
 */
final class RepeatingInterface implements TunDevice, TunQueue {
    private static final int PACKET = 40;
    private static final int GENEVE_HEADER = 40;
    private static final int SOURCE = 12;
    /** Those that were received. */
    private static final int FLOWS = RepeatingTransport.BATCH;

    private final String name;
    private final TunOffload offload;
    private final ByteBuffer datagrams;
    private final RepeatingTransport source;

    /**
     * Opens it.
     *
     * @param source null if there is nothing to read
     */
    RepeatingInterface(String name, TunOffload offload, ByteBuffer datagrams, RepeatingTransport source) {
        this.name = name;
        this.offload = offload;
        this.datagrams = datagrams;
        this.source = source;
    }

    @Override
    public int read(PacketBatch batch) {
        if (source == null || !source.takeOver()) {
            return 0;
        }
        for (int i = 0; i < Datagrams.COUNT; i++) {
            int at = batch.reserve(PACKET + offload.headerBytes(), offload.headerBytes());
            batch.buffer().putLong(at, 0).putShort(at + Long.BYTES, (short) 0); // no offload wanted
            batch.buffer().put(at + offload.headerBytes(), datagrams, i % FLOWS * Datagrams.SLOT + GENEVE_HEADER, PACKET);
            if (source.hasManyFlows()) {
                batch.buffer().putInt(at + offload.headerBytes() + SOURCE, source.nextClient());
            }
            batch.add(at, PACKET + offload.headerBytes());
        }
        return Datagrams.COUNT;
    }

    @Override
    public int write(PacketBatch batch, int from, int to) {
        return to - from;
    }

    @Override
    public int write(GatherBatch batch, int from, int to) {
        return to - from;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int index() {
        return 1;
    }

    @Override
    public TunOffload offload() {
        return offload;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public TunQueue queue(int index) {
        return this;
    }

    @Override
    public int await(int timeoutMs) {
        return 0;
    }

    @Override
    public void wakeup() {
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }

    @Override
    public void close() {
    }
}
