package io.github.gwlb4j.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the kernel counts in the network namespace of a process (proc(5): /proc/PID/net/dev and snmp). Stateless. */
final class NetworkFigures {
    /** Of the numbers behind a device's name. */
    private static final int RECEIVED_DROPPED = 3;

    private NetworkFigures() {
    }

    /** Packets that came to a device and were not taken, for example as longer than its MTU. */
    static long refused(long pid, String device) throws IOException {
        return refused(Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "dev")), device);
    }

    static long refused(List<String> lines, String device) throws IOException {
        String line = lines.stream().map(String::strip).filter(text -> text.startsWith(device + ":")).findFirst()
                .orElseThrow(() -> new IOException("no device " + device));
        return Long.parseLong(line.substring(device.length() + 1).strip().split(" +")[RECEIVED_DROPPED]);
    }

    /** Fragments made of IPv4 packets that were longer than the way's MTU. */
    static long fragmentsMade(long pid) throws IOException {
        return ipCounter(Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "snmp")), "FragCreates");
    }

    /** Two lines begin with "Ip:": the names, then the numbers. */
    static long ipCounter(List<String> lines, String name) throws IOException {
        List<String[]> rows = lines.stream().filter(line -> line.startsWith("Ip: ")).map(line -> line.split(" ")).toList();
        int column = rows.size() == 2 ? Arrays.asList(rows.get(0)).indexOf(name) : -1;
        if (column < 0) {
            throw new IOException("no counter " + name);
        }
        return Long.parseLong(rows.get(1)[column]);
    }
}
