package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;

/** What benches need of the machine. Where it is missing the test is skipped with a reason; with CI=true it fails. */
final class ContractRequirements {
    private ContractRequirements() {
    }

    static void loopback() {
        require(hasAddress("127.0.0.3"), "127.0.0.2 and 127.0.0.3 are not local addresses here (macOS: sudo ifconfig lo0 alias 127.0.0.2)");
    }

    static void linux() {
        require(LinuxTransport.unavailableCause() == null, "needs Linux: " + LinuxTransport.unavailableCause());
        loopback();
    }

    static void tunDevices() {
        linux();
        require(LinuxTun.unsupportedCause() == null, "needs TUN devices: " + LinuxTun.unsupportedCause());
        require(Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "ip"))), "needs the program ip: apt-get install iproute2");
    }

    private static boolean hasAddress(String address) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static void require(boolean isThere, String reason) {
        if (!isThere && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true and the test cannot run: " + reason);
        }
        Assumptions.assumeTrue(isThere, reason);
    }
}
