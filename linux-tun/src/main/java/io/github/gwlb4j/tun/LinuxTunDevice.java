package io.github.gwlb4j.tun;

/** The kernel's TUN device; what works on packets is in {@link LinuxTunQueue}. */
final class LinuxTunDevice implements TunDevice {

    private final String name;
    private final int index;
    private final TunOffload offload;
    private final TunQueue[] queues;

    LinuxTunDevice(String name, int index, TunOffload offload, TunQueue[] queues) {
        this.name = name;
        this.index = index;
        this.offload = offload;
        this.queues = queues;
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

    @Override
    public void close() {
        for (TunQueue queue : queues) {
            queue.close();
        }
    }

    @Override
    public String toString() {
        return name + " (index " + index + ", " + queues.length + " queues, offload: " + offload.describe() + ")";
    }
}
