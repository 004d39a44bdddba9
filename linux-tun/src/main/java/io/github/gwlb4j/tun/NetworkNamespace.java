package io.github.gwlb4j.tun;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.Namespaces;
import io.github.gwlb4j.linux.Syscalls;

/**
 * A Linux network namespace (network_namespaces(7)): a world of interfaces, addresses and routes of its own. Safe for any
 * thread. Entering needs CAP_SYS_ADMIN.
 */
public final class NetworkNamespace implements AutoCloseable {

    private static final int NOT_OWNED = -1;

    private final Path path;
    private int ownedFd;

    private NetworkNamespace(Path path, int ownedFd) {
        this.path = path;
        this.ownedFd = ownedFd;
    }

    /**
     * A namespace made by {@code ip netns add NAME}.
     *
     * @param name its name
     * @return the namespace; whether it exists shows when it is used
     */
    public static NetworkNamespace named(String name) {
        if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
            throw new IllegalArgumentException("not the name of a network namespace: '" + name + "'");
        }
        return at(Path.of("/run/netns", name));
    }

    /**
     * A namespace known by a file.
     *
     * @param path such as {@code /proc/PID/ns/net} of a container
     * @return the namespace; whether it exists shows when it is used
     */
    public static NetworkNamespace at(Path path) {
        return new NetworkNamespace(path, NOT_OWNED);
    }

    /**
     * Makes a new, empty namespace without a name; its loopback interface is down. It goes away when it is closed and the
     * last socket and device in it is closed too, at the latest with this process: good for tests.
     *
     * @return the namespace, to be closed
     * @throws LinuxException if the kernel refuses
     */
    public static NetworkNamespace isolated() throws LinuxException {
        requireLinux();
        try {
            int fd = Namespaces.createAnonymous();
            return new NetworkNamespace(Path.of("/proc/self/fd", Integer.toString(fd)), fd);
        } catch (Namespaces.EntryException e) {
            throw new LinuxException("make a network namespace", e.errno(),
                    "It needs CAP_SYS_ADMIN: run as root or give the process that capability");
        }
    }

    /**
     * Runs a task inside of this namespace, on a thread of its own, and waits for it. Sockets and devices which the task
     * opens stay in this namespace and can be used by any thread afterwards.
     *
     * @param <T>  result type
     * @param task what to run
     * @return the task's result
     * @throws LinuxException     if the namespace cannot be entered
     * @throws ExecutionException with what the task threw
     */
    public <T> T call(Callable<T> task) throws LinuxException, ExecutionException {
        requireLinux();
        try {
            return Namespaces.call(path.toString(), task);
        } catch (Namespaces.EntryException e) {
            throw new LinuxException("enter the network namespace " + path, e.errno(), fixFor(e.errno()));
        }
    }

    /**
     * The file this namespace is known by.
     *
     * @return its path, also good for {@code nsenter --net=PATH} while this process lives
     */
    public Path path() {
        return path;
    }

    /** Lets go of a namespace made by {@link #isolated()}; does nothing for the others. */
    @Override
    public synchronized void close() {
        if (ownedFd != NOT_OWNED) {
            Syscalls.close(ownedFd);
            ownedFd = NOT_OWNED;
        }
    }

    private static void requireLinux() throws LinuxException {
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException("cannot use network namespaces: " + Syscalls.unavailableCause());
        }
    }

    private String fixFor(int errno) {
        if (errno == Errno.ENOENT.number()) {
            return "There is no such namespace: make it first (ip netns add NAME), or see the list (ip netns)";
        }
        if (errno == Errno.EINVAL.number()) {
            return "The file is not a network namespace";
        }
        return errno == Errno.EPERM.number() || errno == Errno.EACCES.number()
                ? "It needs CAP_SYS_ADMIN: run as root or give the process that capability" : "";
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
