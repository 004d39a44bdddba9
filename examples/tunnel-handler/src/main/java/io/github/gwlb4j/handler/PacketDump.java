package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TUN device that logs in hex what goes through it, for {@code -x}. It is put around the real device only then, so that it costs
 * nothing without. At most {@link #PACKETS_A_SECOND} packets of all devices together; what is left out is counted.
 */
final class PacketDump implements TunDevice {
    private static final Logger LOG = LoggerFactory.getLogger(PacketDump.class);
    private static final int PACKETS_A_SECOND = 1000;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final TunDevice device;
    private final Budget budget;
    private final TunQueue[] queues;

    /** The packets that may still be logged in this second. Shared by all devices and threads. */
    static final class Budget {
        private final AtomicLong second = new AtomicLong(System.nanoTime() / NS_PER_SECOND);
        private final AtomicInteger used = new AtomicInteger();

        boolean take() {
            long now = System.nanoTime() / NS_PER_SECOND;
            long before = second.get();
            if (now != before && second.compareAndSet(before, now)) {
                int omitted = used.getAndSet(0) - PACKETS_A_SECOND;
                if (omitted > 0) {
                    LOG.info("{} packets were not logged: more than {} a second", omitted, PACKETS_A_SECOND);
                }
            }
            return used.incrementAndGet() <= PACKETS_A_SECOND;
        }
    }

    /** Puts a dump around each device, whoever has opened it. */
    record Opener(Budget budget) implements TunSettings.DeviceOpener {
        @Override
        public TunDevice open(TunConfig config) throws IOException {
            return new PacketDump(LinuxTun.open(config), budget);
        }

        @Override
        public TunDevice adopt(TunConfig config, int... descriptors) throws IOException {
            return new PacketDump(LinuxTun.adopt(config, descriptors), budget);
        }
    }

    PacketDump(TunDevice device, Budget budget) {
        this.device = device;
        this.budget = budget;
        queues = new TunQueue[device.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new Queue(device.queue(i));
        }
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public int index() {
        return device.index();
    }

    @Override
    public TunOffload offload() {
        return device.offload();
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public TunQueue queue(int index) {
        return queues[index];
    }

    @Override
    public void close() {
        device.close();
    }

    private void log(String direction, ByteBuffer buffer, int offset, int length) {
        if (budget.take()) {
            LOG.info("{} {}, {} bytes\n{}", direction, device.name(), length, PacketText.hexDump(buffer, offset, length).stripTrailing());
        }
    }

    /** Logs what was read, and what is to be written. */
    private final class Queue implements TunQueue {
        private final TunQueue queue;

        Queue(TunQueue queue) {
            this.queue = queue;
        }

        @Override
        public TunOffload offload() {
            return queue.offload();
        }

        @Override
        public int read(PacketBatch batch) {
            int before = batch.count();
            int result = queue.read(batch);
            for (int i = before; i < batch.count(); i++) {
                log("out of", batch.buffer(), batch.offset(i), batch.length(i));
            }
            return result;
        }

        @Override
        public int write(PacketBatch batch, int from, int to) {
            for (int i = from; i < to; i++) {
                log("into", batch.buffer(), batch.offset(i), batch.length(i));
            }
            return queue.write(batch, from, to);
        }

        @Override
        public int write(GatherBatch batch, int from, int to) {
            for (int i = from; i < to; i++) {
                ByteBuffer whole = ByteBuffer.allocate(batch.lengthBytes(i));
                log("into", whole, 0, batch.copyTo(i, whole, 0));
            }
            return queue.write(batch, from, to);
        }

        @Override
        public int await(int timeoutMs) {
            return queue.await(timeoutMs);
        }

        @Override
        public void wakeup() {
            queue.wakeup();
        }

        @Override
        public int fileDescriptor() {
            return queue.fileDescriptor();
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
