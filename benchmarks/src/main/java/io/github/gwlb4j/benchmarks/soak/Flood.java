package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A sender of made-up datagrams at an address of its own beside the load balancer. What the appliance sends back to it is thrown away. */
final class Flood implements AutoCloseable {
    static final String ADDRESS = "10.99.0.4";
    private static final int PAUSE_EVERY = 16;
    private static final int FIRST_PORT = 20_000;
    private static final int PORTS = 20_000;

    private final LiveLab lab;
    private final Random random;
    private final InetSocketAddress target;
    private final DatagramSocket replies;

    Flood(LiveLab lab, long seed) throws Exception {
        this.lab = lab;
        this.random = new Random(seed);
        this.target = new InetSocketAddress(InetAddress.getByName(LiveLab.APPLIANCE_ADDRESS), Geneve.UDP_PORT);
        Commands.run(lab.loadBalancer(), "ip address add " + ADDRESS + "/24 dev app0");
        replies = lab.loadBalancer().call(() -> new DatagramSocket(Geneve.UDP_PORT, InetAddress.getByName(ADDRESS)));
    }

    /**
     * Sends packets of random flows and, if there is none given, random endpoints, from random ports.
     *
     * @param packets          how many
     * @param packetsPerSecond at most about as fast; 0 for as fast as it goes
     * @param payloadBytes     of each inner packet
     * @param endpointId       null for a random one each
     */
    void send(int packets, int packetsPerSecond, int payloadBytes, Long endpointId) throws Exception {
        for (int sent = 0; sent < packets; sent += PAUSE_EVERY) {
            int count = Math.min(PAUSE_EVERY, packets - sent);
            try (DatagramSocket socket = socket()) {
                for (int i = 0; i < count; i++) {
                    send(socket, endpointId == null ? random.nextLong() : endpointId, payloadBytes);
                }
            }
            if (packetsPerSecond > 0) {
                LockSupport.parkNanos(1_000_000_000L * PAUSE_EVERY / packetsPerSecond);
            }
        }
    }

    private DatagramSocket socket() throws Exception {
        return lab.loadBalancer().call(() -> {
            DatagramSocket socket = new DatagramSocket(null);
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(ADDRESS), FIRST_PORT + random.nextInt(PORTS)));
            return socket;
        });
    }

    private void send(DatagramSocket socket, long endpointId, int payloadBytes) throws IOException {
        byte[] inner = PacketBuilder.ipv4("172.16." + random.nextInt(256) + "." + random.nextInt(256), "172.31.0.1")
                .udp(random.nextInt(65_536), 443).payload(payloadBytes).build();
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        new GwlbHeaderEncoder().encode(datagram, 0, Geneve.PROTOCOL_IPV4, endpointId, 0, random.nextInt());
        datagram.put(Gwlb.HEADER_LENGTH, inner);
        socket.send(new DatagramPacket(datagram.array(), datagram.capacity(), target));
    }

    @Override
    public void close() {
        replies.close();
    }
}
