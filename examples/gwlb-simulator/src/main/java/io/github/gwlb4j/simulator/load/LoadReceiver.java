package io.github.gwlb4j.simulator.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/** The thread that takes what comes back and counts it for the present step. */
final class LoadReceiver implements LoadWire.Receiver, AutoCloseable {
    static final String THREAD_NAME = "gwlb4j-load-receiver";
    private static final int WAIT_MS = 20;
    private static final long POLL_NS = 200_000;
    private static final int CLOSE_MS = 5_000;

    private final LoadWire wire;
    private final Thread thread = new Thread(this::run, THREAD_NAME);
    private volatile StepTally wanted;
    private volatile StepTally current;
    private volatile boolean isStopped;
    private volatile Throwable failure;
    private StepTally tally;
    private long nowNs;

    LoadReceiver(LoadWire wire) {
        this.wire = wire;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    long threadId() {
        return thread.getId();
    }

    private void run() {
        try {
            while (!isStopped) {
                tally = wanted;
                current = tally;
                nowNs = 0;
                wire.receive(WAIT_MS, this);
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    @Override
    public void onDatagram(ByteBuffer buffer, int offset, int lengthBytes, int sourceAddress, int sourcePort) {
        if (nowNs == 0) {
            nowNs = System.nanoTime(); // all of a batch have come by now
        }
        if (tally != null) {
            tally.count(buffer, offset, lengthBytes, sourceAddress, sourcePort, nowNs);
        }
    }

    /** From now on this tally counts; the one before is no longer touched when this returns. Null: none. */
    void count(StepTally next) throws IOException {
        wanted = next;
        while (current != next) {
            requireNoFailure();
            LockSupport.parkNanos(POLL_NS);
        }
    }

    void requireNoFailure() throws IOException {
        if (failure != null) {
            throw new IOException("receiving has failed: " + failure, failure);
        }
    }

    @Override
    public void close() {
        isStopped = true;
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
