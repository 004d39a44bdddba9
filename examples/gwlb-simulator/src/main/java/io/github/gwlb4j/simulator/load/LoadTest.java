package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.linux.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Finds out how much an appliance can take: sends at fixed rates, whatever comes back (open loop), and checks each reply byte by
 * byte.
 *
 * <pre>{@code
 * try (LoadTest test = LoadTest.builder().target("10.0.0.5").source("10.0.0.9").build()) {
 *     LoadReport report = test.run(RatePlan.search(10_000, 1_000_000, 0.05), 0.001, step -> { });
 *     System.out.println(report.verdict());
 * }
 * }</pre>
 *
 * <p>Each packet carries the time when it was due, and latency counts from then: a sender that falls behind, or an appliance
 * that stalls, shows in the percentiles (no coordinated omission). How late the sender itself was is told beside it.
 *
 * <p>One thread uses it, but for {@link #stop()}; it starts one more, which receives. Inner packets are UDP from 10.64.0.0/16
 * to 10.200.0.1 port 7000.
 */
public final class LoadTest implements Closeable {
    /** Time for the receiver to be ready, and between steps for queues to become empty. */
    private static final long LEAD_NS = 50_000_000;
    private static final long POLL_NS = 1_000_000;
    /** Each packet of a step takes a bit of memory. */
    private static final long MAX_STEP_PACKETS = 1_000_000_000;

    private final LoadSettings settings;
    private final LoadPackets sending;
    private final LoadPackets checking;
    private final LoadWire wire;
    private final int[] sourcePorts;
    private final LoadReceiver receiver;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private int lastStep;
    private volatile LoadSender sender;
    private volatile boolean isStopped;

    LoadTest(LoadSettings settings) throws IOException {
        this.settings = settings;
        this.sending = new LoadPackets(settings);
        this.checking = new LoadPackets(settings);
        boolean isFast = !settings.isPortable() && settings.target().getAddress() instanceof Inet4Address
                && Syscalls.unavailableCause() == null;
        this.wire = isFast ? new LinuxWire(settings) : new PortableWire(settings);
        this.sourcePorts = new int[settings.ports()];
        for (int i = 0; i < sourcePorts.length; i++) {
            sourcePorts[i] = wire.sourcePort(i);
        }
        this.receiver = new LoadReceiver(wire);
        receiver.start();
    }

    /**
     * Starts with the default settings.
     *
     * @return a builder that needs a target and a source
     */
    public static LoadTestBuilder builder() {
        return new LoadTestBuilder();
    }

    /**
     * Sends the rates of a plan one after the other, the first one for the warm-up before. It ends by itself: after the plan's
     * steps, each of the step's length and the timeout.
     *
     * @param plan     which rates
     * @param maxLoss  the part of packets that may be lost in a step that counts as passed, 0 to 1
     * @param progress told of each step when it is done
     * @return what was found
     * @throws IOException              if sending or receiving fails
     * @throws IllegalArgumentException if the loss is out of range
     */
    public LoadReport run(RatePlan plan, double maxLoss, Consumer<LoadStep> progress) throws IOException {
        if (!(maxLoss >= 0 && maxLoss <= 1)) {
            throw new IllegalArgumentException("loss " + maxLoss + " is not in 0..1");
        }
        List<LoadStep> steps = new ArrayList<>();
        OptionalInt rate = plan.next(steps, maxLoss);
        if (settings.warmUpNs() > 0 && rate.isPresent()) {
            step(rate.getAsInt(), settings.warmUpNs());
        }
        while (rate.isPresent() && !isStopped) {
            LoadStep step = step(rate.getAsInt(), settings.stepNs());
            if (isStopped) {
                break; // a part of a step would look like a whole one
            }
            steps.add(step);
            progress.accept(step);
            rate = plan.next(steps, maxLoss);
        }
        boolean isLocal = NetworkInterface.getByInetAddress(settings.target().getAddress()) != null
                || settings.target().getAddress().isLoopbackAddress();
        return new LoadReport(settings, plan.toString(), maxLoss, plan.isSearch(), wire.description(),
                Runtime.getRuntime().availableProcessors(), isLocal, !isStopped, steps);
    }

    private LoadStep step(int rate, long durationNs) throws IOException {
        StepSchedule schedule = new StepSchedule(++lastStep, rate, settings.runLength(), System.nanoTime() + LEAD_NS, durationNs);
        if (schedule.packets() > MAX_STEP_PACKETS) {
            throw new IllegalArgumentException("a step of " + schedule.packets() + " packets is too long: at most " + MAX_STEP_PACKETS
                    + "; make its rate or its duration smaller");
        }
        StepTally tally = new StepTally(settings, checking, schedule, sourcePorts);
        LoadSender current = new LoadSender(settings, sending, wire, schedule);
        sender = current;
        if (isStopped) {
            current.stop();
        }
        receiver.count(tally);
        long dropsBefore = wire.receiveDrops();
        long receiverBefore = threads.getThreadCpuTime(receiver.threadId());
        long senderBefore = threads.getCurrentThreadCpuTime();
        current.run();
        long senderNs = threads.getCurrentThreadCpuTime() - senderBefore;
        long sentNs = System.nanoTime();
        while (tally.returned() < current.sent() && System.nanoTime() - sentNs < settings.timeoutNs() && !isStopped) {
            receiver.requireNoFailure();
            LockSupport.parkNanos(POLL_NS);
        }
        long receiverNs = threads.getThreadCpuTime(receiver.threadId()) - receiverBefore;
        receiver.count(null);
        long drops = dropsBefore < 0 ? -1 : wire.receiveDrops() - dropsBefore & 0xffff_ffffL;
        return new LoadStep(rate, schedule.packets(), current.sent(), tally.returned(), tally.intact, tally.changed, tally.reordered,
                tally.duplicates, tally.stale, tally.unrecognised, tally.faults, current.sentBytes(), tally.returnedBytes,
                durationNs, Latency.of(tally.latency), current.delay(), drops, current.refusals(),
                (int) (100 * senderNs / durationNs), (int) (100 * receiverNs / durationNs), intervals(schedule, current, tally));
    }

    private static List<LoadStep.Interval> intervals(StepSchedule schedule, LoadSender sender, StepTally tally) {
        List<LoadStep.Interval> intervals = new ArrayList<>();
        long lengthMs = schedule.intervalNs() / 1_000_000;
        for (int i = 0; i < schedule.intervals(); i++) {
            intervals.add(new LoadStep.Interval(i * lengthMs, lengthMs, sender.sentByInterval()[i], tally.returnedByInterval[i]));
        }
        return intervals;
    }

    /** Ends {@link #run} soon, with the steps that are done. From any thread. */
    public void stop() {
        isStopped = true;
        LoadSender current = sender;
        if (current != null) {
            current.stop();
        }
    }

    /**
     * Ends the receiver's thread and closes all sockets.
     *
     * @throws IOException if closing fails
     */
    @Override
    public void close() throws IOException {
        receiver.close();
        wire.close();
    }
}
