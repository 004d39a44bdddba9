package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * A network namespace of the lab, without a way out to the real network. The reverse path filter is
 * off in it, whatever this machine's setting is; all else is as the kernel makes it. Safe for any thread.
 *
 * <p>Unless the builder says otherwise it has no name in {@code ip netns}, so it cannot clash with another run's and goes away
 * with this process, even if that is killed. {@link #toString()} tells how to look into it from a shell: {@code nsenter --net=/proc/PID/fd/N ip addr}.
 */
public final class LabNamespace {
    private static final long POLL_MS = 10;

    private final String name;
    private final NetworkNamespace network;
    private final Set<LabProcess> processes = ConcurrentHashMap.newKeySet();
    private boolean isClosed;

    private LabNamespace(String name, NetworkNamespace network) {
        this.name = name;
        this.network = network;
    }

    /** A new, empty namespace; it is closed with the lab, or at once if it cannot be prepared. */
    static LabNamespace prepared(String name, NetworkNamespace network) throws LinuxException {
        try (NetAdmin admin = NetAdmin.open(network)) {
            admin.setUp("lo", true);
            admin.ensureSysctl("all", LinkSysctl.IPV4_RP_FILTER, 0);
            admin.ensureSysctl("default", LinkSysctl.IPV4_RP_FILTER, 0);
        } catch (LinuxException | RuntimeException e) {
            network.close();
            throw e;
        }
        return new LabNamespace(name, network);
    }

    /** A namespace that others use too: the lab adds a link and changes nothing else. */
    static LabNamespace shared(String name, NetworkNamespace network) {
        return new LabNamespace(name, network);
    }

    /** Gives an interface its addresses and MTU, sets it up, and makes it the way to all that is not beside it, if wanted. */
    void configure(String link, int mtu, List<LinkAddress> addresses, boolean isDefaultRoute) throws LinuxException {
        try (NetAdmin admin = NetAdmin.open(network)) {
            admin.setMtu(link, mtu);
            for (LinkAddress address : addresses) {
                admin.addAddress(link, address);
            }
            admin.setUp(link, true);
            if (isDefaultRoute) {
                for (String everything : addresses.stream().map(LabNamespace::everythingOf).distinct().toList()) {
                    admin.addRoute(Route.into(everything, link));
                }
            }
        }
    }

    private static String everythingOf(LinkAddress address) {
        return address.address().getAddress().length == 4 ? "0.0.0.0/0" : "::/0";
    }

    /**
     * What the lab calls it.
     *
     * @return for example {@code appliance} or {@code site-1 client}
     */
    public String name() {
        return name;
    }

    /**
     * The namespace itself, for example for {@code TunConfig.namespace} or {@code NetAdmin.open}.
     *
     * @return valid until the lab is closed
     */
    public NetworkNamespace network() {
        return network;
    }

    /**
     * A file that stands for this namespace, as {@code nsenter --net=FILE} and {@code ip link set DEV netns FILE} take it, in this
     * process and in others.
     *
     * @return for example {@code /proc/4711/fd/23}, or {@code /run/netns/NAME} if it has a name
     */
    public Path path() {
        if (!network.path().startsWith("/proc/self")) {
            return network.path();
        }
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", network.path().getFileName().toString());
    }

    /**
     * Runs a task on a new thread inside this namespace, and waits for it. Sockets that it opens belong to this namespace for
     * good; threads and processes that it starts are inside too.
     *
     * @param <T>  result type
     * @param task what to run
     * @return the task's result
     * @throws Exception what the task threw, or a {@link LinuxException} if the namespace cannot be entered
     */
    public <T> T call(Callable<T> task) throws Exception {
        requireOpen();
        try {
            return network.call(task);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception thrown) {
                throw thrown;
            }
            throw e;
        }
    }

    /**
     * Runs a program inside this namespace and waits for its end.
     *
     * @param limit   after this time it is killed with all its descendants
     * @param command program and arguments; there is no shell
     * @return how it ended
     * @throws IOException          if it cannot be started
     * @throws InterruptedException if the calling thread is interrupted; the program is killed then
     */
    public CommandResult run(Duration limit, String... command) throws IOException, InterruptedException {
        LabProcess process = start(command);
        try {
            return process.waitFor(limit);
        } finally {
            process.close();
            processes.remove(process);
        }
    }

    /**
     * Starts a program inside this namespace, typically a server.
     *
     * @param command program and arguments; there is no shell
     * @return the running program, which ends with the lab at the latest
     * @throws IOException if it cannot be started
     */
    public LabProcess start(String... command) throws IOException {
        LabProcess process;
        try {
            process = call(() -> LabProcess.start(command));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        synchronized (this) {
            if (!isClosed) {
                processes.add(process);
                return process;
            }
        }
        process.close();
        throw closed();
    }

    /**
     * Waits until something in this namespace listens on a TCP port, or has bound a UDP port.
     *
     * @param port  the port
     * @param limit longest wait
     * @throws IOException          if time is over
     * @throws InterruptedException if the calling thread is interrupted
     */
    public void awaitPort(int port, Duration limit) throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!isPortOpen(port)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("nothing in " + this + " has opened port " + port + " within " + limit.toMillis() + " ms");
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** Lines of /proc/net/tcp and its like: "sl: LOCAL:PORT REMOTE:PORT STATE"; 0A is LISTEN, and 07 an unconnected UDP socket. */
    private boolean isPortOpen(int port) throws LinuxException {
        String open = String.format(Locale.ROOT, "(?s)\\s*\\d+: [0-9A-F]+:%04X [0-9A-F]+:0000 0[A7] .*", port);
        try {
            return network.call(() -> {
                for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
                    try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/net", table))) {
                        if (lines.anyMatch(line -> line.matches(open))) {
                            return true;
                        }
                    }
                }
                return false;
            });
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private synchronized void requireOpen() {
        if (isClosed) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the lab with the namespace '" + name + "' is closed");
    }

    /** Kills what {@link #start} and {@link #run} have started; from now on they start nothing. */
    void killProcesses() {
        synchronized (this) {
            isClosed = true;
        }
        processes.forEach(LabProcess::close);
        processes.clear();
    }

    /** Lets go of the namespace; the kernel removes it with the last socket, device and process in it. */
    void close() {
        killProcesses();
        network.close();
    }

    @Override
    public String toString() {
        return "network namespace '" + name + "' (nsenter --net=" + path() + " ip addr)";
    }
}
