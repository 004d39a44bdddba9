package io.github.gwlb4j.simulator.cli.lab;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator lab up}. */
@Command(
        name = "up",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "Makes the namespaces, with a simulated load balancer between them that runs in the background until 'lab down'.",
            ""},
        footer = {
            "",
            "The client is 10.20.0.2 (fd20::2), the server 10.30.0.2 (fd30::2): all that one sends to the other goes through the "
                + "appliance, which listens on " + LiveLab.APPLIANCE_ADDRESS + " and knows the load balancer as "
                + LiveLab.LOAD_BALANCER_ADDRESS + ". The namespaces have no way out to the real network.",
            "",
            "Exit code: 0 it is up; 2 it is not, one line says why, and nothing is left behind."})
final class LabUpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private LabName name;

    @Option(names = "--target", paramLabel = "PLACE", defaultValue = AppliancePlace.LAB,
            description = "Where the appliance runs: 'lab', in a namespace of the lab; 'host', on this machine itself; a namespace as ip "
                    + "netns knows it; or a file such as /proc/PID/ns/net of a container. What is not the lab's gets an interface "
                    + "gwlb-NAME with " + LiveLab.APPLIANCE_ADDRESS + ". Default: ${DEFAULT-VALUE}.")
    private String target;

    @Option(names = "--mtu", paramLabel = "BYTES", defaultValue = "1500",
            description = "MTU of client and server, up to 8500, as much as a load balancer carries. Default: ${DEFAULT-VALUE}.")
    private int mtu;

    @Option(names = "--ipv6", description = "Give client and server IPv6 addresses too.")
    private boolean hasIpv6;

    @Option(names = "--internet",
            description = "Add a namespace 'internet' that the appliance reaches by a link of its own, inet0: 198.51.100.2, 2001:db8::2.")
    private boolean hasInternet;

    @Option(names = "--endpoint", paramLabel = "ID", defaultValue = "0x1",
            description = "Endpoint id in the GENEVE header: decimal, or hexadecimal with 0x. Default: ${DEFAULT-VALUE}.")
    private String endpoint;

    @Option(names = "--foreground", description = "Stay, and take the lab down at Ctrl-C or 'lab down'.")
    private boolean isForeground;

    /** Made by picocli. */
    LabUpCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        AppliancePlace place = AppliancePlace.parse(target);
        LabShape shape = new LabShape(endpointId(), mtu, hasIpv6, hasInternet, place);
        if (hasInternet && !place.isInLab()) {
            throw new IllegalArgumentException("--internet is for an appliance in the lab: one elsewhere reaches what there is");
        }
        if (LinuxTun.unsupportedCause() != null) {
            throw new LinuxException("cannot start a lab: " + LinuxTun.unsupportedCause());
        }
        if (isForeground) {
            stay(shape);
        } else {
            BackgroundLab.start(name.checked(), spec.commandLine().getParseResult().originalArgs());
            spec.commandLine().getOut().println(introduction());
        }
        return 0;
    }

    private void stay(LabShape shape) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        RunningLab lab = RunningLab.start(name.checked(), shape);
        Thread hook = new Thread(() -> takeDown(lab, out), "lab-down");
        Runtime.getRuntime().addShutdownHook(hook);
        out.println(introduction());
        out.flush();
        lab.awaitEnd();
        takeDown(lab, out);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is ending already
        }
    }

    /** The shutdown hook may run at the same time as the command: the first one works, the other waits. */
    private static void takeDown(RunningLab lab, PrintWriter out) {
        synchronized (lab) {
            try {
                LabStatus status = lab.status();
                lab.close();
                out.println(status.report());
            } catch (IOException e) {
                out.println("gwlb-simulator: " + e.getMessage());
            }
            out.flush();
        }
    }

    private long endpointId() {
        try {
            return Long.decode(endpoint);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--endpoint '" + endpoint + "' is not a number such as 1 or 0x0a1b", e);
        }
    }

    private String introduction() throws IOException {
        LabRecord record = name.find();
        StringBuilder text = new StringBuilder("The lab '" + record.name() + "' is up, endpoint " + EndpointId.toHex(endpointId()) + ", process "
                + record.process().map(ProcessHandle::pid).orElse(0L) + ".\n");
        for (Map.Entry<Place, LabRecord.Namespace> place : record.namespaces().entrySet()) {
            text.append(String.format(Locale.ROOT, "  %-10s %-34s ip netns exec %s COMMAND%n", place.getKey().word(), addresses(place.getKey()),
                    place.getValue().name()));
        }
        String option = record.name().equals("lab") ? "" : " --name " + record.name();
        text.append("Start the appliance ").append(!AppliancePlace.parse(target).isInLab() ? "in " + target : "so: gwlb-simulator lab exec" + option
                + " appliance -- COMMAND").append(", listening on ").append(LiveLab.APPLIANCE_ADDRESS).append(" UDP port 6081.\n");
        return text.append("Then try: gwlb-simulator lab exec").append(option).append(" client -- ping 10.30.0.2\n")
                .append("Take it down: gwlb-simulator lab down").append(option).toString();
    }

    private String addresses(Place place) {
        return switch (place) {
            case CLIENT -> hasIpv6 ? "10.20.0.2, fd20::2" : "10.20.0.2";
            case SERVER -> hasIpv6 ? "10.30.0.2, fd30::2" : "10.30.0.2";
            case APPLIANCE -> LiveLab.APPLIANCE_ADDRESS + (hasInternet ? ", 198.51.100.1, 2001:db8::1" : "");
            case INTERNET -> "198.51.100.2, 2001:db8::2";
            case BALANCER -> LiveLab.LOAD_BALANCER_ADDRESS;
        };
    }
}
