package io.github.gwlb4j.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the kernel says about a process (proc(5)).
 *
 * @param rssBytes    resident memory
 * @param descriptors open file descriptors
 * @param threads     threads, the JVM's own included
 */
record ProcessFigures(long rssBytes, long descriptors, long threads) {
    static ProcessFigures of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        List<String> status = Files.readAllLines(process.resolve("status"));
        return new ProcessFigures(number(status, "VmRSS:") << 10, count(process.resolve("fd")), number(status, "Threads:"));
    }

    private static long number(List<String> status, String name) throws IOException {
        return status.stream().filter(line -> line.startsWith(name)).findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", ""))).orElseThrow(() -> new IOException("no " + name + " in /proc"));
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }
}
