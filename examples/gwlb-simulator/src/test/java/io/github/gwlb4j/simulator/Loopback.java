package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Assumptions;

/** Loopback addresses for tests: on Linux ones that no other test uses at the same time. */
public final class Loopback {
    private static final boolean IS_LINUX = System.getProperty("os.name").startsWith("Linux");
    private static final String NETWORK = IS_LINUX
            ? "127." + ThreadLocalRandom.current().nextInt(64, 255) + "." + ThreadLocalRandom.current().nextInt(1, 255) + "."
            : "127.0.0.";

    private Loopback() {
    }

    public static String appliance() {
        return NETWORK + 1;
    }

    /** The n-th node, from 0. Other systems than Linux need an alias for each. */
    public static String node(int n) {
        String address = NETWORK + (2 + n);
        boolean isBindable = isBindable(address);
        if (!isBindable && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(address + " is not an address of this machine");
        }
        Assumptions.assumeTrue(isBindable, address + " is not an address of this machine: add an alias to the loopback interface");
        return address;
    }

    static boolean isBindable(String address) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
