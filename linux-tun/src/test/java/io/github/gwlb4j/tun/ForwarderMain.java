package io.github.gwlb4j.tun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The forwarder under load, run by hand: how fast it is with offloads and without, whether anything grows, and something for
 * strace to look at. {@code linux-tun/src/test/forwarder.sh} starts it.
 *
 * <pre>
 *   ratio [MTU [MEGABYTES [ROUNDS]]]   throughput with and without offloads, alternating
 *   load SECONDS [OFF|REQUIRE] [FRAMES|PACKETS]   transfers one after another; descriptors and memory each 10 s
 * </pre>
 */
final class ForwarderMain {

    private ForwarderMain() {
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 0 || !args[0].equals("ratio") && !args[0].equals("load") || args[0].equals("load") && args.length < 2) {
            System.err.println("usage: ratio [MTU [MEGABYTES [ROUNDS]]] | load SECONDS [OFF|REQUIRE] [FRAMES|PACKETS]");
            System.exit(2);
        }
        if (args[0].equals("ratio")) {
            ratio(intArgument(args, 1, 1500), intArgument(args, 2, 400) * 1_000_000L, intArgument(args, 3, 5));
        } else {
            load(Integer.parseInt(args[1]), OffloadPolicy.valueOf(args.length > 2 ? args[2] : "REQUIRE"),
                    Forwarder.Mode.valueOf(args.length > 3 ? args[3] : "PACKETS"));
        }
    }

    private static int intArgument(String[] args, int index, int defaultValue) {
        return args.length > index ? Integer.parseInt(args[index]) : defaultValue;
    }

    private static void ratio(int mtu, long bytes, int rounds) throws Exception {
        System.out.printf(Locale.ROOT, "MTU %d, %d MB a transfer, Gbit/s%n%8s %8s %8s   %s%n", mtu, bytes / 1_000_000, "off", "frames",
                "packets", "ratio of frames and packets over off");
        for (int round = 0; round < rounds; round++) {
            double off = measure(OffloadPolicy.OFF, Forwarder.Mode.FRAMES, mtu, bytes);
            double frames = measure(OffloadPolicy.REQUIRE, Forwarder.Mode.FRAMES, mtu, bytes);
            double packets = measure(OffloadPolicy.REQUIRE, Forwarder.Mode.PACKETS, mtu, bytes);
            System.out.printf(Locale.ROOT, "%8.2f %8.2f %8.2f   %.2f %.2f%n", off, frames, packets, frames / off, packets / off);
        }
    }

    private static double measure(OffloadPolicy offload, Forwarder.Mode mode, int mtu, long bytes) throws Exception {
        try (ForwarderLab lab = new ForwarderLab(offload, mode, mtu)) {
            return lab.transfer(false, bytes).gigabitsPerSecond();
        }
    }

    private static void load(int seconds, OffloadPolicy offload, Forwarder.Mode mode) throws Exception {
        try (ForwarderLab lab = new ForwarderLab(offload, mode, 1500)) {
            System.out.printf(Locale.ROOT, "pid %d, offload %s, %s%n%8s %12s %12s %10s %8s%n", ProcessHandle.current().pid(), offload, mode,
                    "second", "descriptors", "RSS kB", "heap kB", "packets");
            long start = System.nanoTime();
            long nextReport = 0;
            for (long now = 0; now < seconds; now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)) {
                if (now >= nextReport) {
                    report(now, lab);
                    nextReport += 10;
                }
                ForwarderLab.Transfer transfer = lab.transfer(false, 50_000_000);
                if (!transfer.sentHash().equals(transfer.receivedHash())) {
                    throw new AssertionError("content differs");
                }
            }
            report(seconds, lab);
        }
    }

    private static void report(long second, ForwarderLab lab) throws IOException {
        System.gc();
        long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:")).findFirst()
                .orElse("VmRSS: ?").replaceAll("[^0-9?]", "");
        System.out.printf(Locale.ROOT, "%8d %12d %12s %10d %8d%n", second, TunLab.openDescriptors().size(), resident, heap / 1024, lab.forwarder.forwarded());
    }
}
