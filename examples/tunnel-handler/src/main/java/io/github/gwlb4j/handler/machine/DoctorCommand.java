package io.github.gwlb4j.handler.machine;

import io.github.gwlb4j.geneve.Geneve;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code gwlbtun doctor}. Exit code 1 if something is wrong. */
@Command(name = "doctor", description = "Checks this machine and prints what is wrong, and the command that mends it. "
            + "Changes nothing. Exit code 1 if something is wrong.")
public final class DoctorCommand implements Callable<Integer> {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help and exit.")
    private boolean isHelpWanted;

    @Option(names = "--interface", paramLabel = "NAME", description = "The interface towards the load balancer; default: that of the default route.")
    private String linkName;

    @Option(names = "--udp-port", paramLabel = "PORT", defaultValue = "" + Geneve.UDP_PORT, description = "Where GENEVE will be received; default ${DEFAULT-VALUE}.")
    private int udpPort;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        MachineChecks checks = MachineChecks.ofThisMachine();
        List<Finding> findings = checks.all(linkName != null ? linkName : checks.defaultLink(), udpPort);
        PrintWriter out = spec.commandLine().getOut();
        findings.forEach(out::println);
        long wrong = findings.stream().filter(finding -> finding.level() == Finding.Level.WRONG).count();
        long notes = findings.stream().filter(finding -> finding.level() == Finding.Level.NOTE).count();
        out.printf("%n%d wrong, %d to think about, %d ok%n", wrong, notes, findings.size() - wrong - notes);
        return wrong > 0 ? 1 : 0;
    }
}
