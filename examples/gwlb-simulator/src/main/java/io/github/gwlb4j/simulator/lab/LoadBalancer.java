package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.ReceiveVector;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunQueue;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The load balancer: one thread that carries packets between the TUN devices of clients and servers and the appliance. All that
 * it works with is its own; other threads hand it tasks and read counters.
 */
final class LoadBalancer implements AutoCloseable {
    static final String THREAD_NAME = "gwlb4j-lab-load-balancer";
    private static final int MAX_TASKS = 1024;
    private static final int MAX_ROUNDS = 8;
    private static final int WAIT_MS = 200;
    private static final int CLOSE_MS = 5_000;
    private static final int MAX_DATAGRAM_BYTES = 65_536;
    private static final int READ_BUFFER_BYTES = 1 << 20;

    /** Something for the load balancer's thread to do. */
    interface Task {
        void run() throws LinuxException;
    }

    private final List<TunEdge> edges;
    private final SourcePorts ports;
    private final GeneveSender sender;
    private final ReturnChecker checker;
    private final AtomicLong ignored = new AtomicLong();
    private final SiteCounters.FaultCounters unattributed = new SiteCounters.FaultCounters();
    private final BlockingQueue<Task> tasks = new ArrayBlockingQueue<>(MAX_TASKS);
    private final EventFd wakeup;
    private final Poller poller;
    private final PacketBatch outbound = new PacketBatch(GeneveSender.MAX_PACKETS, READ_BUFFER_BYTES + TunQueue.MAX_FRAME_BYTES);
    private final PacketBatch inbound = new PacketBatch(GeneveSender.MAX_PACKETS, GeneveSender.MAX_PACKETS * MAX_DATAGRAM_BYTES);
    private final ReceiveVector received = new ReceiveVector(inbound.buffer(), GeneveSender.MAX_PACKETS, MAX_DATAGRAM_BYTES);
    private final SendVector raw = new SendVector(1, 1);
    private final Thread thread = new Thread(this::run, THREAD_NAME);
    private List<UdpSocket> watched = List.of();
    private int firstWatched;
    private volatile boolean isStopped;
    private volatile Throwable failure;

    LoadBalancer(List<TunEdge> edges, SourcePorts ports, GeneveSender sender, ReturnChecker checker) {
        this.edges = List.copyOf(edges);
        this.ports = ports;
        this.sender = sender;
        this.checker = checker;
        this.wakeup = Objects.requireNonNull(EventFd.open(), "no event descriptor: raise the limit of open files (ulimit -n)");
        this.poller = new Poller(2 + edges.size() + SourcePorts.MAX_SOCKETS);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            boolean isMoreWaiting = false;
            while (!isStopped) {
                await(isMoreWaiting ? 0 : WAIT_MS);
                isMoreWaiting = receive(ports.replies(), null);
                runTasks();
                for (TunEdge edge : edges) {
                    isMoreWaiting |= forward(edge);
                }
            }
        } catch (LinuxException | RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Waits for something to do, and takes what came to the source ports, where nothing should. */
    private void await(int timeoutMs) {
        if (ports.hasChanged()) {
            watch();
        }
        if (poller.poll(timeoutMs) <= 0) {
            return;
        }
        if (poller.events(0) != 0) {
            wakeup.drain();
        }
        for (int i = 0; i < watched.size(); i++) {
            if (poller.events(firstWatched + i) != 0) {
                receive(watched.get(i), ReplyFault.UDP_DESTINATION_PORT);
            }
        }
    }

    private void watch() {
        poller.clear();
        poller.add(wakeup.fd(), CConstants.POLLIN);
        poller.add(ports.replies().fd(), CConstants.POLLIN);
        edges.forEach(edge -> poller.add(edge.fileDescriptor(), CConstants.POLLIN));
        firstWatched = 2 + edges.size();
        watched = List.copyOf(ports.all());
        watched.forEach(socket -> poller.add(socket.fd(), CConstants.POLLIN));
    }

    private void runTasks() throws LinuxException {
        for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Sends what client or server have sent; true if there may be more. */
    private boolean forward(TunEdge edge) throws LinuxException {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            if (edge.read(outbound) <= 0) {
                return false;
            }
            ignored.addAndGet(sender.sendUnicast(edge.site(), edge.direction(), outbound));
        }
        return true;
    }

    /** Takes what the appliance has sent; true if there may be more. What comes to a wrong socket has this fault at once. */
    private boolean receive(UdpSocket socket, ReplyFault fault) {
        int count = Math.max(0, socket.receive(received));
        long nowNs = System.nanoTime();
        TunEdge target = null;
        inbound.clear();
        for (int i = 0; i < count; i++) {
            ReplyFault found = checker.check(received.buffer(), received.offset(i), received.length(i),
                    received.sourceAddress(i), received.sourcePort(i), nowNs);
            if (found != null || fault != null) {
                countFault(fault == null ? found : fault);
                continue;
            }
            TunEdge edge = checker.site().edgeTowards(checker.direction());
            if (edge != target) {
                deliver(target);
                target = edge;
            }
            SiteCounters counters = checker.site().counters(checker.direction());
            counters.returned(checker.innerLength(), checker.isIcmpError());
            if (edge == null) {
                counters.notDelivered.incrementAndGet();
            } else {
                inbound.add(checker.innerOffset(), checker.innerLength());
            }
        }
        deliver(target);
        return count == GeneveSender.MAX_PACKETS;
    }

    private void countFault(ReplyFault fault) {
        if (checker.site() == null || checker.direction() == null) {
            unattributed.count(fault);
        } else {
            checker.site().counters(checker.direction()).fault(fault);
        }
    }

    private void deliver(TunEdge target) {
        if (target != null && inbound.count() > 0) {
            int refused = inbound.count() - target.write(inbound);
            // What is written at the client's device travels to the client: against what is read there.
            Direction direction = target.direction() == Direction.TO_SERVER ? Direction.TO_CLIENT : Direction.TO_SERVER;
            target.site().counters(direction).notDelivered.addAndGet(refused);
        }
        inbound.clear();
    }

    /** Sends an inner packet as if the client had. */
    void inject(LabSite site, byte[] innerPacket) throws LinuxException {
        outbound.clear();
        outbound.buffer().put(0, innerPacket);
        outbound.add(0, innerPacket.length);
        sender.send(site, Direction.TO_SERVER, outbound, 0, 1);
    }

    /** Sends a datagram to the appliance as it is. */
    void sendRaw(byte[] payload, int sourcePort) throws LinuxException {
        outbound.clear();
        outbound.buffer().put(0, payload);
        raw.clear();
        raw.to(raw.add(outbound, 0, payload.length), LiveLab.APPLIANCE_IPV4, Geneve.UDP_PORT);
        ports.at(sourcePort).send(raw, 0, 1);
    }

    /** Has the thread do something; waits if it has too much to do already. */
    void execute(Task task) {
        requireRunning();
        try {
            while (!tasks.offer(task, WAIT_MS, TimeUnit.MILLISECONDS)) {
                requireRunning();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the lab's load balancer had too much to do", e);
        }
        signal();
    }

    /** Not after the descriptor is closed: its number may be another file's by then. */
    private synchronized void signal() {
        if (!isStopped) {
            wakeup.signal();
        }
    }

    void requireNoFailure() {
        if (failure != null) {
            throw new IllegalStateException("the lab's load balancer has failed: " + failure, failure);
        }
    }

    private void requireRunning() {
        requireNoFailure();
        if (isStopped) {
            throw new IllegalStateException("the lab is closed");
        }
    }

    long ignored() {
        return ignored.get();
    }

    SiteCounters.FaultCounters unattributed() {
        return unattributed;
    }

    /** Ends the thread, then closes its sockets; devices may be closed afterwards. */
    @Override
    public void close() {
        synchronized (this) {
            if (isStopped) {
                return;
            }
            isStopped = true;
            wakeup.signal();
        }
        boolean isInterrupted = false;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MS);
        while (thread.isAlive() && System.nanoTime() - end < 0) {
            try {
                thread.join(CLOSE_MS);
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        ports.close();
        wakeup.close();
    }
}
