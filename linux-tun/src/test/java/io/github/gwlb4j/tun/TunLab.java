package io.github.gwlb4j.tun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/** A network namespace of the test's own, gone with the test. */
public final class TunLab implements AutoCloseable {

    public final NetworkNamespace namespace;
    public final NetAdmin admin;

    public TunLab() throws LinuxException {
        namespace = NetworkNamespace.isolated();
        admin = NetAdmin.open(namespace);
        admin.setUp("lo", true);
    }

    /** A configuration for a device in this namespace. */
    public TunConfig.Builder tun(String name) {
        return TunConfig.builder(name).namespace(namespace);
    }

    /** Runs something, typically opening a socket, inside the namespace. */
    public <T> T inside(Callable<T> task) {
        try {
            return namespace.call(task);
        } catch (LinuxException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * What this process has open of the kinds that this library opens: TUN queues, sockets, eventfds, namespaces; sorted, as
     * /proc/self/fd shows it. Regular files are left out: the JVM opens jars and cgroup files of its own accord.
     */
    public static List<String> openDescriptors() {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.map(TunLab::target).filter(target -> !target.startsWith("/") || target.equals(LinuxTun.CLONE_DEVICE)).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "/closed meanwhile";
        }
    }

    @Override
    public void close() {
        admin.close();
        namespace.close();
    }
}
