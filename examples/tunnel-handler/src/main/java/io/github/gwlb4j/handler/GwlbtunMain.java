package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.handler.machine.DoctorCommand;
import io.github.gwlb4j.handler.options.ConfigFile;
import io.github.gwlb4j.handler.options.HealthOptions;
import io.github.gwlb4j.handler.options.LogLevels;
import io.github.gwlb4j.handler.options.LogOptions;
import io.github.gwlb4j.handler.options.NetworkOptions;
import io.github.gwlb4j.handler.options.ThreadOptions;
import io.github.gwlb4j.handler.options.TunnelOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command {@code gwlbtun}. Exit codes: 0 told to stop, or another has taken over, 1 it failed while it ran, 2 settings or machine do not let it start (one
 * line on standard error says what).
 */
@Command(name = "gwlbtun", versionProvider = GwlbtunMain.Version.class, sortOptions = false,
        customSynopsis = "Usage: gwlbtun [OPTIONS] | gwlbtun doctor [--interface NAME]", synopsisHeading = "", subcommands = DoctorCommand.class,
        description = "Puts the traffic of AWS Gateway Load Balancer endpoints into Linux interfaces: for each endpoint "
            + "gwi-<X>, where its packets come out, and gwo-<X>, where they go back. X is the endpoint's id in base 60.",
        footer = {"", "Example: gwlbtun -c /etc/gwlbtun/create.sh -r /etc/gwlbtun/destroy.sh -p 8080 --drain 300",
            "", "SIGINT and SIGTERM end it: health checks hear 503, it drains, DESTROY scripts run, exit code 0.",
            "Exit code 1: failed while it ran. 2: settings or machine do not let it start.", "'gwlbtun doctor' checks this machine and says what to do."})
public final class GwlbtunMain implements Callable<Integer> {
    static final int EXIT_USAGE = 2;
    private static final int HELP_WIDTH = 110;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help and exit.")
    private boolean isHelpWanted;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Print the version and exit.")
    private boolean isVersionWanted;

    @Option(names = "--config", paramLabel = "FILE", description = "Read settings from FILE: lines 'key = value', keys are the long "
            + "options. What the command line says is stronger.")
    private Path configFile;

    @Mixin
    private TunnelOptions tunnels;

    @Mixin
    private NetworkOptions network;

    @Mixin
    private HealthOptions health;

    @Mixin
    private ThreadOptions threads;

    @Mixin
    private LogOptions logging;

    private GwlbtunMain() {
    }

    /**
     * Runs the handler until it is told to stop.
     *
     * @param arguments command line
     */
    public static void main(String[] arguments) {
        System.exit(execute(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
    }

    static int execute(PrintWriter out, PrintWriter err, String... arguments) {
        GwlbtunMain main = new GwlbtunMain();
        CommandLine line = main.commandLine().setOut(out).setErr(err);
        try {
            return line.execute(main.withConfigFile(line, arguments));
        } catch (ParameterException e) {
            return onWrongArguments(e);
        } catch (IllegalArgumentException e) {
            return complain(line, e.getMessage());
        }
    }

    /** What a command line means, without doing it. */
    static HandlerSettings settings(String... arguments) {
        GwlbtunMain main = new GwlbtunMain();
        CommandLine line = main.commandLine();
        line.parseArgs(main.withConfigFile(line, arguments));
        return main.settings();
    }

    private HandlerSettings settings() {
        return new HandlerSettings(tunnels, network, health, threads, logging);
    }

    private CommandLine commandLine() {
        CommandLine line = new CommandLine(this).setUsageHelpWidth(HELP_WIDTH)
                .setOverwrittenOptionsAllowed(true) // the last one counts, as with getopt
                .setExecutionExceptionHandler((e, command, parsed) -> onFailure(e, command))
                .setParameterExceptionHandler((e, args) -> onWrongArguments(e));
        line.getHelpSectionMap().put(CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST, GroupedHelp::options);
        return line;
    }

    /** The settings of the configuration file that the command line does not have, and then the command line. */
    private String[] withConfigFile(CommandLine line, String[] arguments) {
        ParseResult parsed = line.parseArgs(arguments);
        if (configFile == null || parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested()) {
            return arguments;
        }
        ConfigFile config = ConfigFile.read(configFile, line.getCommandSpec());
        List<String> all = new ArrayList<>(config.arguments(parsed::hasMatchedOption));
        all.addAll(List.of(arguments));
        String[] merged = all.toArray(String[]::new);
        try {
            line.parseArgs(merged);
        } catch (ParameterException e) {
            String place = e.getArgSpec() instanceof OptionSpec option ? config.placeOf(option.longestName()) : null;
            throw place == null ? e : new IllegalArgumentException(place + ": " + e.getMessage());
        }
        return merged;
    }

    private static int onWrongArguments(ParameterException e) {
        return complain(e.getCommandLine(), e.getMessage() + " (--help tells more)");
    }

    private static int onFailure(Exception e, CommandLine command) throws Exception {
        if (e instanceof IOException || e instanceof IllegalArgumentException || e instanceof IllegalStateException) {
            return complain(command, e.getMessage());
        }
        throw e;
    }

    private static int complain(CommandLine command, String message) {
        command.getErr().println("gwlbtun: " + String.valueOf(message).replaceAll("\\s*\\R\\s*", " "));
        return EXIT_USAGE;
    }

    @Override
    public Integer call() throws Exception {
        LogLevels.apply(logging);
        return new HandlerRun(settings()).run();
    }

    /** The version in the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = GwlbAppliance.class.getPackage().getImplementationVersion();
            return new String[] {"gwlbtun (gwlb4j) " + (version == null ? "development build" : version)};
        }
    }
}
