package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.internal.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Asks the user's health contributors in turn, each on a thread of its own, and remembers their last answers: one that hangs
 * delays neither a health check nor another contributor.
 *
 * <p>{@link #problems} is for any thread, the rest for the owner.
 */
public final class ContributorWatch {
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long STOP_TIMEOUT_MS = 1_000;
    private static final int MAX_PROBLEMS = 20;
    private static final int MAX_PROBLEM_CHARS = 500;

    private final List<Watched> watched = new ArrayList<>();
    private volatile boolean isRunning = true;

    /** A contributor, its thread, and what it last said. */
    private final class Watched {
        private final String name;
        private final HealthContributor contributor;
        private final Thread thread;
        private volatile long askedNs = System.nanoTime();
        private volatile boolean isBeingAsked = true;
        private volatile List<String> problems = List.of("has not answered yet");

        private Watched(String name, HealthContributor contributor) {
            this.name = name;
            this.contributor = contributor;
            this.thread = new Thread(this::run, "gwlb4j-health-" + name);
            thread.setDaemon(true); // one that hangs must not keep the program from ending
        }

        private void run() {
            while (isRunning) {
                askedNs = System.nanoTime();
                isBeingAsked = true;
                problems = ask();
                isBeingAsked = false;
                LockSupport.parkNanos(this, INTERVAL_NS);
                Thread.interrupted(); // left set by the contributor, it would end all further waiting
            }
        }

        private List<String> ask() {
            try {
                HealthStatus status = contributor.check();
                return status != null ? status.problems() : List.of("returned null");
            } catch (Throwable e) { // an Error too, such as no memory: the next second may be better, and nobody else asks
                return List.of(e.getMessage() != null ? e.getMessage() : e.toString());
            }
        }

        private Stream<String> currentProblems(long nowNs) {
            long waitedNs = nowNs - askedNs;
            Stream<String> said = problems.stream().limit(MAX_PROBLEMS);
            return (isBeingAsked && waitedNs >= TIMEOUT_NS
                    ? Stream.of("has not answered for " + TimeUnit.NANOSECONDS.toSeconds(waitedNs) + " s") : said)
                    .map(problem -> name + ": " + (problem.length() <= MAX_PROBLEM_CHARS ? problem
                            : problem.substring(0, MAX_PROBLEM_CHARS) + "…"));
        }
    }

    /**
     * Prepares the threads.
     *
     * @param contributors by name
     */
    public ContributorWatch(Map<String, HealthContributor> contributors) {
        contributors.forEach((name, contributor) -> watched.add(new Watched(name, contributor)));
    }

    /** Starts asking. */
    public void start() {
        watched.forEach(contributor -> contributor.thread.start());
    }

    /**
     * What the contributors last said.
     *
     * @param nowNs {@link System#nanoTime}
     * @return their problems, each behind its contributor's name
     */
    public List<String> problems(long nowNs) {
        return watched.stream().flatMap(contributor -> contributor.currentProblems(nowNs)).toList();
    }

    /** Ends the threads; one whose contributor does not return is interrupted and left behind. */
    public void stop() {
        isRunning = false;
        watched.forEach(contributor -> contributor.thread.interrupt());
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS);
        for (Watched contributor : watched) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (contributor.thread != Thread.currentThread()) {
                Threads.join(contributor.thread, leftMs);
            }
        }
    }
}
