package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator lab down}. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what the load balancer has seen, ends the programs in the lab's namespaces, and removes all that 'lab up' has made "
                + "and nothing else, also after the lab's process was killed. If there is no lab, that is fine.",
            ""},
        footer = {"", "Exit code: 0 nothing is left; 2 something could not be removed, one line says what."})
final class LabDownCommand implements Callable<Integer> {
    private static final int END_SECONDS = 15;

    @Spec
    private CommandSpec spec;

    @Mixin
    private LabName name;

    /** Made by picocli. */
    LabDownCommand() {
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Optional<LabRecord> record = LabRecord.find(name.checked());
        if (record.isEmpty()) {
            out.println("There is no lab '" + name.checked() + "', so there is nothing to take down.");
            return 0;
        }
        Optional<ProcessHandle> process = record.get().process();
        if (process.isPresent()) {
            out.println(askForTheEnd(record.get()));
            end(process.get());
        } else {
            out.println("The lab's process had gone already, with what its load balancer had seen.");
        }
        record.get().remove();
        out.println("The lab '" + record.get().name() + "' is down.");
        return 0;
    }

    private static String askForTheEnd(LabRecord record) {
        try {
            return LabStatus.decode(LabControl.ask(record.controlSocket(), RunningLab.DOWN)).report();
        } catch (IOException e) {
            return "What its load balancer has seen is not known: " + e.getMessage();
        }
    }

    private static void end(ProcessHandle process) throws IOException {
        CompletableFuture<ProcessHandle> end = process.onExit();
        try {
            try {
                end.get(END_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                process.destroyForcibly();
                end.get(END_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the lab's process " + process.pid() + " does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the lab's process was ending", e);
        }
    }
}
