package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.FdGuard;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.ReceiveVector;
import io.github.gwlb4j.linux.UdpSocket;
import java.util.concurrent.TimeUnit;

/**
 * One worker's socket and its {@link LinuxReturnPath}. A datagram's origin is the local IPv4 address it came to.
 *
 * <p>Belongs to the worker's thread, but for {@link #wakeUp}, {@link #returnSockets}, {@link #drops} and {@link #close}. Steady state is
 * recvmmsg(2) and sendmmsg(2), and poll(2) when nothing is there. The kernel may hand over several datagrams of a flow as one message (UDP_GRO, udp(7)): they
 * are delivered one by one where they lie, and when the batch is full, the rest with the next receive.
 */
final class LinuxPort implements DatagramPort {
    private static final int LONGEST_MERGED = 65_536;
    /** In front of each message, for the headers of a reply; a cache line, so that what is received starts one. */
    private static final int HEADROOM = 64;
    private static final long NS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long COUNTER_MASK = 0xffff_ffffL;

    private final UdpSocket socket;
    /** The address listened on; 0 for the wildcard, then the kernel tells with each datagram. */
    private final int boundAddress;
    private final UdpOffload offload;
    private final LinuxReturnPath returnPath;
    private final EventFd wakeup;
    private final FdGuard guard;
    private final Poller poller = new Poller(2);
    private final int wakeupPlace;
    private volatile boolean isSignalled;
    private DatagramBatch vectorBatch;
    private ReceiveVector vector;
    /** Messages in the vector, the one to be delivered next, and how many of its bytes were delivered. */
    private int received;
    private int next;
    private int delivered;
    private long lastDrops;
    private long drops;

    /**
     * Takes ownership of all it is given.
     *
     * @param boundAddress IPv4 address, first byte highest; 0 for the wildcard
     * @param offload      whether the kernel may merge what is received
     */
    LinuxPort(UdpSocket socket, int boundAddress, UdpOffload offload, LinuxReturnPath returnPath, EventFd wakeup) {
        this.socket = socket;
        this.boundAddress = boundAddress;
        this.offload = offload;
        this.returnPath = returnPath;
        this.wakeup = wakeup;
        this.guard = new FdGuard(socket.fd(), wakeup, () -> {
            socket.close();
            returnPath.close();
        });
        poller.add(socket.fd(), CConstants.POLLIN);
        this.wakeupPlace = poller.add(wakeup.fd(), CConstants.POLLIN);
        this.lastDrops = Math.max(0, socket.drops()); // one that was another process's has drops of before
    }

    @Override
    public int receive(DatagramBatch batch) {
        batch.clear();
        if (!guard.enter()) {
            return 0;
        }
        try {
            if (isSignalled) {
                drain();
            }
            useVectorOf(batch);
            if (next == received) {
                received = Math.max(0, socket.receive(vector));
                next = 0;
            }
            while (next < received && deliver(next, batch)) {
                next++;
            }
            return batch.size();
        } finally {
            guard.exit();
        }
    }

    /** A worker has one batch, so that this allocates once. What is left of another one's last receive is lost. */
    private void useVectorOf(DatagramBatch batch) {
        if (batch != vectorBatch) {
            int headroom = batch.slotBytes() >= LONGEST_MERGED + HEADROOM ? HEADROOM : 0;
            vector = new ReceiveVector(batch.buffer(), batch.slots(), batch.slotBytes(), headroom);
            vectorBatch = batch;
            next = 0;
            received = 0;
            delivered = 0;
            if (offload == UdpOffload.AUTO) {
                // Refused by kernels that cannot. A slot that is too small would cut off what was merged.
                socket.set(CConstants.IPPROTO_UDP, CConstants.UDP_GRO, batch.slotBytes() >= LONGEST_MERGED ? 1 : 0);
            }
        }
    }

    /** Takes a message apart into the datagrams that the kernel has merged. False if the batch is full before its end. */
    private boolean deliver(int message, DatagramBatch batch) {
        int length = vector.length(message);
        int step = vector.segmentBytes(message) > 0 ? vector.segmentBytes(message) : length;
        int origin = boundAddress != 0 ? boundAddress : vector.localAddress(message);
        long peer = Integer.toUnsignedLong(vector.sourceAddress(message));
        do {
            int i = batch.size();
            if (i == batch.capacity()) {
                return false;
            }
            batch.addAt(vector.offset(message) + delivered, Math.min(step, length - delivered), origin, 0, peer, vector.sourcePort(message));
            batch.setReceivedTrafficClass(i, vector.trafficClass(message));
            batch.setFreeInFront(i, delivered == 0 ? vector.headroom() : 0);
            delivered += step;
        } while (delivered < length);
        delivered = 0;
        return true;
    }

    @Override
    public boolean hasUndelivered() {
        return next < received;
    }

    private void drain() {
        isSignalled = false; // first: a signal from now on is seen next time
        wakeup.drain();
    }

    @Override
    public int localIpv4(int origin) {
        return origin;
    }

    @Override
    public int localPort() {
        return returnPath.listenPort();
    }

    @Override
    public void reply(DatagramBatch batch, long nowNs) {
        if (guard.enter()) {
            try {
                returnPath.reply(batch, nowNs);
            } finally {
                guard.exit();
            }
        } else {
            for (int i = 0; i < batch.size(); i++) {
                if (batch.isReply(i)) {
                    batch.setResult(i, SendResult.FAILED);
                }
            }
        }
    }

    @Override
    public void await(long timeoutNs) {
        if (!guard.enter()) {
            return; // closed: the worker is about to be told
        }
        try {
            if (next < received) {
                return;
            }
            poller.poll((int) Math.min(Integer.MAX_VALUE, Math.max(1, timeoutNs / NS_PER_MS)));
            if (poller.events(wakeupPlace) != 0) {
                drain();
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public int[] descriptors() {
        return new int[] {socket.fd(), wakeup.fd()};
    }

    @Override
    public void wakeUp() {
        if (guard.enter()) {
            wakeup.signal();
            isSignalled = true; // last: whoever sees it finds the signal there to be drained
            guard.exit();
        }
    }

    @Override
    public void expire(long nowNs) {
        if (guard.enter()) {
            returnPath.expire(nowNs);
            guard.exit();
        }
    }

    @Override
    public int returnSockets() {
        return returnPath.open();
    }

    /** Whether the kernel has refused to segment replies (see {@link LinuxReturnPath#isSegmentingRefused}); from any thread. */
    boolean isSegmentingRefused() {
        return returnPath.isSegmentingRefused();
    }

    /** Datagrams that the socket could not take so far; -1 if the kernel does not tell. Belongs to the control thread. */
    long drops() {
        if (!guard.enter()) {
            return drops;
        }
        long now = socket.drops();
        guard.exit();
        if (now < 0) {
            return -1;
        }
        drops += now - lastDrops & COUNTER_MASK;
        lastDrops = now;
        return drops;
    }

    /** Ends the port. From any thread; safe while the worker still uses it: its calls then find nothing and send nothing. */
    void close() {
        guard.close();
    }
}
