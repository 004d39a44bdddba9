package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks an appliance's health page about once a second, as a load balancer does, and checks the counters in each answer. */
final class HealthWatch implements AutoCloseable {
    private static final long INTERVAL_MS = 1_000;
    private static final int LIMIT_MS = 4_000;

    private final ObjectMapper json = new ObjectMapper();
    private final LoadThread thread;
    private Counters ended = Counters.ZERO;
    private Counters last = Counters.ZERO;
    private long processes;
    private boolean isTakeoverExpected;
    private long answers;
    private long answersAtMark;
    private long unanswered;
    private long unhealthy;
    private long unbalanced;
    private long wentBack;
    private String firstViolation;

    HealthWatch(String name, LabNamespace namespace) throws Exception {
        thread = LoadThread.start("soak-health-" + name, namespace, this::turn);
    }

    private void turn() throws InterruptedException {
        try {
            long asked = processes();
            note(ask(), asked);
        } catch (IOException e) {
            synchronized (this) {
                unanswered++;
            }
        }
        Thread.sleep(INTERVAL_MS);
    }

    private Counters ask() throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(LIMIT_MS);
            socket.connect(new InetSocketAddress("127.0.0.1", SoakAppliance.HEALTH_PORT), LIMIT_MS);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int body = answer.indexOf("\r\n\r\n");
            if (body < 0) {
                throw new IOException("no HTTP answer");
            }
            return Counters.of(json.readTree(answer.substring(body + 4)));
        }
    }

    private synchronized long processes() {
        return processes;
    }

    private synchronized void note(Counters counters, long asked) {
        if (asked != processes) {
            return; // it has ended since
        }
        if (isTakeoverExpected && counters.isOfYoungerProcess(last)) {
            processHasEnded();
        }
        answers++;
        unhealthy += counters.problems().isEmpty() ? 0 : 1;
        if (!counters.isBalanced()) {
            unbalanced++;
            violation("unbalanced: " + counters);
        }
        if (!counters.isNotBefore(last)) {
            wentBack++;
            violation("a counter went back, from " + last + " to " + counters);
        }
        last = counters;
    }

    private void violation(String what) {
        if (firstViolation == null) {
            firstViolation = what;
        }
    }

    /** From now on an answer may come from the process that takes over, and count from 0. */
    synchronized void expectTakeover() {
        isTakeoverExpected = true;
    }

    /** The process has ended; what comes next counts from 0. */
    synchronized void processHasEnded() {
        isTakeoverExpected = false;
        ended = ended.plus(last);
        last = Counters.ZERO;
        processes++;
    }

    /** The present process's, at most a second or so old. */
    synchronized Counters last() {
        return last;
    }

    synchronized Counters total() {
        return ended.plus(last);
    }

    synchronized long answers() {
        return answers;
    }

    /** From now on answers count anew for {@link #answersSinceMark}. */
    synchronized void mark() {
        answersAtMark = answers;
    }

    synchronized long answersSinceMark() {
        return answers - answersAtMark;
    }

    synchronized long unanswered() {
        return unanswered;
    }

    synchronized long unhealthy() {
        return unhealthy;
    }

    synchronized long violations() {
        return unbalanced + wentBack;
    }

    /** Null if there was none. */
    synchronized String firstViolation() {
        return firstViolation;
    }

    /** Waits for an answer, asked for after this call, that says healthy. */
    boolean awaitHealthy(Duration limit) throws InterruptedException {
        long endNs = System.nanoTime() + limit.toNanos();
        long before = answers();
        while (System.nanoTime() - endNs < 0) {
            synchronized (this) {
                if (answers > before + 1 && last.problems().isEmpty()) {
                    return true;
                }
            }
            Thread.sleep(20);
        }
        return false;
    }

    @Override
    public void close() {
        thread.close();
    }
}
