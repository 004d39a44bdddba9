package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Threads, sockets, TUN devices, wake-up descriptors and namespaces that an appliance could leave behind. */
final class Leftovers {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int ATTEMPTS = 400;

    static {
        try { // the JDK keeps a socket of its own from the first channel on
            DatagramChannel.open().close();
            FileChannel.open(Files.createTempFile("gwlb4j", ".tmp"), StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Leftovers() {
    }

    static List<String> open() throws IOException {
        List<String> open = new ArrayList<>();
        Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith("gwlb4j-")).forEach(open::add);
        open.addAll(descriptors());
        return open;
    }

    static List<String> descriptors() throws IOException {
        List<String> open = new ArrayList<>();
        if (Files.isDirectory(DESCRIPTORS)) {
            try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
                descriptors.map(Leftovers::target)
                        .filter(target -> target.matches("socket:.*|/dev/net/tun|anon_inode:\\[eventfd\\]|net:.*")).forEach(open::add);
            }
        }
        return open;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    static void expectNone(List<String> before) throws Exception {
        List<String> left = left(before);
        for (int i = 0; i < ATTEMPTS && !left.isEmpty(); i++) {
            Thread.sleep(5);
            left = left(before);
        }
        assertThat(left).as("left open").isEmpty();
    }

    private static List<String> left(List<String> before) throws IOException {
        List<String> left = open();
        before.forEach(left::remove);
        return left;
    }
}
