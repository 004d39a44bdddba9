package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.lab.LabSite;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One UDP flow that exists all the time: numbered datagrams from the client to an echo server and back through the appliance, each byte
 * checked at both ends. It tells when traffic stopped and when it passes again.
 */
final class Probe implements AutoCloseable {
    static final long INTERVAL_MS = 20;
    /** So many replies in a row make traffic that passes. */
    private static final int STREAK = 10;
    private static final int PORT = 7777;
    private static final int HEADER_BYTES = 16;
    private static final int SMALLEST_BYTES = 64;
    /** All below what the smallest MTU of the faults lets pass. */
    private static final int SIZES = 400;
    private static final int MAX_BYTES = 2048;

    private final DatagramSocket client;
    private final DatagramSocket server;
    private final LoadThread echo;
    private final LoadThread sender;
    private final LoadThread receiver;
    private long sent;
    private long intact;
    private long wrong;
    private long lastNumber = -1;
    private int streak;
    private long streakSinceNs;
    private long lastSentNs;
    private long lastIntactNs = System.nanoTime();
    private long longestGapNs;

    Probe(LabSite site, String serverAddress) throws Exception {
        server = site.server().call(() -> new DatagramSocket(PORT, InetAddress.getByName(serverAddress)));
        client = site.client().call(() -> new DatagramSocket());
        InetAddress target = InetAddress.getByName(serverAddress);
        echo = LoadThread.start("soak-echo", site.server(), this::echo);
        receiver = LoadThread.start("soak-probe-receiver", site.client(), this::receive);
        sender = LoadThread.start("soak-probe-sender", site.client(), () -> send(target));
    }

    private void send(InetAddress target) throws InterruptedException {
        long number = sent;
        byte[] payload = new byte[SMALLEST_BYTES + (int) (number * 37 % SIZES)];
        ByteBuffer.wrap(payload).putLong(number).putLong(System.nanoTime());
        fill(payload, number);
        try {
            client.send(new DatagramPacket(payload, payload.length, target, PORT));
        } catch (IOException e) {
            Thread.sleep(INTERVAL_MS); // an ICMP error that the fault has caused
        }
        synchronized (this) {
            sent++;
        }
        Thread.sleep(INTERVAL_MS);
    }

    private static void fill(byte[] payload, long number) {
        for (int i = HEADER_BYTES; i < payload.length; i++) {
            payload[i] = (byte) (number * 31 + i * 7L);
        }
    }

    private static boolean isIntact(byte[] buffer, int length) {
        if (length < SMALLEST_BYTES) {
            return false;
        }
        long number = ByteBuffer.wrap(buffer).getLong();
        if (length != SMALLEST_BYTES + (int) (number * 37 % SIZES)) {
            return false;
        }
        for (int i = HEADER_BYTES; i < length; i++) {
            if (buffer[i] != (byte) (number * 31 + i * 7L)) {
                return false;
            }
        }
        return true;
    }

    private void echo() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
        try {
            server.receive(packet);
            if (!isIntact(packet.getData(), packet.getLength())) {
                countWrong();
            }
            server.send(packet);
        } catch (IOException e) {
            if (server.isClosed()) {
                throw e;
            }
        }
    }

    private void receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
        try {
            client.receive(packet);
        } catch (IOException e) {
            if (client.isClosed()) {
                throw e;
            }
            return;
        }
        if (isIntact(packet.getData(), packet.getLength())) {
            ByteBuffer header = ByteBuffer.wrap(packet.getData());
            returned(header.getLong(), header.getLong(), System.nanoTime());
        } else {
            countWrong();
        }
    }

    private synchronized void countWrong() {
        wrong++;
    }

    private synchronized void returned(long number, long sentNs, long nowNs) {
        if (number != lastNumber + 1) {
            streak = 0;
            streakSinceNs = nowNs;
        }
        streak++;
        lastNumber = number;
        intact++;
        lastSentNs = sentNs;
        longestGapNs = Math.max(longestGapNs, nowNs - lastIntactNs);
        lastIntactNs = nowNs;
    }

    /** From now on the longest gap counts anew. */
    synchronized void mark() {
        longestGapNs = 0;
    }

    /** The longest time without an intact reply since the mark, one that lasts included. */
    synchronized long longestGapNs() {
        return Math.max(longestGapNs, System.nanoTime() - lastIntactNs);
    }

    /**
     * Waits until traffic passes again.
     *
     * @param sinceNs when the fault was over
     * @param limit   how long to wait
     * @return how long after that it passed again, 0 if it always did; -1 if it did not
     */
    long awaitRecovery(long sinceNs, Duration limit) throws InterruptedException {
        long endNs = sinceNs + limit.toNanos();
        long streakNs = TimeUnit.MILLISECONDS.toNanos(STREAK * INTERVAL_MS);
        while (true) {
            synchronized (this) {
                if (streak >= STREAK && lastSentNs - sinceNs >= streakNs) {
                    return Math.max(0, streakSinceNs - sinceNs);
                }
            }
            if (System.nanoTime() - endNs > 0) {
                return -1;
            }
            Thread.sleep(5);
        }
    }

    synchronized long sent() {
        return sent;
    }

    synchronized long intact() {
        return intact;
    }

    /** Replies to the last datagrams, with none missing between them. */
    synchronized long inARow() {
        return streak;
    }

    synchronized long wrong() {
        return wrong;
    }

    @Override
    public void close() {
        for (LoadThread thread : new LoadThread[] {sender, receiver, echo}) {
            thread.beginClosing();
        }
        client.close();
        server.close();
        sender.close();
        receiver.close();
        echo.close();
    }
}
