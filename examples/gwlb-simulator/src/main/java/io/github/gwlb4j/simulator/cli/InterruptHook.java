package io.github.gwlb4j.simulator.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** On SIGINT or SIGTERM ends the run, and holds up the end of the process until the report is printed. */
public final class InterruptHook {
    /** Longer than a run needs to wait for its last replies. */
    private static final int MAX_WAIT_SECONDS = 65;

    private final CountDownLatch isDone = new CountDownLatch(1);
    private final Thread thread;

    private InterruptHook(Runnable stop) {
        thread = new Thread(() -> {
            stop.run();
            awaitDone();
        }, "interrupt-hook");
    }

    /**
     * Watches for signals from now on.
     *
     * @param stop ends the run soon; called from another thread
     * @return to be removed when the report is printed
     */
    public static InterruptHook install(Runnable stop) {
        InterruptHook hook = new InterruptHook(stop);
        Runtime.getRuntime().addShutdownHook(hook.thread);
        return hook;
    }

    private void awaitDone() {
        try {
            isDone.await(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The report is printed. */
    public void remove() {
        isDone.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException e) {
            // The process is ending already: that is what the hook is for.
            return;
        }
    }
}
