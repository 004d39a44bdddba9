package io.github.gwlb4j.firewall.log;

import io.github.gwlb4j.tun.Capability;
import io.github.gwlb4j.tun.Privileges;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes decisions out of all queues and writes their lines; once a second those about what was left out. It looks again and again
 * rather than being woken, so that a packet thread never makes a system call for the log.
 */
final class DecisionWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);
    private static final long SHORTEST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long REPORT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final RotatedFile file;
    private final List<DecisionQueue> queues;
    private final DecisionJson json;
    private final long retryNs;
    private final long[][] told = new long[LeftOut.values().length][DecisionKind.COUNT];
    private long reportedNs = System.nanoTime();
    private long retryAtNs;
    private long toldLost;
    private volatile boolean isClosing;
    private volatile long written;
    private volatile long lost;

    DecisionWriter(DecisionLog.Builder settings, RotatedFile file, List<DecisionQueue> queues) {
        this.name = settings.file.toString();
        this.file = file;
        this.queues = queues;
        this.json = new DecisionJson(settings.isDryRun);
        this.retryNs = settings.retryInterval.toNanos();
    }

    @Override
    public void run() {
        Privileges.keepOnly(Capability.DAC_OVERRIDE); // root may have been given a directory of someone else's
        try {
            writeUntilClosed();
        } catch (RuntimeException | Error e) {
            queues.forEach(DecisionQueue::close);
            LOG.error("the log of decisions has ended, the firewall goes on without; restart it to log again", e);
        } finally {
            file.close();
        }
    }

    private void writeUntilClosed() {
        long sleepNs = SHORTEST_SLEEP_NS;
        while (true) {
            boolean isLastIfEmpty = isClosing; // before the look: what was told before the closing is seen by it
            boolean isAny = drainAll();
            long nowNs = System.nanoTime();
            if (nowNs - reportedNs >= REPORT_INTERVAL_NS) {
                reportedNs = nowNs;
                careForFile();
                report(LeftOut.RATE_LIMIT);
                report(LeftOut.QUEUE_FULL);
            }
            if (isAny) {
                sleepNs = SHORTEST_SLEEP_NS;
                continue;
            }
            if (isLastIfEmpty) {
                report(LeftOut.SAMPLED);
                report(LeftOut.RATE_LIMIT);
                report(LeftOut.QUEUE_FULL);
                return;
            }
            LockSupport.parkNanos(sleepNs);
            sleepNs = Math.min(2 * sleepNs, LONGEST_SLEEP_NS);
        }
    }

    private boolean drainAll() {
        boolean isAny = false;
        for (DecisionQueue queue : queues) {
            isAny |= queue.drain(this::write);
        }
        return isAny;
    }

    private void write(Decision decision) {
        told[LeftOut.SAMPLED.ordinal()][DecisionKind.of(decision.action, decision.cause)] += decision.suppressed;
        if (write(json.lineOf(decision))) {
            written++;
        } else {
            lost++;
        }
    }

    private void report(LeftOut why) {
        if (!file.isOpen()) {
            return; // told once there is a file again
        }
        for (int kind = 0; kind < DecisionKind.COUNT; kind++) {
            long decisions = leftOut(why, kind) - told[why.ordinal()][kind];
            if (decisions > 0 && write(json.lineOf(why, kind, decisions))) {
                told[why.ordinal()][kind] += decisions;
            }
        }
    }

    private long leftOut(LeftOut why, int kind) {
        long sum = 0;
        for (DecisionQueue queue : queues) {
            sum += queue.leftOut(why).get(kind);
        }
        return sum;
    }

    private boolean write(byte[] line) {
        if (!file.isOpen() && !isTriedAgain()) {
            return false;
        }
        if (file.write(line)) {
            return true;
        }
        fail("cannot write");
        return false;
    }

    // ---- a disk that is full, a file that is gone

    private void careForFile() {
        if (!file.isOpen()) {
            isTriedAgain();
        } else if (file.isGone()) {
            if (file.reopen()) {
                LOG.info("the log of decisions {} was moved or deleted: it is begun anew", name);
            } else {
                fail("was moved or deleted and cannot be begun anew:");
            }
        }
    }

    private boolean isTriedAgain() {
        long nowNs = System.nanoTime();
        if (nowNs - retryAtNs < 0) {
            return false;
        }
        if (!file.reopen() || !file.write(json.lineOfLost(lost - toldLost))) {
            retryAtNs = nowNs + retryNs;
            return false;
        }
        LOG.info("the log of decisions {} is written again; {} lines are missing", name, lost - toldLost);
        toldLost = lost;
        return true;
    }

    /** Said once for each time that writing stops working: whoever fills a disk must not fill the other log too. */
    private void fail(String what) {
        retryAtNs = System.nanoTime() + retryNs;
        LOG.warn("the log of decisions {} {} ({}): lines are missing and counted, the firewall goes on; trying again every {} ms: free disk"
                + " space or make the directory writable", name, what, reason(file.failure()), TimeUnit.NANOSECONDS.toMillis(retryNs));
    }

    /** Some file system exceptions have nothing but a path for a message. */
    static String reason(IOException e) {
        return e instanceof FileSystemException failed && failed.getReason() == null ? e.toString() : e.getMessage();
    }

    /** Writes what is in the queues and ends. From any thread. */
    void close() {
        isClosing = true;
    }

    long written() {
        return written;
    }

    long lost() {
        return lost;
    }
}
