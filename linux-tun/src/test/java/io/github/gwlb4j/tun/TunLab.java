package io.github.gwlb4j.tun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Number of descriptors this process has open. */
    public static long openDescriptors() {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        admin.close();
        namespace.close();
    }
}
