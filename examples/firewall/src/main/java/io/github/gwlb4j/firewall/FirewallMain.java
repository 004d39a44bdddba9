package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionLog;
import io.github.gwlb4j.firewall.rules.CheckCommand;
import io.github.gwlb4j.firewall.rules.ExplainCommand;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.firewall.view.TopTalkers;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.tun.Capability;
import io.github.gwlb4j.tun.Privileges;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code firewall}: an inline firewall behind a Gateway Load Balancer. */
@Command(name = "firewall", mixinStandardHelpOptions = true, versionProvider = FirewallMain.Version.class, sortOptions = false,
        usageHelpWidth = 132, customSynopsis = {"firewall --rules=FILE [OPTIONS]", "firewall check RULES", "firewall explain RULES PACKET"},
        synopsisHeading = "", commandListHeading = "%nCommands%n", subcommands = {CheckCommand.class, ExplainCommand.class},
        description = "Decides about each packet that an AWS Gateway Load Balancer sends, by rules from a file.",
        footer = {"", "Rules, one a line, the first that matches decides; replies of an allowed connection pass:",
            "  [NAME:] allow|deny|reject [PROTOCOL] [from ADDRESSES [port PORTS]] [to ADDRESSES [port PORTS]] [port PORTS]",
            "          [domain NAMES] [endpoint IDS] [limit RATE [burst N]] [log]",
            "  default allow|deny|reject      what no rule matches; deny if it is not said",
            "Example: deny udp port 53", "",
            "SIGINT and SIGTERM stop it, after --drain, and print a summary; SIGHUP reloads the rules.",
            "Exit code 2: the settings or the rules are wrong."})
public final class FirewallMain implements Callable<Integer> {
    /** Large receive buffers, the raw socket for replies, a health port below 1024. */
    private static final List<Capability> NEEDED_AT_START = List.of(Capability.NET_ADMIN, Capability.NET_RAW, Capability.NET_BIND_SERVICE);
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    /** Columns for an option with its value, so that each takes one line of the help. */
    private static final int LONGEST_OPTION = 32;

    @Spec
    private CommandSpec spec;

    @Option(names = "--rules", paramLabel = "FILE", description = "The rule file.")
    private Path rulesFile;

    @Option(names = "--user", paramLabel = "NAME",
            description = "Started by root: become this user for good, without any capability once the sockets are open.")
    private String user;

    @ArgGroup(validate = false, heading = "%nPackets and health%n")
    private NetworkOptions network = new NetworkOptions();

    @ArgGroup(validate = false, heading = "%nConnections and rules%n")
    private ConnectionOptions connections = new ConnectionOptions();

    @ArgGroup(validate = false, heading = "%nWhat is told%n")
    private LogOptions logging = new LogOptions();

    @ArgGroup(validate = false, heading = "%nWho watches%n")
    private ViewOptions viewing = new ViewOptions();

    private final PrintStream out = System.out;
    private final List<Firewall> workers = new CopyOnWriteArrayList<>();

    private final HangUp hangUp;

    private FirewallMain(HangUp hangUp) {
        this.hangUp = hangUp;
    }

    /**
     * Runs the firewall until it is told to stop.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        HangUp hangUp = HangUp.listen();
        System.setProperty("org.slf4j.simpleLogger.showDateTime", System.getProperty("org.slf4j.simpleLogger.showDateTime", "true"));
        System.setProperty("org.slf4j.simpleLogger.dateTimeFormat",
                System.getProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd HH:mm:ss"));
        System.exit(commandLine(hangUp).execute(args));
    }

    static CommandLine commandLine(HangUp hangUp) {
        return new CommandLine(new FirewallMain(hangUp)).setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpLongOptionsMaxWidth(LONGEST_OPTION).setParameterExceptionHandler((e, args) -> {
            e.getCommandLine().getErr().println("firewall: " + e.getMessage().replaceAll("\\s*\\R\\s*", " ") + " (--help tells more)");
            return EXIT_USAGE;
        });
    }

    @Override
    public Integer call() throws InterruptedException {
        if (rulesFile == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing required option: '--rules=FILE'");
        }
        CurrentPolicy policy;
        DecisionLog decisions;
        PacketCapture capture;
        GwlbAppliance appliance;
        try {
            if (user != null) {
                Privileges.becomeUser(user, NEEDED_AT_START); // before anything is read: what this user cannot read now, it cannot reload
            }
            policy = new CurrentPolicy(PolicyFile.read(rulesFile));
            EngineSettings settings = connections.settings();
            GwlbApplianceBuilder builder = network.builder();
            decisions = logging.openDecisions(connections.isDryRun());
            capture = logging.openCapture();
            appliance = builder.flowTracking(settings.flowTracking()).capture(capture).dropCapabilities(true)
                    .health(viewing.health(network.healthPort()))
                    .handler(worker -> makeWorker(policy, settings, decisions)).build().start();
            Privileges.keepOnly(Capability.DAC_OVERRIDE); // this thread reads the rules again; root may have been given someone else's
        } catch (RuleFileException | IllegalArgumentException | IOException e) {
            System.err.println("firewall: " + e.getMessage());
            return EXIT_USAGE;
        } catch (OutOfMemoryError e) {
            System.err.println("firewall: not enough memory: choose a lower --max-connections or --workers, or allow more with java -Xmx");
            return EXIT_USAGE;
        }
        return run(appliance, policy, decisions, capture);
    }

    private Firewall makeWorker(CurrentPolicy policy, EngineSettings settings, DecisionLog decisions) {
        Firewall firewall = new Firewall(policy, settings, viewing.isWatching() ? new TopTalkers() : null, decisions == null ? null : decisions.newQueue());
        workers.add(firewall);
        return firewall;
    }

    private int run(GwlbAppliance appliance, CurrentPolicy policy, DecisionLog decisions, PacketCapture capture) throws InterruptedException {
        FirewallReport report = new FirewallReport(policy, workers, connections.isDryRun(), appliance.stats());
        PolicyReload reload = new PolicyReload(rulesFile, policy, workers, out, System.err);
        CountDownLatch toldToStop = new CountDownLatch(1);
        stopWhenTold(appliance, report, () -> {
            viewing.views().close();
            logging.close(decisions, capture);
        }, toldToStop);
        int ruleCount = policy.version().policy().ruleCount() - 1;
        out.printf("firewall: %d rules from %s, then %s; listening on UDP %s port %d.%s Stop it with Ctrl-C.%n",
                ruleCount, rulesFile, policy.version().policy().rule(ruleCount).text(), network.listen().getAddress().getHostAddress(),
                network.listen().getPort(), connections.isDryRun() ? " Dry run: everything is forwarded." : "");
        out.flush();
        hangUp.runs(reload::reload);
        viewing.openTerminal();
        viewing.views().start(new FirewallMonitor(appliance, policy, workers, reload, connections.settings().maxConnections(),
                connections.isDryRun()));
        while (!toldToStop.await(1, TimeUnit.SECONDS)) {
            if (appliance.isHandedOver()) {
                appliance.awaitClose();
                out.println("firewall: another process has taken over; this one ends");
                return 0;
            }
            if (appliance.state() == GwlbAppliance.State.CLOSED) {
                System.err.println("firewall: a worker has died; the log above says why");
                return EXIT_FAILED;
            }
            if (connections.isWatching()) {
                reload.look();
            }
            if (!logging.isQuiet() && !viewing.views().isOnTerminal()) {
                out.println(report.line(appliance.stats()));
            }
        }
        Thread.currentThread().join(); // the hook ends the process
        return 0;
    }

    /**
     * A signal starts the shutdown hooks while the main thread goes on; the hook does the stopping, so that it is complete before the
     * process ends, and ends it with 0: being told to stop is no failure.
     */
    private void stopWhenTold(GwlbAppliance appliance, FirewallReport report, Runnable closeOthers, CountDownLatch toldToStop) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            boolean isBySignal = appliance.state() != GwlbAppliance.State.CLOSED;
            toldToStop.countDown();
            drain(appliance);
            appliance.close();
            closeOthers.run();
            out.print(report.summary(appliance.stats()));
            out.flush();
            if (isBySignal) {
                Runtime.getRuntime().halt(0);
            }
        }, "firewall-stop"));
    }

    private void drain(GwlbAppliance appliance) {
        try {
            appliance.drain(network.drain());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does that to a shutdown hook; then it ends at once
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
