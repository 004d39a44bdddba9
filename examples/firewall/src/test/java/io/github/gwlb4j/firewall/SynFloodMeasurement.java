package io.github.gwlb4j.firewall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures what a flood of SYNs from random sources does to a transfer beside it. Its name keeps it out of ordinary test runs: speed
 * is no matter for assertions. Root, Linux and iperf3 are needed.
 *
 * <pre>
 * mvn -q -pl examples/firewall -am test -Dtest=SynFloodMeasurement -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dflood.rate=5000 -Dflood.rounds=9 -Dflood.seconds=2
 * </pre>
 *
 * <p>Each round transfers without anything, beside packets of one UDP flow, and beside as many SYNs, so that what the machine has to
 * do for the packets themselves can be told from what the firewall does for connections.
 */
final class SynFloodMeasurement {
    private static final String RULES = """
            allow from 10.0.0.0/12
            default deny
            """;
    /** Nobody has this address: no answer ends a handshake. */
    private static final String NOBODY = "10.30.0.99";
    private static final int BURST = 20;

    private enum Beside { NOTHING, ONE_FLOW, SYNS }

    @Test
    void measure(@TempDir Path folder) throws Exception {
        int rate = Integer.getInteger("flood.rate", 5000);
        int rounds = Integer.getInteger("flood.rounds", 9);
        int seconds = Integer.getInteger("flood.seconds", 2);
        var builder = LiveLab.builder().site(SiteConfig.of(1).withClient("10.1.0.2/12", "fd20::2/64")).maxFlows(1 << 20);
        try (FirewallBetween lab = new FirewallBetween(folder, builder)) {
            lab.startFirewall(List.of("-XX:+UseSerialGC"), RULES);
            lab.site().server().start("iperf3", "-s");
            lab.site().server().awaitPort(5201, Duration.ofSeconds(10));
            transfer(lab, Beside.SYNS, rate, seconds, -1); // warms up
            Map<Beside, List<Double>> results = new EnumMap<>(Beside.class);
            for (int round = 0; round < rounds; round++) {
                for (Beside beside : Beside.values()) {
                    double mbits = transfer(lab, beside, rate, seconds, round);
                    results.computeIfAbsent(beside, b -> new ArrayList<>()).add(mbits);
                    System.out.printf(Locale.ROOT, "round %d  %-16s %7.0f Mbit/s  firewall's memory %d MiB%n", round + 1, beside, mbits,
                            residentMib(lab.firewall().pid()));
                }
            }
            print(results, rate);
            System.out.println(lab.stopFirewall());
        }
    }

    private static void print(Map<Beside, List<Double>> results, int rate) {
        double alone = median(results.get(Beside.NOTHING));
        results.forEach((beside, mbits) -> System.out.printf(Locale.ROOT, "beside %-16s median %7.0f Mbit/s, %.0f %% of alone%n",
                beside + (beside == Beside.NOTHING ? "" : " " + rate + "/s"), median(mbits), 100 * median(mbits) / alone));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static double transfer(FirewallBetween lab, Beside beside, int rate, int seconds, long seed) throws Exception {
        // Made before, so that making them takes nothing from the transfer; enough of them that none comes twice.
        byte[][] packets = packets(beside, beside == Beside.SYNS ? rate * (seconds + 2) : 1, seed);
        Thread flood = new Thread(() -> flood(lab.site(), packets, rate), "flood");
        if (beside != Beside.NOTHING) {
            flood.start();
        }
        try {
            CommandResult result = lab.client("iperf3", "-c", FirewallBetween.SERVER, "-t", Integer.toString(seconds), "-J");
            JsonNode json = new ObjectMapper().readTree(result.output());
            return json.path("end").path("sum_received").path("bits_per_second").doubleValue() / 1e6;
        } finally {
            flood.interrupt();
            flood.join();
        }
    }

    /** Until interrupted. */
    private static void flood(LabSite site, byte[][] packets, int rate) {
        long nextNs = System.nanoTime();
        for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
            site.injectFromClient(packets[i % packets.length]);
            if (i % BURST == 0) {
                nextNs += BURST * 1_000_000_000L / rate;
                LockSupport.parkNanos(nextNs - System.nanoTime());
            }
        }
    }

    private static byte[][] packets(Beside beside, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[][] packets = new byte[count][];
        for (int i = 0; i < count; i++) {
            String source = "10." + random.nextInt(16) + "." + random.nextInt(256) + "." + random.nextInt(256);
            packets[i] = beside != Beside.SYNS ? PacketBuilder.ipv4("10.0.0.1", NOBODY).udp(443, 443).payload(12).build()
                    : PacketBuilder.ipv4(source, NOBODY).tcp(1024 + random.nextInt(60_000), 443).flags(TcpHeader.SYN)
                            .sequence(random.nextInt(), 0).build();
        }
        return packets;
    }

    private static long residentMib(long pid) throws Exception {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10).findFirst().orElseThrow();
    }
}
