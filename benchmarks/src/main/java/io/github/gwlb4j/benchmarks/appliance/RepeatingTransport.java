package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.benchmarks.codec.Datagrams;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.SendResult;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * An edge to the network that costs next to nothing: the same datagrams of different flows again and again, each reply taken.
 * Gives out as many batches as it was asked for by {@link #run}, for one worker.
 */
final class RepeatingTransport implements DatagramTransport, DatagramPort {
    /** Packets a batch, however many a worker has room for: each of another flow of the datagrams. */
    static final int BATCH = 32;
    private static final long NODE = 0x0a00_0002L;
    private static final int FIRST_PORT = 60_000;
    private static final int FIRST_CLIENT = 0x0a10_0000;
    /** IPv4, behind the load balancer's header. */
    private static final int INNER_SOURCE = Gwlb.HEADER_LENGTH + 12;

    private final ByteBuffer datagrams;
    private final int[] lengths = new int[Datagrams.COUNT];
    private final boolean isOverwritten;
    /** One less than the flows; 0 if they are those of the datagrams. */
    private final int flowMask;
    private int flow;
    private boolean isShuffled;
    private final Object lock = new Object();
    private DatagramBatch filled;
    private int batchesLeft;
    private long replies;
    private boolean isIdle;
    private boolean isClosed;
    private volatile boolean isReceiving = true;

    /**
     * Gives out the datagrams of {@link Datagrams#gwlb(int, int)}.
     *
     * @param isOverwritten whether whoever receives writes into the buffer, so that each batch is filled anew
     */
    RepeatingTransport(ByteBuffer datagrams, boolean isOverwritten) {
        this(datagrams, isOverwritten, 1);
    }

    /**
     * The same, of as many flows as are wanted: first in the order of their addresses, after {@link #shuffle} in one that no processor foresees.
     *
     * @param flows a power of two; 1 for those of the datagrams. More need datagrams with the load balancer's usual header and IPv4
     */
    RepeatingTransport(ByteBuffer datagrams, boolean isOverwritten, int flows) {
        this.datagrams = datagrams;
        this.isOverwritten = isOverwritten;
        this.flowMask = flows - 1;
        Arrays.setAll(lengths, i -> Datagrams.lengthOf(datagrams, i));
    }

    /** Gives out nothing from now on: the batches are for who calls {@link #takeOver}. While the worker is idle. */
    void stopReceiving() {
        isReceiving = false;
    }

    /** One batch less, once it gives out none itself; false if there is none left. On the worker's thread. */
    boolean takeOver() {
        return !isReceiving && takeBatch();
    }

    private boolean takeBatch() {
        if (batchesLeft == 0) {
            return false;
        }
        batchesLeft--;
        return true;
    }

    /** Lets the worker have some batches and waits until it is done with them. From any other thread. */
    void run(int batches) throws InterruptedException {
        synchronized (lock) {
            batchesLeft = batches;
            isIdle = false;
            lock.notifyAll();
            while (!isIdle) {
                lock.wait();
            }
        }
    }

    /** Lets the calling thread have some batches. */
    void grant(int batches) {
        batchesLeft = batches;
    }

    /** Replies so far; exact after {@link #run}. */
    long replies() {
        synchronized (lock) {
            return replies;
        }
    }

    @Override
    public int receive(DatagramBatch batch) {
        batch.clear();
        if (!isReceiving || !takeBatch()) {
            return 0;
        }
        if (isOverwritten || filled != batch) {
            fill(batch);
        }
        if (hasManyFlows()) {
            chooseFlows(batch);
        }
        for (int i = 0; i < BATCH; i++) {
            batch.add(lengths[i], 0, 0, NODE, FIRST_PORT + i);
        }
        return batch.size();
    }

    /** Another order from the next batch on: who allocates something for each flow has it elsewhere than the next. While the worker is idle. */
    void shuffle() {
        isShuffled = true;
    }

    private void chooseFlows(DatagramBatch batch) {
        for (int i = 0; i < BATCH; i++) {
            batch.buffer().putInt(i * batch.slotBytes() + INNER_SOURCE, nextClient());
        }
    }

    /** Whether there are more than those of the datagrams. */
    boolean hasManyFlows() {
        return flowMask != 0;
    }

    /**
     * The inner source address of the next packet's flow: shuffled, numbers of a linear congruential generator with full period, so that each flow comes
     * once in a round, and at the same place of a batch. On the worker's thread.
     */
    int nextClient() {
        flow = (isShuffled ? flow * 1_664_525 + 1_013_904_223 : flow + 1) & flowMask;
        return FIRST_CLIENT + flow;
    }

    private void fill(DatagramBatch batch) {
        for (int i = 0; i < BATCH; i++) {
            batch.buffer().put(i * batch.slotBytes(), datagrams, i * Datagrams.SLOT, lengths[i]);
        }
        filled = batch;
    }

    @Override
    public void reply(DatagramBatch batch, long nowNs) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.isReply(i)) {
                batch.setResult(i, SendResult.SENT);
                replies++;
            }
        }
    }

    @Override
    public void await(long timeoutNs) {
        synchronized (lock) {
            if (batchesLeft == 0 && !isClosed) {
                isIdle = true;
                lock.notifyAll();
                try {
                    lock.wait(TimeUnit.NANOSECONDS.toMillis(timeoutNs) + 1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    @Override
    public void wakeUp() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    @Override
    public DatagramPort open(int workerIndex, int workerCount) {
        return this;
    }

    @Override
    public String describe() {
        return "repeating transport";
    }

    @Override
    public void close() {
        synchronized (lock) {
            isClosed = true;
            lock.notifyAll();
        }
    }
}
