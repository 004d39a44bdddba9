package io.github.gwlb4j.benchmarks.soak;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps a short time again and again and notes when it woke late: the process did not run. How much of that the machine has taken, since
 * others had its CPUs, the kernel tells (schedstat, "time spent waiting on a runqueue"); the rest the JVM has, or whoever stopped it.
 */
final class HiccupThread {
    static final long NOTED_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int MAX_NOTED = 1000;

    private final byte[] line = new byte[128];
    private List<Hiccup> noted = new ArrayList<>();

    /**
     * One of them.
     *
     * @param lengthNs how much too late the thread ran again
     * @param stolenNs of that, how long it was ready to run and had no CPU
     */
    record Hiccup(long lengthNs, long stolenNs) {
        /** What the machine has not taken. */
        long ownNs() {
            return Math.max(0, lengthNs - stolenNs);
        }
    }

    static HiccupThread start() {
        HiccupThread hiccups = new HiccupThread();
        Thread thread = new Thread(hiccups::run, "soak-hiccups");
        thread.setDaemon(true);
        thread.start();
        return hiccups;
    }

    private void run() {
        try (RandomAccessFile schedstat = new RandomAccessFile("/proc/thread-self/schedstat", "r")) {
            long beforeNs = System.nanoTime();
            long waitedBeforeNs = waitedNs(schedstat);
            while (true) {
                LockSupport.parkNanos(SLEEP_NS);
                long nowNs = System.nanoTime();
                long waitedNs = waitedNs(schedstat);
                if (nowNs - beforeNs - SLEEP_NS >= NOTED_NS) {
                    note(new Hiccup(nowNs - beforeNs - SLEEP_NS, waitedNs - waitedBeforeNs));
                }
                beforeNs = nowNs;
                waitedBeforeNs = waitedNs;
            }
        } catch (IOException e) {
            System.err.println("pauses cannot be measured any more: " + e);
        }
    }

    private long waitedNs(RandomAccessFile schedstat) throws IOException {
        schedstat.seek(0);
        return secondNumber(line, schedstat.read(line));
    }

    /** Of a line such as "123 456 789"; without garbage, since it is read a hundred times a second. */
    static long secondNumber(byte[] line, int length) {
        int at = 0;
        while (at < length && line[at] != ' ') {
            at++;
        }
        long number = 0;
        for (at++; at < length && line[at] >= '0' && line[at] <= '9'; at++) {
            number = number * 10 + line[at] - '0';
        }
        return number;
    }

    private synchronized void note(Hiccup hiccup) {
        if (noted.size() < MAX_NOTED) {
            noted.add(hiccup);
        }
    }

    /** Those since the last call. */
    synchronized List<Hiccup> take() {
        List<Hiccup> taken = noted;
        noted = new ArrayList<>();
        return taken;
    }
}
