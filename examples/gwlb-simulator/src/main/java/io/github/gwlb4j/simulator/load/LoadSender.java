package io.github.gwlb4j.simulator.load;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Sends the packets of one step when they are due, whatever comes back. What is late is sent as soon as may be, and nothing
 * when the step is over. For one step and one thread.
 */
final class LoadSender {
    private static final int DIGITS = 3;
    /** How late a sleeping thread may wake up: 50 µs of timer slack, and the scheduler. */
    private static final long SLEEP_ERROR_NS = 80_000;
    /** For the last packets of a step, which a sender that slept a moment too long would lose. */
    private static final long MAX_OVERRUN_NS = 100_000_000;

    private final LoadSettings settings;
    private final LoadPackets packets;
    private final LoadWire wire;
    private final StepSchedule schedule;
    private final Histogram delay = new Histogram(DIGITS);
    private final long[] sentByInterval;
    private final int[] lengths = new int[LoadWire.MAX_TRAINS];
    private long sentRuns;
    private long sentBytes;
    private long refusals;
    private volatile boolean isStopped;

    LoadSender(LoadSettings settings, LoadPackets packets, LoadWire wire, StepSchedule schedule) {
        this.settings = settings;
        this.packets = packets;
        this.wire = wire;
        this.schedule = schedule;
        this.sentByInterval = new long[schedule.intervals()];
    }

    void run() throws IOException {
        long runs = schedule.runs();
        while (sentRuns < runs && !isStopped) {
            long nowNs = System.nanoTime();
            if (nowNs - schedule.endNs() >= MAX_OVERRUN_NS) {
                return;
            }
            long dueRuns = schedule.dueRuns(nowNs);
            if (sentRuns < dueRuns) {
                send(dueRuns, nowNs);
            } else {
                await(schedule.dueNs(sentRuns) - nowNs);
            }
        }
    }

    /** Sends runs that are due and share a source port. */
    private void send(long dueRuns, long nowNs) throws IOException {
        int runLength = settings.runLength();
        int port = packets.port(sentRuns * runLength);
        int trains = 0;
        long run = sentRuns;
        for (; trains < LoadWire.MAX_TRAINS && run < dueRuns && packets.port(run * runLength) == port; trains++, run++) {
            int at = trains * LoadWire.TRAIN_BYTES;
            for (int i = 0; i < runLength; i++) {
                lengths[trains] = packets.write(wire.sendBuffer(), at, schedule.step(), run * runLength + i, schedule.dueNs(run));
                at += lengths[trains];
            }
        }
        int sent = wire.send(port, trains, lengths, runLength);
        if (sent < trains) {
            refusals++;
            Thread.yield();
        }
        for (int i = 0; i < sent; i++) {
            delay.recordValueWithCount(Math.max(0, nowNs - schedule.dueNs(sentRuns + i)), runLength);
            sentBytes += (long) packets.innerLength((sentRuns + i) * runLength) * runLength;
        }
        sentByInterval[schedule.interval(nowNs)] += (long) sent * runLength;
        sentRuns += sent;
    }

    private static void await(long waitNs) {
        if (waitNs > SLEEP_ERROR_NS) {
            LockSupport.parkNanos(waitNs - SLEEP_ERROR_NS);
        } else {
            Thread.yield();
        }
    }

    /** From any thread. */
    void stop() {
        isStopped = true;
    }

    long sent() {
        return sentRuns * settings.runLength();
    }

    long sentBytes() {
        return sentBytes;
    }

    /** How often the kernel had no room for a packet. */
    long refusals() {
        return refusals;
    }

    /** How long after they were due packets were handed to the kernel. */
    Latency delay() {
        return Latency.of(delay);
    }

    long[] sentByInterval() {
        return sentByInterval;
    }
}
