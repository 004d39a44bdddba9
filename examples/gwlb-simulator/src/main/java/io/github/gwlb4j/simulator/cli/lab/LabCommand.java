package io.github.gwlb4j.simulator.cli.lab;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator lab}: real programs through an appliance. */
@Command(
        name = "lab",
        mixinStandardHelpOptions = true,
        subcommands = {LabUpCommand.class, LabExecCommand.class, LabStatusCommand.class, LabDownCommand.class},
        description = {
            "Puts a simulated Gateway Load Balancer between network namespaces, so that real programs (curl, iperf3, ssh, dig) talk "
                + "through an appliance. Linux, root.",
            ""},
        footer = {
            "",
            "  gwlb-simulator lab up",
            "  gwlb-simulator lab exec appliance -- java -jar firewall.jar --rules all.rules --listen 10.99.0.2 &",
            "  gwlb-simulator lab exec server -- iperf3 -s -D",
            "  gwlb-simulator lab exec client -- iperf3 -c 10.30.0.2",
            "  gwlb-simulator lab status",
            "  gwlb-simulator lab down"})
public final class LabCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Made by picocli. */
    LabCommand() {
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: up, exec, status or down");
    }
}
