package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link SoakAppliance} in a process of its own, inside the lab. Safe for any thread. */
final class ApplianceProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);
    private static final long END_SECONDS = 60;

    private final ObjectMapper json = new ObjectMapper();
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private final Process process;
    private final Writer commands;
    private long lastId;

    private ApplianceProcess(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "soak-answers-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts one and waits until it forwards.
     *
     * @param role      what it is
     * @param namespace where it runs
     * @param address   local address to listen on
     * @param port      UDP port
     * @param files     where its log, the JVM's and its capture go
     * @param wallClock the preloaded wall clock, or null for the real one
     */
    static ApplianceProcess start(Role role, LabNamespace namespace, String address, int port, SoakFiles files, FakeClock wallClock)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m", "-Xmx96m", "-XX:MaxDirectMemorySize=192m", "-XX:+AlwaysPreTouch", "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED", "-Xlog:safepoint:file=" + files.safepointLog() + "::filecount=0",
                "-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SoakAppliance.class.getName(), role.label(),
                files.directory().toString(), address, Integer.toString(port)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(files.log().toFile()));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        if (wallClock != null) {
            builder.environment().putAll(wallClock.environment());
        }
        ApplianceProcess started = new ApplianceProcess(namespace.call(builder::start));
        try {
            started.await(0, START_LIMIT);
            return started;
        } catch (IOException | InterruptedException e) {
            started.process.destroyForcibly();
            throw new IOException("the " + role.label() + " appliance did not start; its log " + files.log() + " says why", e);
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.add(json.readTree(line));
            }
        } catch (IOException e) {
            answers.clear(); // it has ended; whoever asks runs into the time limit
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; its exit code, or -1 if it goes on. */
    int awaitEnd(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    }

    /** Has a command obeyed and answers what it says. */
    synchronized JsonNode ask(String command) throws IOException, InterruptedException {
        lastId++;
        commands.write(lastId + " " + command + "\n");
        commands.flush();
        return await(lastId, ANSWER_LIMIT);
    }

    private JsonNode await(long id, Duration limit) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + limit.toNanos();
        while (true) {
            JsonNode answer = answers.poll(Math.min(100, limit.toMillis()), TimeUnit.MILLISECONDS);
            if (answer != null && answer.path("id").asLong() == id) {
                return answer;
            }
            if (!process.isAlive() || System.nanoTime() - endNs > 0) {
                throw new IOException("process " + pid() + (process.isAlive() ? " gave no answer within " + limit.toSeconds() + " s"
                        : " has ended with exit code " + process.exitValue()));
            }
        }
    }

    /** Sends a signal, such as STOP. */
    void signal(String name) throws IOException, InterruptedException {
        Commands.run("kill", "-" + name, Long.toString(pid()));
    }

    ProcessFigures figures() throws IOException {
        return ProcessFigures.of(pid());
    }

    @Override
    public void close() {
        try {
            commands.close(); // the end of its input is the wish that it ends
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
