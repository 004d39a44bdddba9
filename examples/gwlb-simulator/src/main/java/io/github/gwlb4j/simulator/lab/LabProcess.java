package io.github.gwlb4j.simulator.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that runs inside a namespace of the lab; made by {@link LabNamespace#start}. It is killed with all its
 * descendants by {@link #close()}, at the latest by the lab's. Safe for any thread.
 *
 * <p>A program that detaches itself (a daemon) is no descendant any more and is not found: start servers in the foreground.
 */
public final class LabProcess implements AutoCloseable {
    /** More output than this is cut off at the front. */
    private static final int MAX_OUTPUT_BYTES = 1 << 20;
    private static final long POLL_MS = 10;
    private static final long KILL_SECONDS = 5;

    private final String command;
    private final Process process;
    private final Path outputFile;
    private boolean isOutputRead;
    private String lastOutput = "";

    private LabProcess(String command, Process process, Path outputFile) {
        this.command = command;
        this.process = process;
        this.outputFile = outputFile;
    }

    /** Starts a program in the calling thread's network namespace. */
    static LabProcess start(String... command) throws IOException {
        Path output = Files.createTempFile("gwlb4j-lab-", ".out");
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
            return new LabProcess(String.join(" ", command), process, output);
        } catch (IOException e) {
            Files.deleteIfExists(output);
            throw new IOException("cannot start '" + String.join(" ", command) + "': " + e.getMessage()
                    + ". Is the program installed and on the PATH?", e);
        }
    }

    /**
     * The process id.
     *
     * @return of the program itself
     */
    public long pid() {
        return process.pid();
    }

    /**
     * Whether it still runs.
     *
     * @return false once it has ended
     */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * What it has written so far to standard output and standard error.
     *
     * @return the last MiB of it; after {@link #close()} all that it wrote until then
     */
    public synchronized String output() {
        if (!isOutputRead) {
            lastOutput = readOutput();
        }
        return lastOutput;
    }

    private String readOutput() {
        try (RandomAccessFile file = new RandomAccessFile(outputFile.toFile(), "r")) {
            long start = Math.max(0, file.length() - MAX_OUTPUT_BYTES);
            byte[] bytes = new byte[(int) (file.length() - start)];
            file.seek(start);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return lastOutput;
        }
    }

    /**
     * Waits until the program has written a text.
     *
     * @param text  for example a server's "listening"
     * @param limit longest wait
     * @throws IOException          if the program ends before, or time is over; the message has its output
     * @throws InterruptedException if the calling thread is interrupted
     */
    public void awaitOutput(String text, Duration limit) throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!output().contains(text)) {
            boolean isEnded = !isAlive() && !output().contains(text);
            if (isEnded || System.nanoTime() - end > 0) {
                throw new IOException("'" + command + "' " + (isEnded ? "ended" : "ran for " + limit.toMillis() + " ms")
                        + " and did not write '" + text + "'. It wrote:\n" + output());
            }
            Thread.sleep(POLL_MS);
        }
    }

    /**
     * Waits for its end, and kills it with all its descendants if it takes too long.
     *
     * @param limit longest wait
     * @return how it ended
     * @throws InterruptedException if the calling thread is interrupted; the program is killed then
     */
    public CommandResult waitFor(Duration limit) throws InterruptedException {
        boolean isEnded = false;
        try {
            isEnded = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!isEnded) {
                kill();
            }
        }
        return new CommandResult(command, process.waitFor(), output(), !isEnded);
    }

    /** Kills the program and its descendants, and waits until they are gone; the exit code is lost. */
    @Override
    public synchronized void close() {
        kill();
        output();
        isOutputRead = true;
        try {
            Files.deleteIfExists(outputFile);
        } catch (IOException e) {
            outputFile.toFile().deleteOnExit();
        }
    }

    private void kill() {
        List<ProcessHandle> tree;
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            tree = descendants.toList();
        }
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(KILL_SECONDS, TimeUnit.SECONDS);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(KILL_SECONDS);
            while (tree.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - end < 0) {
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "'" + command + "' (process " + pid() + (isAlive() ? ", running)" : ", ended)");
    }
}
