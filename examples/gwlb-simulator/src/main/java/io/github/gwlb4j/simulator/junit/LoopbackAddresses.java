package io.github.gwlb4j.simulator.junit;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where appliance and nodes of one test live: on Linux in a network of 127.0.0.0/8 of their own, so that tests may run at the
 * same time; elsewhere at 127.0.0.1 and the addresses after it.
 *
 * @param appliance where the appliance listens, with a port that was free a moment ago
 * @param firstNode address of the first load balancer node
 */
record LoopbackAddresses(InetSocketAddress appliance, String firstNode) {
    private static final int ATTEMPTS = 20;
    private static final int FIRST_PORT = 20_000;
    private static final int PORTS = 10_000;

    /**
     * Chooses addresses and a port that appliance and nodes can all bind.
     *
     * @throws IOException if there are none
     */
    static LoopbackAddresses choose(int nodes) throws IOException {
        BindException last = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            String network = network();
            int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
            try {
                requireFree(network, port, nodes);
                return new LoopbackAddresses(new InetSocketAddress(InetAddress.getByName(network + 1), port), network + 2);
            } catch (BindException e) {
                last = e;
            }
        }
        throw new IOException("no addresses for a load balancer with " + nodes + " nodes on loopback (not on Linux? then add them, on macOS"
                + " with 'sudo ifconfig lo0 alias 127.0.0.2 up' and so on): " + last.getMessage(), last);
    }

    private static String network() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        boolean isLinux = System.getProperty("os.name").startsWith("Linux");
        return isLinux ? "127." + random.nextInt(64, 255) + "." + random.nextInt(1, 255) + "." : "127.0.0.";
    }

    /** Below the ports that the system hands out by itself, so that nobody takes it before the appliance does. */
    private static void requireFree(String network, int port, int nodes) throws IOException {
        List<DatagramChannel> channels = new ArrayList<>();
        try {
            for (int host = 1; host <= 1 + nodes; host++) {
                DatagramChannel channel = DatagramChannel.open();
                channels.add(channel);
                channel.bind(new InetSocketAddress(InetAddress.getByName(network + host), port));
            }
        } finally {
            for (DatagramChannel channel : channels) {
                channel.close();
            }
        }
    }
}
