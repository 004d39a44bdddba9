package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.tun.offload.PacketQueue;

/** The smallest appliance: what comes out of one TUN queue goes into another, both ways, on one thread. */
final class Forwarder implements AutoCloseable {

    /** What is passed on. */
    enum Mode {
        /** Frames as they come, super-packets too; for two devices with equal offloads. */
        FRAMES,
        /** Single packets: super-packets are split when read and merged again when written. */
        PACKETS
    }

    private final Way there;
    private final Way back;
    private final EventFd stop = EventFd.open();
    private final Poller poller = new Poller(3);
    private final Thread thread;
    private volatile boolean running = true;
    private volatile int kernelThreadId;

    Forwarder(TunQueue a, TunQueue b, Mode mode) {
        PacketQueue packetsA = new PacketQueue(a);
        PacketQueue packetsB = new PacketQueue(b);
        there = mode == Mode.FRAMES ? new Way(a, b, null, null) : new Way(a, b, packetsA, packetsB);
        back = mode == Mode.FRAMES ? new Way(b, a, null, null) : new Way(b, a, packetsB, packetsA);
        poller.add(a.fileDescriptor(), CConstants.POLLIN);
        poller.add(b.fileDescriptor(), CConstants.POLLIN);
        poller.add(stop.fd(), CConstants.POLLIN);
        thread = new Thread(this::run, "forwarder");
        thread.start();
    }

    private void run() {
        kernelThreadId = NativeThread.id();
        while (running) {
            poller.poll(-1);
            if (poller.events(0) != 0) {
                there.forward();
            }
            if (poller.events(1) != 0) {
                back.forward();
            }
        }
    }

    long javaThreadId() {
        return thread.getId();
    }

    int kernelThreadId() {
        return kernelThreadId;
    }

    long forwarded() {
        return there.forwarded + back.forwarded;
    }

    long lost() {
        return there.lost + back.lost;
    }

    long malformed() {
        return there.malformed() + back.malformed();
    }

    @Override
    public void close() {
        running = false;
        stop.signal();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (thread.isAlive()) {
            throw new AssertionError("the forwarder does not end");
        }
        stop.close();
    }

    /** One direction. */
    private static final class Way {

        private final TunQueue from;
        private final TunQueue to;
        private final PacketQueue packetsFrom;
        private final PacketQueue packetsTo;
        private final PacketBatch batch = new PacketBatch(256, 1024 * 1024);
        private volatile long forwarded;
        private volatile long lost;

        Way(TunQueue from, TunQueue to, PacketQueue packetsFrom, PacketQueue packetsTo) {
            this.from = from;
            this.to = to;
            this.packetsFrom = packetsFrom;
            this.packetsTo = packetsTo;
        }

        void forward() {
            boolean more;
            do {
                batch.clear();
                int read = packetsFrom == null ? from.read(batch) : packetsFrom.read(batch);
                if (read > 0) {
                    write(read);
                }
                more = read > 0 && batch.reserve(TunQueue.MAX_FRAME_BYTES, 0) < 0;
            } while (more);
        }

        private void write(int count) {
            int written = packetsTo == null ? to.write(batch, 0, count) : packetsTo.write(batch, 0, count);
            forwarded += Math.max(0, written);
            lost += count - Math.max(0, written);
        }

        long malformed() {
            return packetsFrom == null ? 0 : packetsFrom.malformedFrames();
        }
    }
}
