package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.offload.PacketQueue;

/** The TUN device that is the only interface of a client or server. Reading and writing are the load balancer thread's. */
final class TunEdge implements AutoCloseable {
    static final String LINK_NAME = "gwlb0";
    private static final int QUEUE_PACKETS = 5000;

    private final LabNamespace namespace;
    private final LabSite site;
    private final Direction direction;
    private final TunDevice device;
    private final PacketQueue queue;

    TunEdge(LabNamespace namespace, LabSite site, Direction direction) throws LinuxException {
        this.namespace = namespace;
        this.site = site;
        this.direction = direction;
        this.device = LinuxTun.open(TunConfig.builder(LINK_NAME).namespace(namespace.network()).up(false)
                .txQueueLength(QUEUE_PACKETS).build());
        this.queue = new PacketQueue(device.queue(0));
        try {
            SiteConfig config = site.config();
            namespace.configure(LINK_NAME, config.mtu(),
                    direction == Direction.TO_SERVER ? config.clientAddresses() : config.serverAddresses(), true);
        } catch (LinuxException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    LabNamespace namespace() {
        return namespace;
    }

    LabSite site() {
        return site;
    }

    /** Which way the packets travel that are read here. */
    Direction direction() {
        return direction;
    }

    int fileDescriptor() {
        return device.queue(0).fileDescriptor();
    }

    /** Reads what there is; at most what the batch holds. */
    int read(PacketBatch batch) {
        batch.clear();
        return queue.read(batch);
    }

    /** Writes all packets of a batch; returns how many the kernel took. */
    int write(PacketBatch batch) {
        return Math.max(0, queue.write(batch, 0, batch.count()));
    }

    @Override
    public void close() {
        device.close();
    }
}
