package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.LinuxException;
import org.junit.jupiter.api.Assumptions;

/** What a test of the Linux transport needs. Where it is missing the test is skipped with a reason; with CI=true it fails. */
final class LinuxRequirements {
    private LinuxRequirements() {
    }

    static void linux() {
        require(LinuxTransport.unavailableCause() == null, "needs Linux: " + LinuxTransport.unavailableCause());
    }

    static void rawSockets() {
        linux();
        try {
            UdpSocket.openRaw().close();
        } catch (LinuxException e) {
            require(false, "needs raw sockets: " + e.getMessage());
        }
    }

    private static void require(boolean isThere, String reason) {
        if (!isThere && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true and the test cannot run: " + reason);
        }
        Assumptions.assumeTrue(isThere, reason);
    }
}
