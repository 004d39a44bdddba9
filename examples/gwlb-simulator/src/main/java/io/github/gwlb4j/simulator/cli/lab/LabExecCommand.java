package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code gwlb-simulator lab exec}. */
@Command(
        name = "exec",
        aliases = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program in a place of the lab, with this terminal's input and output; its exit code is this one's. The same as "
                + "'ip netns exec', without the name. What still runs there at 'lab down' is ended.",
            ""})
final class LabExecCommand implements Callable<Integer> {
    private static final int END_SECONDS = 10;

    @Mixin
    private LabName name;

    @Parameters(index = "0", paramLabel = "PLACE", description = "client, server, appliance, internet, or balancer (to capture packets).")
    private String place;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "Program and arguments, after '--'.")
    private List<String> command;

    /** Made by picocli. */
    LabExecCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LabRecord record = name.find();
        Place where = Place.find(place).orElseThrow(() -> new IllegalArgumentException("'" + place + "' is no place of a lab: " + Place.words()));
        LabRecord.Namespace namespace = record.namespaces().get(where);
        if (namespace == null) {
            throw new IllegalArgumentException("the lab '" + record.name() + "' has no " + where.word() + (where == Place.APPLIANCE
                    ? ": it was made with another --target, so run the appliance there" : ": make it with --internet"));
        }
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace.name()));
        words.addAll(command);
        Process process = new ProcessBuilder(words).inheritIO().start();
        // Ctrl-C reaches the program too, and it says when it has ended.
        Thread hook = new Thread(() -> awaitEnd(process), "lab-exec-end");
        Runtime.getRuntime().addShutdownHook(hook);
        int exitCode = process.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return exitCode; // this process is ending already
        }
        return exitCode;
    }

    private static void awaitEnd(Process process) {
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
