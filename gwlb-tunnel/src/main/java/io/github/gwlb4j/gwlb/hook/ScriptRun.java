package io.github.gwlb4j.gwlb.hook;

import io.github.gwlb4j.gwlb.internal.Descriptors;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a script, from its start to its end or its killing. Belongs to the thread that calls {@link #run}.
 *
 * <p>The output is polled, not read by a blocked thread: a process that the script leaves behind may hold the pipe open for
 * ever, and must not hold a thread as well.
 */
final class ScriptRun {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptHook.class);
    private static final long POLL_MS = 10;
    private static final long KILL_WAIT_MS = 1_000;
    /** It takes ten itself; the rest for what others open meanwhile. */
    private static final long DESCRIPTORS_FOR_START = 32;

    private final List<String> command;
    private final Map<String, String> environment;
    private final Duration timeLimit;
    private final Duration killGrace;
    private final OutputLines output;
    private final byte[] chunk = new byte[8192];

    ScriptRun(List<String> command, Map<String, String> environment, Duration timeLimit, Duration killGrace, int maxOutputLines) {
        this.command = command;
        this.environment = environment;
        this.timeLimit = timeLimit;
        this.killGrace = killGrace;
        this.output = new OutputLines(maxOutputLines, line -> LOG.info("{} {}: {}", command.get(0), command.get(1), line));
    }

    /** Runs it; throws unless it exits with 0 in time. */
    void run() {
        LOG.debug("running {}", command);
        Process process = start();
        boolean hasEnded = false;
        try (InputStream stream = process.getInputStream()) {
            process.getOutputStream().close();
            hasEnded = await(process, stream, timeLimit);
            if (!hasEnded) {
                kill(process, stream);
            }
        } catch (IOException e) {
            LOG.debug("output of {}: {}", command.get(0), e.toString());
        } catch (InterruptedException e) {
            processTree(process).forEach(ProcessHandle::destroyForcibly);
            Thread.currentThread().interrupt();
            throw failed("was killed because its thread was interrupted", e);
        } finally {
            output.end();
        }
        if (!hasEnded) {
            throw failed("was killed: still running after " + timeLimit.toMillis() + " ms (setting timeLimit)", null);
        }
        if (process.exitValue() != 0) {
            throw failed("exited with status " + process.exitValue() + "; its output is in the log", null);
        }
    }

    /**
     * Not when descriptors are scarce: a start that fails half-way for want of them makes some JDKs (17.0.15) close descriptors that are
     * not theirs, standard input or a socket of the appliance. One start at a time, so that what is left is left for it.
     */
    private Process start() {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            synchronized (ScriptRun.class) {
                if (Descriptors.left() < DESCRIPTORS_FOR_START) {
                    throw failed("is not run: too many open files, and a new process needs some for its start; raise the limit "
                            + "(ulimit -n, systemd LimitNOFILE=)", null);
                }
                return builder.start();
            }
        } catch (IOException e) {
            throw failed("cannot be run: " + e.getMessage()
                    + "; is it there and executable, and does the interpreter of its first line exist?", e);
        }
    }

    private ScriptFailedException failed(String how, Throwable cause) {
        return new ScriptFailedException("script " + String.join(" ", command) + " " + how, cause);
    }

    /** Takes output until the process has ended, then what is left of it; false if the time was over first. */
    private boolean await(Process process, InputStream stream, Duration atMost) throws InterruptedException, IOException {
        long startNs = System.nanoTime();
        do {
            drain(stream);
            if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
                drain(stream);
                return true;
            }
        } while (System.nanoTime() - startNs < atMost.toNanos());
        return false;
    }

    /** At most as much as a pipe holds, so that endless output does not keep us from looking at the clock. */
    private void drain(InputStream stream) throws IOException {
        int left = 1 << 20;
        for (int available = stream.available(); available > 0 && left > 0; available = stream.available()) {
            int count = stream.read(chunk, 0, Math.min(available, chunk.length));
            output.add(chunk, Math.max(0, count));
            left -= chunk.length;
        }
    }

    private void kill(Process process, InputStream stream) throws InterruptedException, IOException {
        // Taken before the first signal: children whose parent has died cannot be found any more.
        List<ProcessHandle> tree = processTree(process);
        tree.forEach(ProcessHandle::destroy);
        long startNs = System.nanoTime();
        while (tree.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - startNs < killGrace.toNanos()) {
            drain(stream);
            Thread.sleep(POLL_MS);
        }
        List<ProcessHandle> rest = new ArrayList<>(tree);
        tree.forEach(handle -> handle.descendants().forEach(rest::add));
        rest.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(KILL_WAIT_MS, TimeUnit.MILLISECONDS);
        drain(stream);
    }

    private static List<ProcessHandle> processTree(Process process) {
        List<ProcessHandle> tree = new ArrayList<>();
        tree.add(process.toHandle());
        process.descendants().forEach(tree::add);
        return tree;
    }
}
