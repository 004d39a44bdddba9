package io.github.gwlb4j.simulator.cli;

import io.github.gwlb4j.simulator.cli.dump.DumpCommand;
import io.github.gwlb4j.simulator.cli.lab.LabCommand;
import io.github.gwlb4j.simulator.cli.load.LoadCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code gwlb-simulator}. Exit codes: 0 nothing is wrong, 1 something is, 2 command line, file or network set-up is
 * wrong (one line on standard error says what).
 */
@Command(
        name = "gwlb-simulator",
        description = "Plays an AWS Gateway Load Balancer against an appliance, without AWS.",
        mixinStandardHelpOptions = true,
        versionProvider = SimulatorMain.Version.class,
        subcommands = {RunCommand.class, ScenarioCommand.class, LoadCommand.class, LabCommand.class, DumpCommand.class,
            HelpCommand.class},
        footer = {"", "'gwlb-simulator COMMAND --help' tells all about a command."})
public final class SimulatorMain implements Runnable {
    /** Command line, file or network set-up is wrong. */
    static final int EXIT_USAGE = 2;

    @Spec
    private CommandSpec spec;

    /** Made by picocli. */
    SimulatorMain() {
    }

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param arguments command line
     */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        System.exit(execute(out, err, arguments));
    }

    static int execute(PrintWriter out, PrintWriter err, String... arguments) {
        return new CommandLine(new SimulatorMain())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(SimulatorMain::onWrongArguments)
                .setExecutionExceptionHandler(SimulatorMain::onFailure)
                .execute(arguments);
    }

    private static int onWrongArguments(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        command.getErr().println("gwlb-simulator: " + oneLine(e.getMessage()) + " (see '"
                + command.getCommandSpec().qualifiedName() + " --help')");
        return EXIT_USAGE;
    }

    private static int onFailure(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        if (!(e instanceof IOException || e instanceof IllegalArgumentException)) {
            throw e;
        }
        command.getErr().println("gwlb-simulator: " + oneLine(describe(e)));
        return EXIT_USAGE;
    }

    /** The JDK's file exceptions say no more than the file's name. */
    private static String describe(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "cannot read " + e.getMessage() + ": no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "cannot read " + e.getMessage() + ": permission denied";
        }
        return e.getMessage();
    }

    private static String oneLine(String message) {
        return String.valueOf(message).replaceAll("\\s*\\R\\s*", " ");
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: run, scenario, load, lab or dump");
    }

    /** Says the version that the jar's manifest has. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = SimulatorMain.class.getPackage().getImplementationVersion();
            return new String[] {"gwlb-simulator " + (version == null ? "(not from a jar)" : version)};
        }
    }
}
