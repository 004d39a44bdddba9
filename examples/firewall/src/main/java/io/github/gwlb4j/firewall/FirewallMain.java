package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.packet.Cidr;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code firewall}: an inline firewall behind a Gateway Load Balancer. */
@Command(name = "firewall", mixinStandardHelpOptions = true, versionProvider = FirewallMain.Version.class, sortOptions = false,
        description = "Decides about each packet that an AWS Gateway Load Balancer sends, by rules from a file.",
        footer = {"", "Rules, one a line, the first that matches decides; replies of an allowed connection pass:",
            "  allow|deny [PROTOCOL] [from ADDRESS [port PORTS]] [to ADDRESS [port PORTS]] [port PORTS] [endpoint ID]",
            "  default allow|deny      what no rule matches; deny if it is not said",
            "PROTOCOL  any, tcp, udp, icmp (also ICMPv6), sctp, gre, esp, or a number",
            "ADDRESS   any, an IPv4 or IPv6 address, or a network as in 10.0.0.0/8 or 2001:db8::/32",
            "PORTS     as in 53 or 80,443 or 1024-65535; without from or to before it, of either end", "ID        as in vpce-0123456789abcdef0", "# starts a comment.",
            "", "Example: deny udp port 53", "",
            "SIGINT and SIGTERM stop it, after --drain, and print a summary. Exit code 2: the settings or the rules are wrong."})
public final class FirewallMain implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    private static final int MAX_DRAIN_SECONDS = 3600;

    @Option(names = "--rules", required = true, paramLabel = "FILE", description = "The rule file.")
    private Path rulesFile;

    @Option(names = "--listen", defaultValue = "0.0.0.0", paramLabel = "ADDRESS[:PORT]", converter = ListenAddress.class,
            description = "Where to receive GENEVE; default 0.0.0.0:6081, all local IPv4 addresses.")
    private InetSocketAddress listen;

    @Option(names = "--workers", defaultValue = "1", paramLabel = "N",
            description = "Threads that handle packets; default ${DEFAULT-VALUE}.")
    private int workers;

    @Option(names = "--max-connections", defaultValue = "262144", paramLabel = "N",
            description = "Most connections each worker remembers; default ${DEFAULT-VALUE}.")
    private int maxConnections;

    @Option(names = "--receive-buffer", defaultValue = "4194304", paramLabel = "BYTES",
            description = "Receive buffer to ask the system for; default 4 MiB.")
    private int receiveBufferBytes;

    @Option(names = "--class", defaultValue = "" + Gwlb.OPTION_CLASS, paramLabel = "N", converter = OptionClass.class,
            description = "Class of the load balancer's GENEVE options; default 0x0108 (AWS).")
    private int optionClass;

    @Option(names = "--source-cidr", paramLabel = "CIDR", converter = SourceNetwork.class,
            description = "Take GENEVE only from this network of load balancer nodes; repeatable; default: from anyone.")
    private List<Cidr> sources = List.of();

    @Option(names = "--health-port", paramLabel = "PORT", description = "Answer the load balancer's HTTP health checks, and /metrics, on this TCP port.")
    private Integer healthPort;

    @Option(names = "--drain", defaultValue = "0", paramLabel = "SECONDS", description = "After a signal: answer 503 and go on until no packet "
            + "has come for a second, for this long at most; default ${DEFAULT-VALUE}.")
    private int drainSeconds;

    @Option(names = "--quiet", description = "No line a second, only the summary.")
    private boolean isQuiet;

    private final PrintStream out = System.out;
    private final List<Firewall> firewalls = new CopyOnWriteArrayList<>();

    private FirewallMain() {
    }

    /**
     * Runs the firewall until it is told to stop.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.setProperty("org.slf4j.simpleLogger.showDateTime", System.getProperty("org.slf4j.simpleLogger.showDateTime", "true"));
        System.setProperty("org.slf4j.simpleLogger.dateTimeFormat",
                System.getProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd HH:mm:ss"));
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new FirewallMain()).setParameterExceptionHandler((e, args) -> {
            e.getCommandLine().getErr().println("firewall: " + e.getMessage() + " (--help tells more)");
            return EXIT_USAGE;
        });
    }

    @Override
    public Integer call() throws InterruptedException {
        Policy rules;
        GwlbAppliance appliance;
        try {
            rules = PolicyFile.read(rulesFile);
            if (maxConnections < 1) {
                throw new IllegalArgumentException("--max-connections is " + maxConnections + ", must be 1 or more");
            }
            if (drainSeconds < 0 || drainSeconds > MAX_DRAIN_SECONDS) {
                throw new IllegalArgumentException("--drain is " + drainSeconds + ", must be 0 to " + MAX_DRAIN_SECONDS);
            }
            appliance = build(rules).start();
        } catch (RuleFileException | IllegalArgumentException | IOException e) {
            System.err.println("firewall: " + e.getMessage());
            return EXIT_USAGE;
        }
        return run(appliance, rules);
    }

    private GwlbAppliance build(Policy rules) {
        GwlbApplianceBuilder builder = GwlbAppliance.builder();
        sources.forEach(builder::allowSource);
        return builder
                .listen(listen)
                .workers(workers)
                .receiveBufferBytes(receiveBufferBytes)
                .optionClass(optionClass)
                .health(healthPort == null ? null : HealthConfig.onPort(healthPort))
                .handler(worker -> {
                    Firewall firewall = new Firewall(rules, maxConnections);
                    firewalls.add(firewall);
                    return firewall;
                })
                .build();
    }

    private int run(GwlbAppliance appliance, Policy rules) throws InterruptedException {
        FirewallReport report = new FirewallReport(rules, firewalls, appliance.stats());
        CountDownLatch toldToStop = new CountDownLatch(1);
        // A signal starts the shutdown hooks while this thread goes on; the hook does the stopping, so that it is complete
        // before the process ends, and ends it with 0: being told to stop is no failure.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            boolean isBySignal = appliance.state() != GwlbAppliance.State.CLOSED;
            toldToStop.countDown();
            drain(appliance);
            appliance.close();
            out.print(report.summary(appliance.stats()));
            out.flush();
            if (isBySignal) {
                Runtime.getRuntime().halt(0);
            }
        }, "firewall-stop"));
        out.printf("firewall: %d rules from %s; listening on UDP %s port %d. Stop it with Ctrl-C.%n", rules.ruleCount() - 1, rulesFile,
                listen.getAddress().getHostAddress(), listen.getPort());
        out.flush();
        while (!toldToStop.await(1, TimeUnit.SECONDS)) {
            if (appliance.state() == GwlbAppliance.State.CLOSED) {
                System.err.println("firewall: a worker has died; the log above says why");
                return EXIT_FAILED;
            }
            if (!isQuiet) {
                out.println(report.line(appliance.stats()));
            }
        }
        Thread.currentThread().join(); // the hook ends the process
        return 0;
    }

    private void drain(GwlbAppliance appliance) {
        try {
            appliance.drain(Duration.ofSeconds(drainSeconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does that to a shutdown hook; then it ends at once
        }
    }

    /** Reads a network in CIDR notation. */
    static final class SourceNetwork implements CommandLine.ITypeConverter<Cidr> {
        @Override
        public Cidr convert(String text) {
            try {
                return Cidr.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads an option class as in 264 or 0x0108. */
    static final class OptionClass implements CommandLine.ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                return Integer.decode(text);
            } catch (NumberFormatException e) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not a number as in 264 or 0x0108");
            }
        }
    }

    /** Reads ADDRESS, ADDRESS:PORT, [IPV6] or [IPV6]:PORT. */
    static final class ListenAddress implements CommandLine.ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String text) {
            return parse(text);
        }

        static InetSocketAddress parse(String text) {
            String host = text;
            String port = Integer.toString(Geneve.UDP_PORT);
            int colon = text.lastIndexOf(':');
            boolean isBracketed = text.startsWith("[") && text.indexOf(']') > 0;
            if (isBracketed) {
                host = text.substring(1, text.indexOf(']'));
                String rest = text.substring(text.indexOf(']') + 1);
                port = rest.isEmpty() ? port : rest.startsWith(":") ? rest.substring(1) : "?";
            } else if (colon >= 0 && text.indexOf(':') == colon) {
                host = text.substring(0, colon);
                port = text.substring(colon + 1);
            }
            if (!port.matches("\\d{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not ADDRESS[:PORT]; the port must be 1 to 65535");
            }
            InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(port));
            if (host.isEmpty() || address.isUnresolved()) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not ADDRESS[:PORT]: unknown address '" + host + "'");
            }
            return address;
        }
    }

    /** The version in the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = FirewallMain.class.getPackage().getImplementationVersion();
            return new String[] {"firewall (gwlb4j) " + (version == null ? "development build" : version)};
        }
    }
}
