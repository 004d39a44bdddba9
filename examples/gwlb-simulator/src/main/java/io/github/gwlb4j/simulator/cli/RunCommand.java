package io.github.gwlb4j.simulator.cli;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.InnerPacketRule;
import io.github.gwlb4j.simulator.PacketFilter;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator run}: sends traffic to an appliance and checks what comes back. */
@Command(
        name = "run",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = SimulatorMain.Version.class,
        description = {
            "Sends GENEVE to an appliance as a Gateway Load Balancer does, and checks each packet that comes back: outer "
                + "addresses swapped, UDP ports kept, GENEVE header and inner packet unchanged, once, in order, in time.",
            "",
            "Without --pcap it makes up traffic: DNS, HTTP and TLS connections, ICMP echo, UDP fragments and packets of 8500 "
                + "bytes, over IPv4 and IPv6, the same inner packets through each endpoint.",
            ""},
        footer = {
            "",
            "Filters of --expect-drop: ip, ip6, tcp, udp, icmp, proto N, fragment, all, src|dst|host ADDRESS[/PREFIX], "
                + "sport|dport|port N[-M], kind NAME (the report's rows), endpoint ID; 'not', 'and', 'or' and parentheses; words in "
                + "a row must all match. For example: --expect-drop 'udp port 443' --expect-drop 'kind dns6'",
            "",
            "Exit code: 0 exactly what should come back came back, intact and in order; 1 something is wrong, the report says "
                + "what; 2 command line, file, address or port is wrong.",
            "",
            "On loopback (on macOS first: sudo ifconfig lo0 alias 127.0.0.2 up):",
            "  gwlb-simulator run --target 127.0.0.1 --source 127.0.0.2",
            "  gwlb-simulator run --target 127.0.0.1 --source 127.0.0.2 --pcap office.pcap --json"})
final class RunCommand implements Callable<Integer> {
    private static final int DEFAULT_FLOWS = 48;

    @Spec
    private CommandSpec spec;

    @Option(names = "--target", required = true, paramLabel = "ADDRESS[:PORT]",
            description = "Where the appliance listens; port 6081 if not given.")
    private String target;

    @Option(names = "--source", required = true, paramLabel = "ADDRESS",
            description = "Address of a load balancer node: one of this machine, not the target's. Replies arrive at its UDP port "
                    + "of the same number as the target's. Give it several times for several nodes.")
    private List<String> sources;

    @Option(names = "--pcap", paramLabel = "FILE",
            description = "Replay a capture (pcap, pcapng or hex dump): GENEVE datagrams as they are, with addresses adapted; "
                    + "other IP packets put into GENEVE. What an appliance must refuse is sent and must not come back.")
    private Path pcap;

    @Option(names = "--rate", paramLabel = "PPS", defaultValue = "2000",
            description = "Packets a second; 0: as fast as --window allows. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(names = "--seconds", paramLabel = "N",
            description = "How long to send: captures are repeated, conversations go on. Default: each packet of a capture, each "
                    + "conversation once.")
    private Integer seconds;

    @Option(names = "--json", description = "Print the report as one line of JSON.")
    private boolean isJson;

    @Option(names = "--expect-drop", paramLabel = "FILTER",
            description = "These packets must not come back; see below. Several: one of them must match.")
    private List<String> expectedDrops = new ArrayList<>();

    @Option(names = "--one-way", description = "Nothing at all must come back, as from an appliance that only monitors.")
    private boolean isOneWay;

    @Option(names = "--allow-ttl", description = "TTL or hop limit of inner packets may be lowered, as a router does.")
    private boolean isTtlAllowed;

    @Option(names = "--timeout", paramLabel = "MS", defaultValue = "1000",
            description = "After so many milliseconds a packet is missing. Default: ${DEFAULT-VALUE}.")
    private int timeoutMs;

    @Option(names = "--window", paramLabel = "N", defaultValue = "" + GwlbSimulatorBuilder.DEFAULT_WINDOW,
            description = "Wait while N packets (or N KiB) are unanswered, each for 0.2 s at most; 0: never wait, keep the rate "
                    + "whatever comes back. Default: ${DEFAULT-VALUE}.")
    private int window;

    @Option(names = "--endpoints", paramLabel = "N", defaultValue = "2",
            description = "Endpoints; each carries the same inner packets. Default: ${DEFAULT-VALUE}.")
    private int endpoints;

    @Option(names = "--traffic", split = ",", paramLabel = "KIND",
            description = "Made-up traffic: dns, http, tls, icmp, fragments, jumbo, with a 6 at the end over IPv6 (dns6, ...). "
                    + "Default: all twelve.")
    private List<String> traffic;

    @Option(names = "--flows", paramLabel = "N",
            description = "Flows of made-up traffic, divided among its kinds. Default: " + DEFAULT_FLOWS + ".")
    private Integer flows;

    @Option(names = "--sessions", paramLabel = "N",
            description = "Sessions of each flow of made-up traffic, without --seconds. Default: 1.")
    private Integer sessions;

    @Option(names = "--size", paramLabel = "BYTES",
            description = "Inner length of full packets of http, tls and fragments, 128 to 8500. Default: 1400.")
    private Integer size;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "Ports, cookies, endpoint ids and payloads come from it. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--class", paramLabel = "N", defaultValue = "0x0108",
            description = "Class of the GENEVE options. Default: ${DEFAULT-VALUE}, AWS's; Tencent's is 0x0167.")
    private String optionClass;

    @Option(names = "--max-ports", paramLabel = "N", defaultValue = "" + GwlbSimulatorBuilder.DEFAULT_MAX_SOCKETS,
            description = "Most UDP source ports of a node; each is a socket, further flows share them. Default: ${DEFAULT-VALUE}.")
    private int maxPorts;

    /** Made by picocli. */
    RunCommand() {
    }

    @Override
    public Integer call() throws IOException {
        Traffic[] packets = pcap == null ? madeUpTraffic() : capturedTraffic();
        try (GwlbSimulator gwlb = builder().build()) {
            PrintWriter out = spec.commandLine().getOut();
            if (!isJson) {
                out.println(intention());
                out.println();
            }
            return run(gwlb, packets, out);
        }
    }

    private Integer run(GwlbSimulator gwlb, Traffic[] packets, PrintWriter out) throws IOException {
        InterruptHook hook = InterruptHook.install(gwlb::stop);
        try {
            SimulationReport report = gwlb.run(packets);
            if (isJson) {
                out.println(ReportJson.of(report));
            } else {
                out.println(report);
            }
            out.flush();
            return report.isOk() ? 0 : 1;
        } finally {
            hook.remove();
        }
    }

    private GwlbSimulatorBuilder builder() {
        GwlbSimulatorBuilder builder = GwlbSimulator.builder()
                .target(target)
                .packetsPerSecond(rate)
                .window(window)
                .timeout(Duration.ofMillis(timeoutMs))
                .endpoints(endpoints)
                .seed(seed)
                .optionClass(optionClass())
                .oneWay(isOneWay)
                .maxSockets(maxPorts);
        sources.forEach(builder::source);
        expectedDrops.stream().map(PacketFilter::parse).forEach(builder::expectDrop);
        if (isTtlAllowed) {
            builder.innerPacketRule(InnerPacketRule.ttlMayDecrease());
        }
        if (seconds != null) {
            require(seconds > 0, "--seconds " + seconds + " is not 1 or more");
            builder.duration(Duration.ofSeconds(seconds));
        }
        return builder;
    }

    private int optionClass() {
        try {
            return Integer.decode(optionClass);
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "--class '" + optionClass + "' is not a number such as 0x0108", e);
        }
    }

    private Traffic[] capturedTraffic() throws IOException {
        require(traffic == null && flows == null && sessions == null && size == null,
                "--traffic, --flows, --sessions and --size are for made-up traffic, not for --pcap");
        require(!Files.isDirectory(pcap), "cannot read " + pcap + ": it is a directory");
        return new Traffic[] {Traffic.capture(pcap)};
    }

    private Traffic[] madeUpTraffic() {
        return MadeUpTraffic.of(traffic, flows == null ? DEFAULT_FLOWS : flows, sessions, size);
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private String intention() {
        String what = pcap == null ? "made-up traffic" : pcap.toString();
        String pace = rate == 0 ? "as fast as it is answered" : "at " + rate + " packets/s";
        String end = seconds == null ? "once" : "for " + seconds + " s";
        return "Sending " + what + " to " + target + " from " + String.join(", ", sources) + ", " + pace + ", " + end
                + " (Ctrl-C ends it with a report).";
    }
}
