package io.github.gwlb4j.gwlb.transport;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.BeforeAll;

class LinuxTransportTest extends TransportContract {
    @BeforeAll
    static void requireLinux() {
        LinuxRequirements.linux();
    }

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs, ReturnPathMode.BOUND_SOCKETS);
    }
}
