package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Network namespaces as {@code ip netns} keeps them, and what runs in them. Needs root. Stateless. */
final class NamedNamespaces {
    private static final Path FOLDER = Path.of("/run/netns");
    private static final int LIMIT_SECONDS = 10;
    private static final long TERMINATION_MS = 2_000;
    private static final long POLL_MS = 20;

    private NamedNamespaces() {
    }

    /** Makes one; fails if there is one of this name. */
    static void add(String name) throws IOException {
        ip("netns", "add", name);
    }

    static boolean exists(String name) {
        return Files.exists(FOLDER.resolve(name));
    }

    /** Tells one namespace from another of the same name; empty text if there is none. */
    static String inode(String name) throws IOException {
        return exists(name) ? Files.getAttribute(FOLDER.resolve(name), "unix:ino").toString() : "";
    }

    static void delete(String name) throws IOException {
        if (exists(name)) {
            ip("netns", "delete", name);
        }
    }

    static void deleteLink(String link) throws IOException {
        // The other end was in a namespace that is being removed: the kernel does the same, some time later.
        if (Files.exists(Path.of("/sys/class/net", link))) {
            try {
                ip("link", "delete", link);
            } catch (IOException e) {
                if (Files.exists(Path.of("/sys/class/net", link))) {
                    throw e;
                }
            }
        }
    }

    /** Programs that run in a namespace, but for this one. */
    static List<ProcessHandle> processes(String name) throws IOException {
        String wanted = "net:[" + inode(name) + "]";
        List<ProcessHandle> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            if (process.pid() != ProcessHandle.current().pid() && namespaceOf(process).filter(wanted::equals).isPresent()) {
                found.add(process);
            }
        }
        return found;
    }

    private static Optional<String> namespaceOf(ProcessHandle process) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "ns/net")).toString());
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    /** Asks them to end, and ends them if they do not within two seconds. */
    static void endProcesses(String name) throws IOException {
        if (!exists(name)) {
            return;
        }
        processes(name).forEach(ProcessHandle::destroy);
        awaitNone(name);
        processes(name).forEach(ProcessHandle::destroyForcibly);
        awaitNone(name);
    }

    private static void awaitNone(String name) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TERMINATION_MS);
        while (!processes(name).isEmpty() && System.nanoTime() - end < 0) {
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void ip(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        String output;
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
            if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return;
            }
            process.destroyForcibly();
        } catch (IOException e) {
            throw new IOException("cannot run the program 'ip' (apt-get install iproute2): " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            output = "interrupted";
        }
        throw new IOException("'" + String.join(" ", command) + "' has failed: " + output);
    }

    /** All that {@code ip netns list} shows; for tests and messages. */
    static List<String> names() throws IOException {
        if (!Files.isDirectory(FOLDER)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
