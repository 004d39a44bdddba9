package io.github.gwlb4j.tun;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** Becomes another user and prints what is left; started by {@link PrivilegesTest} in a JVM of its own. Arguments: user, capabilities. */
final class PrivilegesProbe {

    private PrivilegesProbe() {
    }

    public static void main(String[] args) throws Exception {
        boolean isToDropFirst = args[0].equals("after-dropping");
        if (isToDropFirst) {
            CountDownLatch hasDropped = new CountDownLatch(1);
            Thread other = new Thread(() -> {
                Privileges.keepOnly();
                hasDropped.countDown();
                sleep();
            });
            other.setDaemon(true);
            other.start();
            hasDropped.await();
        }
        try {
            Privileges.becomeUser(isToDropFirst ? "nobody" : args[0], Arrays.stream(args).skip(1).map(Capability::valueOf).toList());
        } catch (LinuxException e) {
            System.out.println("refused: " + e.getMessage());
            return;
        }
        Thread child = new Thread(PrivilegesProbe::sleep, "child");
        child.setDaemon(true);
        child.start();
        Thread.sleep(50);
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                System.out.println("thread " + summary(Files.readAllLines(thread.resolve("status"))));
            }
        }
        Process program = new ProcessBuilder("cat", "/proc/self/status").start();
        System.out.println("program " + summary(new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList()));
        System.out.println("own files: " + (Files.list(Path.of("/proc/self/fd")).count() > 0));
        Privileges.keepOnly();
        System.out.println("main now " + summary(Files.readAllLines(Path.of("/proc/thread-self/status"))));
        try {
            Privileges.becomeUser("daemon", List.of());
        } catch (LinuxException e) {
            System.out.println("again: " + e.getMessage());
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String summary(List<String> status) {
        return field(status, "Name") + " uid " + field(status, "Uid") + " gid " + field(status, "Gid") + " groups " + field(status, "Groups") + " effective "
                + field(status, "CapEff") + " permitted " + field(status, "CapPrm") + " ambient " + field(status, "CapAmb") + " bounding "
                + field(status, "CapBnd") + " nnp " + field(status, "NoNewPrivs");
    }

    private static String field(List<String> status, String name) {
        return status.stream().filter(line -> line.startsWith(name + ":")).map(line -> line.substring(name.length() + 1).trim().replace('\t', ','))
                .findFirst().orElse("?");
    }
}
