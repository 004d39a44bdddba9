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

/**
 * Measures what a flood of SYNs from random sources does to a transfer beside it. A program, not a test: speed is no matter for
 * assertions. Root, Linux and iperf3 are needed.
 *
 * <pre>
 * java -cp CLASSPATH io.github.gwlb4j.firewall.SynFloodMeasurement [PACKETS-A-SECOND [ROUNDS [SECONDS]]]
 * </pre>
 *
 * <p>Each round transfers without anything, beside packets of one UDP flow, and beside as many SYNs, so that what the machine has to
 * do for the packets themselves can be told from what the firewall does for connections.
 */
public final class SynFloodMeasurement {
    private static final String RULES = """
            allow from 10.0.0.0/12
            default deny
            """;
    /** Nobody has this address: no answer ends a handshake. */
    private static final String NOBODY = "10.30.0.99";
    private static final int BURST = 20;

    private enum Beside { NOTHING, ONE_FLOW, SYNS }

    private SynFloodMeasurement() {
    }

    /**
     * Measures and prints.
     *
     * @param args packets a second (5000), rounds (3), seconds of each transfer (4)
     * @throws Exception if the lab cannot be made
     */
    public static void main(String[] args) throws Exception {
        int rate = args.length > 0 ? Integer.parseInt(args[0]) : 5000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 4;
        Path folder = Files.createTempDirectory("syn-flood");
        var builder = LiveLab.builder().site(SiteConfig.of(1).withClient("10.1.0.2/12", "fd20::2/64")).maxFlows(1 << 20);
        try (FirewallBetween lab = new FirewallBetween(folder, builder)) {
            lab.startFirewall(List.of("-XX:+UseSerialGC"), RULES);
            lab.site().server().start("iperf3", "-s");
            lab.site().server().awaitPort(5201, Duration.ofSeconds(10));
            transfer(lab, Beside.NOTHING, 0, seconds); // warms up
            Map<Beside, List<Double>> results = new EnumMap<>(Beside.class);
            for (int round = 0; round < rounds; round++) {
                for (Beside beside : Beside.values()) {
                    double mbits = transfer(lab, beside, rate, seconds);
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

    private static double transfer(FirewallBetween lab, Beside beside, int rate, int seconds) throws Exception {
        Thread flood = new Thread(() -> flood(lab.site(), beside, rate), "flood");
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
    private static void flood(LabSite site, Beside beside, int rate) {
        SplittableRandom random = new SplittableRandom(1);
        long nextNs = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            for (int i = 0; i < BURST; i++) {
                site.injectFromClient(packet(random, beside == Beside.SYNS));
            }
            nextNs += BURST * 1_000_000_000L / rate;
            LockSupport.parkNanos(nextNs - System.nanoTime());
        }
    }

    private static byte[] packet(SplittableRandom random, boolean isSyn) {
        if (!isSyn) {
            return PacketBuilder.ipv4("10.0.0.1", NOBODY).udp(443, 443).payload(12).build();
        }
        String source = "10." + random.nextInt(16) + "." + random.nextInt(256) + "." + random.nextInt(256);
        return PacketBuilder.ipv4(source, NOBODY).tcp(1024 + random.nextInt(60_000), 443).flags(TcpHeader.SYN)
                .sequence(random.nextInt(), 0).build();
    }

    private static long residentMib(long pid) throws Exception {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10).findFirst().orElseThrow();
    }
}
