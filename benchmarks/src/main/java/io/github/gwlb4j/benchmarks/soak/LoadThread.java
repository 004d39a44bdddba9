package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.io.Closeable;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A daemon thread inside a namespace that does something again and again until it is closed. */
final class LoadThread implements Closeable {
    private static final long JOIN_MS = 15_000;
    private static final Queue<String> FAILURES = new ConcurrentLinkedQueue<>();

    private final Thread thread;
    private volatile boolean isStopped;

    /** One turn; takes a moment at least, so that turns do not use up the CPU. */
    interface Turn {
        void run() throws Exception;
    }

    private LoadThread(String name, Turn turn) {
        thread = new Thread(() -> run(turn), name);
        thread.setDaemon(true);
    }

    /** A thread is in the namespace of the thread that starts it. */
    static LoadThread start(String name, LabNamespace namespace, Turn turn) throws Exception {
        LoadThread load = new LoadThread(name, turn);
        namespace.call(() -> {
            load.thread.start();
            return null;
        });
        return load;
    }

    private void run(Turn turn) {
        try {
            while (!isStopped) {
                turn.run();
            }
        } catch (Throwable e) { // an Error too: it is told at the end
            if (!isStopped) {
                FAILURES.add(thread.getName() + ": " + e);
                System.err.println(thread.getName() + " of the soak test itself has failed");
                e.printStackTrace();
            }
        }
    }

    /** Of all threads that have ended before they were told to. */
    static List<String> failures() {
        return List.copyOf(FAILURES);
    }

    /** What the thread meets from now on, such as a closed socket, is no failure. */
    void beginClosing() {
        isStopped = true;
    }

    @Override
    public void close() {
        isStopped = true;
        thread.interrupt();
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
