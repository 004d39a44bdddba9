package io.github.gwlb4j.gwlb.tun;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** Numbered datagrams of one flow from a client to a server or back, which nobody answers. Safe for one sending thread. */
final class OneWayUdp implements AutoCloseable {
    private static final int PORT = 4000;
    private static final InetSocketAddress CLIENT = new InetSocketAddress("10.20.0.2", PORT);
    private static final InetSocketAddress SERVER = new InetSocketAddress("10.30.0.2", PORT);

    private final DatagramSocket client;
    private final DatagramSocket server;
    private final AtomicInteger atClient = new AtomicInteger();
    private final AtomicInteger atServer = new AtomicInteger();
    private int sent;

    OneWayUdp(LabNamespace clientNamespace, LabNamespace serverNamespace) throws Exception {
        client = clientNamespace.call(() -> new DatagramSocket(PORT, InetAddress.getByName("10.20.0.2")));
        server = serverNamespace.call(() -> new DatagramSocket(PORT, InetAddress.getByName("10.30.0.2")));
        receive(client, atClient);
        receive(server, atServer);
    }

    private static void receive(DatagramSocket socket, AtomicInteger count) {
        Thread thread = new Thread(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            try {
                while (true) {
                    socket.receive(packet);
                    count.incrementAndGet();
                }
            } catch (IOException e) {
                socket.close(); // closed by the test
            }
        }, "one-way-udp");
        thread.setDaemon(true);
        thread.start();
    }

    void sendToServer(int count, long pauseMs) throws Exception {
        sent += count;
        send(client, SERVER, count, pauseMs);
    }

    void sendToClient(int count, long pauseMs) throws Exception {
        send(server, CLIENT, count, pauseMs);
    }

    private static void send(DatagramSocket from, InetSocketAddress to, int count, long pauseMs) throws Exception {
        for (int i = 0; i < count; i++) {
            from.send(new DatagramPacket(new byte[32], 32, to));
            Thread.sleep(pauseMs);
        }
    }

    void awaitAtServer(int count) throws InterruptedException {
        TunModeLab.await(count + " packets at the server", () -> atServer.get() >= count);
        assertThat(atServer).hasValue(count);
    }

    void awaitAtClient(int count) throws InterruptedException {
        TunModeLab.await(count + " packets at the client", () -> atClient.get() >= count);
        assertThat(atClient).hasValue(count);
    }

    /** Sent to the server so far. */
    int sent() {
        return sent;
    }

    /** Of what was sent to the server, what is not there, after a moment for the last ones. */
    int lost() throws InterruptedException {
        long end = System.nanoTime() + 500_000_000L;
        while (atServer.get() < sent && System.nanoTime() - end < 0) {
            Thread.sleep(5);
        }
        return sent - atServer.get();
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
