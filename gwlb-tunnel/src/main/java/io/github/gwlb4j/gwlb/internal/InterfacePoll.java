package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.tun.TunQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which of its interface queues a worker finds readable: by poll(2), over the queues alone while there is work, together with the
 * network port while there is none. Queues without a descriptor, which are in memory, count as readable always; a port without
 * descriptors is waited for a millisecond at a time while there are interfaces.
 *
 * <p>Belongs to one worker's thread. Allocates only when tunnels come or go.
 */
final class InterfacePoll {
    private static final long SLICE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int NO_DESCRIPTOR = -1;
    private static final int DROPPED = -2;

    private final int worker;
    private final DatagramPort port;
    private final ReadableTunnels readable;
    private long watchedVersion;
    private TunQueue[] queues = {};
    private TunnelState[] owners = {};
    /** For each queue its place in both poll sets, or one of the negative numbers above. */
    private int[] places = {};
    private Poller queuesOnly;
    private Poller withPort;
    private int inMemory;

    InterfacePoll(int worker, DatagramPort port, ReadableTunnels readable) {
        this.worker = worker;
        this.port = port;
        this.readable = readable;
    }

    /** Takes the list of tunnels if it has changed, and says so, which is what lets removed ones be closed. */
    void refresh() {
        long version = readable.version();
        if (version != watchedVersion) {
            watch(readable.current());
            watchedVersion = version;
            readable.acknowledge(worker, version);
        }
    }

    private void watch(TunnelState[] current) {
        List<TunQueue> found = new ArrayList<>();
        List<TunnelState> foundOwners = new ArrayList<>();
        for (TunnelState tunnel : current) {
            found.add(tunnel.interfaces().ingress().queue(worker));
            foundOwners.add(tunnel);
            if (tunnel.interfaces().egress() != null) {
                found.add(tunnel.interfaces().egress().queue(worker));
                foundOwners.add(tunnel);
            }
        }
        queues = found.toArray(TunQueue[]::new);
        owners = foundOwners.toArray(TunnelState[]::new);
        places = new int[queues.length];
        fillPollSets();
    }

    private void fillPollSets() {
        int[] portDescriptors = port.descriptors();
        boolean hasDescriptors = false;
        for (TunQueue queue : queues) {
            hasDescriptors |= queue.fileDescriptor() >= 0;
        }
        inMemory = 0;
        queuesOnly = hasDescriptors ? new Poller(queues.length) : null;
        withPort = hasDescriptors && portDescriptors.length > 0 ? new Poller(queues.length + portDescriptors.length) : null;
        for (int i = 0; i < queues.length; i++) {
            places[i] = queues[i].fileDescriptor() < 0 ? NO_DESCRIPTOR : add(queues[i].fileDescriptor());
            inMemory += places[i] == NO_DESCRIPTOR ? 1 : 0;
        }
        for (int descriptor : portDescriptors) {
            if (withPort != null) {
                withPort.add(descriptor, CConstants.POLLIN);
            }
        }
    }

    private int add(int descriptor) {
        if (withPort != null) {
            withPort.add(descriptor, CConstants.POLLIN);
        }
        return queuesOnly.add(descriptor, CConstants.POLLIN);
    }

    /** Looks which queues are readable now; answers how many. */
    int look() {
        int found = queuesOnly == null ? 0 : Math.max(0, queuesOnly.poll(0));
        return found + inMemory;
    }

    boolean isReadable(int i) {
        return places[i] == NO_DESCRIPTOR || places[i] >= 0 && queuesOnly.events(places[i]) != 0;
    }

    int size() {
        return queues.length;
    }

    TunQueue queue(int i) {
        return queues[i];
    }

    TunnelState tunnel(int i) {
        return owners[i];
    }

    /** Reads no more from a queue that fails, which poll would report for ever. */
    void drop(int i) {
        inMemory -= places[i] == NO_DESCRIPTOR ? 1 : 0;
        if (places[i] >= 0) {
            queuesOnly.remove(places[i]);
            if (withPort != null) {
                withPort.remove(places[i]);
            }
        }
        places[i] = DROPPED;
    }

    void await(long timeoutNs) {
        if (withPort != null) {
            withPort.poll((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(inMemory > 0 ? SLICE_NS : timeoutNs)));
        } else {
            port.await(queues.length > 0 ? Math.min(SLICE_NS, timeoutNs) : timeoutNs);
        }
    }

    void retire() {
        readable.retire(worker);
        queues = new TunQueue[0];
    }
}
