package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What tests over real loopback sockets need. */
final class Loopback {
    private Loopback() {
    }

    /** Skips the test, or fails it in CI, where 127.0.0.2 and 127.0.0.3 are not local addresses. */
    static void requireSeveralAddresses() {
        boolean isThere = hasAddress("127.0.0.3");
        assertThat(isThere || System.getenv("CI") == null).as("CI needs all of 127.0.0.0/8 on the loopback interface").isTrue();
        assumeTrue(isThere, "127.0.0.2 and 127.0.0.3 are not local addresses here (macOS: sudo ifconfig lo0 alias 127.0.0.2)");
    }

    private static boolean hasAddress(String address) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** 127.0.0.1 with a UDP port that is free. */
    static InetSocketAddress freeTarget() throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), free.getLocalPort());
        }
    }
}
