package io.github.gwlb4j.tun.testkit;

import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;

/** One end of a {@link MemoryTunPair}. */
final class MemoryTunDevice implements TunDevice {

    private final String name;
    private final int index;
    private final TunOffload offload;
    private final MemoryPipe[] incoming;
    private final MemoryTunQueue[] queues;

    MemoryTunDevice(String name, int index, TunOffload offload, MemoryPipe[] incoming, MemoryPipe[] outgoing) {
        this.name = name;
        this.index = index;
        this.offload = offload;
        this.incoming = incoming;
        this.queues = new MemoryTunQueue[incoming.length];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new MemoryTunQueue(offload, incoming[i], outgoing[i]);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public TunOffload offload() {
        return offload;
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public TunQueue queue(int queue) {
        return queues[queue];
    }

    long dropped() {
        long sum = 0;
        for (MemoryPipe pipe : incoming) {
            sum += pipe.dropped();
        }
        return sum;
    }

    @Override
    public void close() {
        for (MemoryTunQueue queue : queues) {
            queue.close();
        }
    }
}
