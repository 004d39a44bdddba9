package io.github.gwlb4j.simulator.cli.load;

import io.github.gwlb4j.simulator.cli.InterruptHook;
import io.github.gwlb4j.simulator.load.LoadReport;
import io.github.gwlb4j.simulator.load.LoadStep;
import io.github.gwlb4j.simulator.load.LoadTest;
import io.github.gwlb4j.simulator.load.LoadTestBuilder;
import io.github.gwlb4j.simulator.load.PacketSizes;
import io.github.gwlb4j.simulator.load.RatePlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator load}: how much can this appliance take? */
@Command(
        name = "load",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "Finds out how much an appliance can take: sends UDP packets in GENEVE at fixed rates, whatever comes back, checks every "
                + "byte of every reply, and tells loss and latency by rate.",
            "",
            "Without --rate it looks for the highest rate with at most --max-loss: doubles the rate until too much is lost (twice, "
                + "because machines hiccup), then halves the gap. Latency counts from when a packet was due, so that a stall is seen in "
                + "full (no coordinated omission). If this program was a bottleneck itself, the report says so.",
            ""},
        footer = {
            "",
            "Inner packets are UDP from 10.64.0.0/16 to 10.200.0.1 port 7000: the appliance must let them pass.",
            "",
            "It sends to loopback, private and link-local addresses only, since a load test that hits someone else's machine is an "
                + "attack; --i-own-this-target lifts that. It always ends by itself; Ctrl-C ends it with a report of the steps done.",
            "",
            "Exit code: 0 a rate passed (and --require is met); 1 none did, or something came back wrong; 2 command line, file, "
                + "address or port is wrong.",
            "",
            "  gwlb-simulator load --target 127.0.0.1 --source 127.0.0.2 --html report.html",
            "  gwlb-simulator load --target 10.0.0.5 --source 10.0.0.9 --rate 100000-500000/5 --run 16 --flows 5000 --seconds 30"})
public final class LoadCommand implements Callable<Integer> {
    private static final String DEFAULT_SEARCH = "1000-2000000";

    @Spec
    private CommandSpec spec;

    @Option(names = "--target", required = true, paramLabel = "ADDRESS[:PORT]",
            description = "Where the appliance listens; port 6081 if not given.")
    private String target;

    @Option(names = "--source", required = true, paramLabel = "ADDRESS",
            description = "The load balancer's address: one of this machine, not the target's. Replies arrive at its UDP port of the "
                    + "same number as the target's.")
    private String source;

    @Option(names = "--rate", paramLabel = "PPS",
            description = "Packets a second of each step: 50000, or 10000,20000,50000, or 10000-100000/10 for ten even steps.")
    private String rates;

    @Option(names = "--search", paramLabel = "MIN-MAX",
            description = "Look for the highest rate between these. Default without --rate: " + DEFAULT_SEARCH + ".")
    private String search;

    @Option(names = "--resolution", paramLabel = "PERCENT", defaultValue = "5",
            description = "How exactly to search. Default: ${DEFAULT-VALUE}.")
    private double resolution;

    @Option(names = "--max-loss", paramLabel = "PERCENT", defaultValue = "0.1",
            description = "A step passes with so much loss at most. Default: ${DEFAULT-VALUE}.")
    private double maxLoss;

    @Option(names = "--require", paramLabel = "PPS", description = "Exit with 1 if the highest rate that passed is lower.")
    private Integer required;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "5",
            description = "How long each rate is sent, such as 0.5 or 60. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "2",
            description = "Seconds for which the first rate is sent before, uncounted. Default: ${DEFAULT-VALUE}.")
    private double warmUp;

    @Option(names = "--timeout", paramLabel = "MS", defaultValue = "1000",
            description = "What is not back so many milliseconds after a step's last packet is lost. Default: ${DEFAULT-VALUE}.")
    private int timeoutMs;

    @Option(names = "--flows", paramLabel = "N", defaultValue = "" + LoadTestBuilder.DEFAULT_FLOWS,
            description = "Inner flows that take turns, up to a million. Default: ${DEFAULT-VALUE}.")
    private int flows;

    @Option(names = "--run", paramLabel = "N", defaultValue = "1",
            description = "Packets of a flow in a row, due at once, as bulk transfers send: 1 to 64. Default: ${DEFAULT-VALUE}.")
    private int runLength;

    @Option(names = "--size", paramLabel = "BYTES", defaultValue = "imix",
            description = "Inner packet lengths: 52 to 8500, 'imix' (64:7,576:4,1500:1), or lengths with weights like that. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String size;

    @Option(names = "--ports", paramLabel = "N", defaultValue = "" + LoadTestBuilder.DEFAULT_PORTS,
            description = "UDP source ports that the flows share. Default: ${DEFAULT-VALUE}.")
    private int ports;

    @Option(names = "--endpoints", paramLabel = "N", defaultValue = "1",
            description = "Endpoints that the flows are dealt out to. Default: ${DEFAULT-VALUE}.")
    private int endpoints;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "Cookies, endpoint ids and payload come from it. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON; '-' for standard output, instead of text.")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write the report as one HTML file with plots, which needs nothing else.")
    private Path html;

    @Option(names = "--portable", description = "Use Java's own sockets, also on Linux.")
    private boolean isPortable;

    @Option(names = "--i-own-this-target", description = "Send to a public address: yours, or with its owner's consent.")
    private boolean isTargetMine;

    /** Made by picocli. */
    LoadCommand() {
    }

    @Override
    public Integer call() throws IOException {
        RatePlan plan = plan();
        requireFile("--json", isJsonPrinted() ? null : json);
        requireFile("--html", html);
        require(maxLoss >= 0 && maxLoss <= 100, "--max-loss " + maxLoss + " is not in 0..100");
        try (LoadTest test = builder().build()) {
            PrintWriter out = spec.commandLine().getOut();
            if (!isJsonPrinted()) {
                out.println(intention(plan));
                out.flush();
            }
            return run(test, plan, out);
        }
    }

    private Integer run(LoadTest test, RatePlan plan, PrintWriter out) throws IOException {
        InterruptHook hook = InterruptHook.install(test::stop);
        try {
            LoadReport report = test.run(plan, maxLoss / 100, step -> progress(out, step));
            write(report, out);
            out.flush();
            boolean isEnough = required == null || report.capacity().orElse(0) >= required;
            return report.isOk() && isEnough ? 0 : 1;
        } finally {
            hook.remove();
        }
    }

    private void progress(PrintWriter out, LoadStep step) {
        if (!isJsonPrinted()) {
            out.println(String.format(Locale.ROOT, "  %,d packets/s: %.3f %% lost, p99 %,.0f us", step.packetsPerSecond(),
                    100 * step.lossRatio(), step.latency().p99Ns() / 1e3));
            out.flush();
        }
    }

    private void write(LoadReport report, PrintWriter out) throws IOException {
        String text = LoadJson.of(report);
        if (json != null && !isJsonPrinted()) {
            Files.writeString(json, text + "\n");
        }
        if (html != null) {
            Files.writeString(html, LoadHtml.of(text));
        }
        if (isJsonPrinted()) {
            out.println(text);
            return;
        }
        out.println();
        out.println(report);
        if (required != null && report.capacity().orElse(0) < required) {
            out.println(String.format(Locale.ROOT, "That is less than the %,d packets/s that --require asks for.", required));
        }
        if (html != null) {
            out.println("Plots: " + html.toAbsolutePath());
        }
    }

    private boolean isJsonPrinted() {
        return json != null && json.toString().equals("-");
    }

    private LoadTestBuilder builder() {
        return LoadTest.builder().target(target).source(source).ownTarget(isTargetMine).flows(flows).ports(Math.min(ports, Math.max(1, flows)))
                .endpoints(endpoints).sizes(PacketSizes.parse(size)).runLength(runLength).step(duration("--seconds", seconds))
                .warmUp(duration("--warm-up", warmUp)).timeout(Duration.ofMillis(timeoutMs)).seed(seed).portable(isPortable);
    }

    private Duration duration(String option, double value) {
        require(value >= 0 && value < 1e6, option + " " + value + " is not a number of seconds");
        return Duration.ofMillis(Math.round(value * 1000));
    }

    private RatePlan plan() {
        require(rates == null || search == null, "--rate tries given rates, --search looks for the highest: only one of them");
        if (rates != null) {
            return RatePlan.of(RateText.rates(rates));
        }
        int[] range = RateText.range("--search", search == null ? DEFAULT_SEARCH : search);
        return RatePlan.search(range[0], range[1], resolution / 100);
    }

    private void requireFile(String option, Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        require(!Files.isDirectory(file), option + " " + file + " is a directory");
        require(Files.isDirectory(folder) && Files.isWritable(folder), option + " " + file + ": cannot write to the folder " + folder);
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private String intention(RatePlan plan) {
        double most = warmUp + plan.maxSteps() * (seconds + timeoutMs / 1e3) + timeoutMs / 1e3;
        return String.format(Locale.ROOT, "Sending to %s from %s: %s, %d flows, packets of %s bytes, runs of %d; %.0f s at most (Ctrl-C "
                + "ends it with a report).", target, source, plan, flows, size, runLength, Math.ceil(most));
    }
}
