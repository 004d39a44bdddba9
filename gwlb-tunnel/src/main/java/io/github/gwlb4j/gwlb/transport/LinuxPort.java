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
 * recvmmsg(2) and sendmmsg(2), and poll(2) when nothing is there.
 */
final class LinuxPort implements DatagramPort {
    private static final long NS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long COUNTER_MASK = 0xffff_ffffL;

    private final UdpSocket socket;
    /** The address listened on; 0 for the wildcard, then the kernel tells with each datagram. */
    private final int boundAddress;
    private final LinuxReturnPath returnPath;
    private final EventFd wakeup;
    private final FdGuard guard;
    private final Poller poller = new Poller(2);
    private final int wakeupPlace;
    private volatile boolean isSignalled;
    private DatagramBatch vectorBatch;
    private ReceiveVector vector;
    private long lastDrops;
    private long drops;

    /**
     * Takes ownership of all it is given.
     *
     * @param boundAddress IPv4 address, first byte highest; 0 for the wildcard
     */
    LinuxPort(UdpSocket socket, int boundAddress, LinuxReturnPath returnPath, EventFd wakeup) {
        this.socket = socket;
        this.boundAddress = boundAddress;
        this.returnPath = returnPath;
        this.wakeup = wakeup;
        this.guard = new FdGuard(socket.fd(), wakeup, () -> {
            socket.close();
            returnPath.close();
        });
        poller.add(socket.fd(), CConstants.POLLIN);
        this.wakeupPlace = poller.add(wakeup.fd(), CConstants.POLLIN);
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
            int count = socket.receive(vector);
            for (int i = 0; i < count; i++) {
                int origin = boundAddress != 0 ? boundAddress : vector.localAddress(i);
                batch.add(vector.length(i), origin, 0, Integer.toUnsignedLong(vector.sourceAddress(i)), vector.sourcePort(i));
                batch.setReceivedTrafficClass(i, vector.trafficClass(i));
            }
            return batch.size();
        } finally {
            guard.exit();
        }
    }

    /** A worker has one batch, so that this allocates once. */
    private void useVectorOf(DatagramBatch batch) {
        if (batch != vectorBatch) {
            vector = new ReceiveVector(batch.buffer(), batch.capacity(), batch.slotBytes());
            vectorBatch = batch;
        }
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
