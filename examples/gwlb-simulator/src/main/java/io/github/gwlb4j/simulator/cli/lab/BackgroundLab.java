package io.github.gwlb4j.simulator.cli.lab;

import io.github.gwlb4j.simulator.cli.SimulatorMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Starts {@code lab up --foreground} as a process that outlives this one. Stateless. */
final class BackgroundLab {
    private static final int LIMIT_SECONDS = 30;
    private static final long POLL_MS = 50;

    private BackgroundLab() {
    }

    /**
     * Waits until the lab is up.
     *
     * @param name      its name
     * @param arguments of this process
     * @throws IOException if it does not come up, with what it said
     */
    static void start(String name, List<String> arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("gwlb-simulator-lab-", ".out");
        try {
            Process process = new ProcessBuilder(command(arguments)).redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true).redirectOutput(output.toFile()).start();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!isUp(name, process)) {
                if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
                    throw new IOException(lastLine(output));
                }
                if (System.nanoTime() - end > 0) {
                    process.destroy(); // its shutdown hook takes down what there is
                    throw new IOException("the lab has not come up within " + LIMIT_SECONDS + " s: " + lastLine(output));
                }
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** A session of its own: closing this terminal, or Ctrl-C in it, does not reach it. */
    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("setsid", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-cp",
                System.getProperty("java.class.path"), SimulatorMain.class.getName()));
        command.addAll(arguments);
        command.add("--foreground");
        return command;
    }

    private static boolean isUp(String name, Process process) {
        Optional<LabRecord> record = LabRecord.find(name);
        if (record.isEmpty() || !Files.exists(record.get().controlSocket())) {
            return false;
        }
        try {
            return LabStatus.decode(LabControl.ask(record.get().controlSocket(), RunningLab.STATUS)).pid() == process.pid();
        } catch (IOException e) {
            return false; // not listening yet, or another lab of this name that has just gone
        }
    }

    private static String lastLine(Path output) throws IOException {
        List<String> lines = Files.readAllLines(output).stream().filter(line -> !line.isBlank()).toList();
        return lines.isEmpty() ? "the lab's process ended without a word" : lines.get(lines.size() - 1).replaceFirst("^gwlb-simulator: ", "");
    }
}
