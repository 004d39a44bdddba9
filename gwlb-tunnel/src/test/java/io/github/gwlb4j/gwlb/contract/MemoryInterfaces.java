package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Interfaces in memory, by name; the test is the kernel behind them. */
final class MemoryInterfaces {
    private static final int QUEUE_FRAMES = 10_000;

    private final Map<String, MemoryTunPair> pairs = new ConcurrentHashMap<>();
    private final PacketBatch batch = new PacketBatch(1, 2 * TunQueue.MAX_FRAME_BYTES);

    TunDevice open(TunConfig config) {
        MemoryTunPair pair = new MemoryTunPair(config.queues(), QUEUE_FRAMES, TunOffload.NONE);
        pairs.put(config.name(), pair);
        return pair.left();
    }

    static String name(long endpointId, Bench.Side side) {
        return (side == Bench.Side.GWI ? "gwi-" : "gwo-") + EndpointId.toBase60(endpointId);
    }

    /** The next packet that was written into the interface, or null. */
    byte[] take(long endpointId) {
        MemoryTunPair pair = pairs.get(name(endpointId, Bench.Side.GWI));
        batch.clear();
        if (pair == null || pair.right().queue(0).read(batch) <= 0) {
            return null;
        }
        byte[] packet = new byte[batch.length(0)];
        batch.buffer().get(batch.offset(0), packet);
        return packet;
    }

    void put(long endpointId, Bench.Side side, byte[] packet) {
        batch.clear();
        batch.addCopy(ByteBuffer.wrap(packet), 0, packet.length);
        int written = pairs.get(name(endpointId, side)).right().queue(0).write(batch, 0, 1);
        if (written != 1) {
            throw new IllegalStateException("not written: " + written);
        }
    }
}
