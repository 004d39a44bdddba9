package io.github.gwlb4j.simulator.lab;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * UDP packets of one flow, from a site's client to its server, which sends each back: tells how long the appliance between them is
 * away. Packets carry the time at which they were sent, so that one which was under way before is not taken for a new one.
 *
 * <p>Owned by one thread; its own threads end with {@link #close}.
 */
public final class OutageProbe implements AutoCloseable {
    private static final long INTERVAL_NS = 5_000_000;
    private static final long POLL_MS = 1;
    private static final int PORT = 4711;

    private final DatagramSocket client;
    private final DatagramSocket server;
    private final InetSocketAddress target;
    private volatile long sinceNs;
    /** 0 until a packet that was sent since has arrived. */
    private volatile long atServerNs;
    private volatile long backNs;

    private OutageProbe(LabSite site) throws IOException {
        target = new InetSocketAddress(site.config().serverAddresses().get(0).address(), PORT);
        client = open(site.client(), 0);
        server = open(site.server(), PORT);
    }

    /**
     * Starts sending, a packet each 5 ms.
     *
     * @param site its client and server, whose first address is used
     * @return the probe, to be closed
     * @throws IOException if a socket cannot be opened
     */
    public static OutageProbe start(LabSite site) throws IOException {
        OutageProbe probe = new OutageProbe(site);
        probe.mark();
        run("probe-client", probe::send);
        run("probe-server", probe::echo);
        run("probe-replies", probe::hear);
        return probe;
    }

    private static DatagramSocket open(LabNamespace namespace, int port) throws IOException {
        try {
            return namespace.call(() -> new DatagramSocket(port));
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot open UDP port " + port + " in " + namespace, e);
        }
    }

    private static void run(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void send() {
        while (!client.isClosed()) {
            byte[] now = ByteBuffer.allocate(Long.BYTES).putLong(System.nanoTime()).array();
            try {
                client.send(new DatagramPacket(now, now.length, target));
            } catch (IOException e) {
                continue; // what a network without a way answers, or the end
            } finally {
                LockSupport.parkNanos(INTERVAL_NS);
            }
        }
    }

    private void echo() {
        DatagramPacket packet = new DatagramPacket(new byte[Long.BYTES], Long.BYTES);
        while (!server.isClosed()) {
            try {
                server.receive(packet);
                if (atServerNs == 0 && isSince(packet)) {
                    atServerNs = System.nanoTime();
                }
                server.send(packet);
            } catch (IOException e) {
                continue;
            }
        }
    }

    private void hear() {
        DatagramPacket packet = new DatagramPacket(new byte[Long.BYTES], Long.BYTES);
        while (!client.isClosed()) {
            try {
                client.receive(packet);
                if (backNs == 0 && isSince(packet)) {
                    backNs = System.nanoTime();
                }
            } catch (IOException e) {
                continue;
            }
        }
    }

    private boolean isSince(DatagramPacket packet) {
        return ByteBuffer.wrap(packet.getData()).getLong() - sinceNs >= 0;
    }

    /**
     * Only packets that are sent from now on count.
     *
     * @return this moment, of {@link System#nanoTime}
     */
    public long mark() {
        sinceNs = System.nanoTime();
        atServerNs = 0;
        backNs = 0;
        return sinceNs;
    }

    /**
     * Waits until a packet has come back that was sent since the {@link #mark}.
     *
     * @param limit longest wait
     * @return nanoseconds from the mark until the first one was at the server, which is the first that the load balancer had back from
     *         the appliance, and until the first was back at the client
     * @throws IOException          if none has come in time
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Outage await(Duration limit) throws IOException, InterruptedException {
        while (backNs == 0) {
            if (System.nanoTime() - sinceNs > limit.toNanos()) {
                throw new IOException("no packet has come back for " + limit.toMillis() + " ms; to the server: " + (atServerNs != 0));
            }
            Thread.sleep(POLL_MS);
        }
        return new Outage(atServerNs - sinceNs, backNs - sinceNs);
    }

    /**
     * How long the appliance was away.
     *
     * @param toServerNs nanoseconds until a packet had passed it
     * @param bothWaysNs nanoseconds until one had passed it, and its answer, too
     */
    public record Outage(long toServerNs, long bothWaysNs) {
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
