package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator lab status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Tells what runs in the lab, and what its load balancer has seen: packets sent and returned, and what came back wrong.",
            ""},
        footer = {"", "Exit code: 0 nothing is wrong; 1 something came back wrong, or the lab's process was killed; 2 there is no such lab."})
final class LabStatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private LabName name;

    /** Made by picocli. */
    LabStatusCommand() {
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        LabRecord record = name.find();
        for (Map.Entry<Place, LabRecord.Namespace> place : record.namespaces().entrySet()) {
            List<ProcessHandle> processes = NamedNamespaces.processes(place.getValue().name());
            out.println(String.format(Locale.ROOT, "%-10s %s: %s", place.getKey().word(), place.getValue().name(), processes.isEmpty()
                    ? "no program" : processes.stream().map(LabStatusCommand::text).collect(Collectors.joining(", "))));
        }
        if (record.process().isEmpty()) {
            out.println("The lab's process has gone, so nothing is carried any more: 'gwlb-simulator lab down' cleans up.");
            return 1;
        }
        LabStatus status = LabStatus.decode(LabControl.ask(record.controlSocket(), RunningLab.STATUS));
        out.println(status.report());
        return status.isClean() ? 0 : 1;
    }

    private static String text(ProcessHandle process) {
        String command = process.info().command().map(path -> path.substring(path.lastIndexOf('/') + 1)).orElse("?");
        return command + " (" + process.pid() + ")";
    }
}
