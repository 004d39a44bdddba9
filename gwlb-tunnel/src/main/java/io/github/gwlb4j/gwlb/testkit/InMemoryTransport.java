package io.github.gwlb4j.gwlb.testkit;

import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.SendResult;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A network in memory, for testing an appliance without sockets: what is {@linkplain #inject injected} is received, what is
 * sent back can be {@linkplain #takeReply taken}. One worker only.
 *
 * <p>Usable from any thread.
 */
public final class InMemoryTransport implements DatagramTransport {
    private final BlockingQueue<Datagram> incoming = new LinkedBlockingQueue<>();
    private final BlockingQueue<Datagram> replies = new LinkedBlockingQueue<>();
    private final Port port = new Port();
    private volatile SendResult nextResult = SendResult.SENT;

    /**
     * A datagram and who sent it, or where it goes.
     *
     * @param peer    the load balancer node's IPv4 address, 32 bits
     * @param port    the flow's UDP port
     * @param payload GENEVE header and inner packet
     */
    public record Datagram(int peer, int port, byte[] payload) {
    }

    /** Makes an empty network. */
    public InMemoryTransport() {
    }

    /**
     * Puts a datagram before the appliance.
     *
     * @param datagram is received next
     */
    public void inject(Datagram datagram) {
        incoming.add(datagram);
        port.wakeUp();
    }

    /**
     * Takes the next datagram that the appliance sent back.
     *
     * @param timeoutMs how long to wait for one
     * @return the reply, or null if none came
     * @throws InterruptedException if the caller is interrupted
     */
    public Datagram takeReply(long timeoutMs) throws InterruptedException {
        return replies.poll(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /**
     * Makes sending fail, or succeed again.
     *
     * @param result what the appliance is told of each reply from now on; only {@link SendResult#SENT} delivers it
     */
    public void answerSendsWith(SendResult result) {
        nextResult = result;
    }

    @Override
    public DatagramPort open(int workerIndex, int workerCount) {
        if (workerCount != 1) {
            throw new IllegalArgumentException("the in-memory transport serves one worker, not " + workerCount);
        }
        return port;
    }

    @Override
    public String describe() {
        return "in-memory transport";
    }

    @Override
    public void close() {
        incoming.clear();
    }

    private final class Port implements DatagramPort {
        private final Object lock = new Object();
        private boolean isWoken;

        @Override
        public int receive(DatagramBatch batch) {
            batch.clear();
            while (batch.size() < batch.slots()) {
                Datagram datagram = incoming.poll();
                if (datagram == null) {
                    break;
                }
                batch.buffer().put(batch.nextSlot(), datagram.payload());
                batch.add(datagram.payload().length, 0, 0, Integer.toUnsignedLong(datagram.peer()), datagram.port());
            }
            return batch.size();
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
            writeWhereOthersPutHeaders(batch);
            for (int i = 0; i < batch.size(); i++) {
                if (batch.isReply(i)) {
                    batch.setResult(i, nextResult);
                    if (nextResult == SendResult.SENT) {
                        byte[] payload = new byte[batch.length(i)];
                        batch.buffer().get(batch.offset(i), payload);
                        replies.add(new Datagram((int) batch.peerLow(i), batch.peerPort(i), payload));
                    }
                }
            }
        }

        /** So that tests see it if that was not free. */
        private void writeWhereOthersPutHeaders(DatagramBatch batch) {
            for (int i = 0; i < batch.size(); i++) {
                for (int at = batch.offset(i) - batch.freeInFront(i); batch.isReply(i) && at < batch.offset(i); at++) {
                    batch.buffer().put(at, (byte) 0xdb);
                }
            }
        }

        @Override
        public void await(long timeoutNs) {
            synchronized (lock) {
                if (!isWoken && incoming.isEmpty()) {
                    try {
                        TimeUnit.NANOSECONDS.timedWait(lock, timeoutNs);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                isWoken = false;
            }
        }

        @Override
        public void wakeUp() {
            synchronized (lock) {
                isWoken = true;
                lock.notifyAll();
            }
        }
    }
}
