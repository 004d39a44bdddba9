package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.WorkerStats;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running appliance: its transport, workers, control thread and tunnels, put together and taken apart in order.
 *
 * <p>{@link #start} and {@link #stop} are called once each, by their owner; the rest from any thread.
 */
public final class ApplianceRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(ApplianceRuntime.class);
    private static final int BATCH = 32;
    /** Any UDP payload fits, so nothing is ever cut off unnoticed. */
    private static final int SLOT_BYTES = 65_536;
    private static final long STOP_TIMEOUT_MS = 10_000;
    private static final int MAX_CALLBACKS = 16;
    private static final long RETRY_FIRST_NS = 1_000_000_000L;
    private static final long RETRY_MAX_NS = 60_000_000_000L;
    private static final long CLOSE_TIMEOUT_NS = 10_000_000_000L;
    private static final long SILENCE_NS = 1_000_000_000L;
    private static final long POLL_MS = 20;

    private final DatagramTransport transport;
    private final Admission admission;
    private final int workerCount;
    private final boolean isPoisoning;
    private final Runnable onWorkerDeath;
    private final LongSupplier clock = System::nanoTime;
    private final TunnelManager tunnels;
    private final ControlThread control;
    private final ReceiveDropWatch receiveDrops = new ReceiveDropWatch();
    private final List<InlineWorker> workers = new ArrayList<>();
    private final List<WorkerThread> threads = new ArrayList<>();

    /**
     * Puts an appliance together; nothing runs yet.
     *
     * @param transport           closed by {@link #stop}
     * @param admission           who may send, for which endpoints
     * @param listener            told of tunnels
     * @param workerCount         1 or more
     * @param maxTunnels          most tunnels at a time
     * @param tunnelIdleTimeoutNs silence that ends a tunnel, 0 for never
     * @param isPoisoning         whether to overwrite batches that are done
     * @param onWorkerDeath       called on a worker's thread if an error ends it
     */
    public ApplianceRuntime(DatagramTransport transport, Admission admission, TunnelListener listener, int workerCount, int maxTunnels,
                            long tunnelIdleTimeoutNs, boolean isPoisoning, Runnable onWorkerDeath) {
        this.transport = transport;
        this.admission = admission;
        this.workerCount = workerCount;
        this.isPoisoning = isPoisoning;
        this.onWorkerDeath = onWorkerDeath;
        TunnelRules rules = new TunnelRules(admission, new EndpointModes(TunnelMode.INLINE, Map.of()), maxTunnels, tunnelIdleTimeoutNs,
                RETRY_FIRST_NS, RETRY_MAX_NS, Set.of(), MAX_CALLBACKS, CLOSE_TIMEOUT_NS);
        TunnelCallbacks callbacks = new TunnelCallbacks(MAX_CALLBACKS);
        this.tunnels = new TunnelManager(rules, workerCount, listener, (endpointId, mode) -> {
            throw new IOException("this appliance opens no interfaces");
        }, new ReadableTunnels(workerCount), callbacks, clock, this::wakeControl, () -> { });
        this.control = new ControlThread("gwlb4j-control", tunnels, callbacks, this::maintain);
    }

    private void wakeControl() {
        control.wake();
    }

    private void maintain() {
        transport.maintain();
        long nowNs = clock.getAsLong();
        threads.forEach(thread -> thread.maintain(nowNs));
        receiveDrops.look(transport.receiveBufferDrops(), nowNs);
    }

    /**
     * Opens the ports, makes the handlers, starts the threads. If anything fails, all that was opened is closed.
     *
     * @param handlers    makes each worker's handler
     * @param optionClass class of the load balancer's options
     * @param isFailOpen  what to do with packets on which a handler fails
     * @throws IOException if a port cannot be opened; the message names the fix
     */
    public void start(PacketHandler.Factory handlers, int optionClass, boolean isFailOpen) throws IOException {
        try {
            for (int i = 0; i < workerCount; i++) {
                DatagramPort port = transport.open(i, workerCount);
                DatagramBatch batch = allocateBatch();
                PacketHandler handler = handlers.create(i);
                if (handler == null) {
                    throw new IllegalStateException("the handler factory returned null for worker " + i);
                }
                InlineWorker worker = new InlineWorker(i, port, batch, optionClass, admission, tunnels, handler,
                        new HandlerFailures(isFailOpen, clock), clock, isPoisoning);
                workers.add(worker);
                threads.add(new WorkerThread("gwlb4j-worker-" + i, worker, onWorkerDeath));
            }
            LOG.info("started: {}, {} worker(s), GENEVE option class 0x{}", transport.describe(), workerCount,
                    String.format("%04x", optionClass));
            control.start();
            threads.forEach(WorkerThread::start);
        } catch (Throwable e) { // whatever it is, an Error too, nothing stays open
            takeApart();
            throw e;
        }
    }

    private DatagramBatch allocateBatch() throws IOException {
        try {
            return new DatagramBatch(BATCH, SLOT_BYTES);
        } catch (OutOfMemoryError e) {
            throw new IOException("no memory for the packet buffers: each of " + workerCount + " worker(s) needs "
                    + (BATCH * SLOT_BYTES >> 20) + " MiB of direct memory; use fewer, or raise -XX:MaxDirectMemorySize", e);
        }
    }

    /** Ends the threads and closes everything. */
    public void stop() {
        takeApart();
        LOG.info("closed");
    }

    private void takeApart() {
        boolean haveEnded = true;
        for (WorkerThread thread : threads) {
            haveEnded &= thread.stop(STOP_TIMEOUT_MS);
        }
        if (!haveEnded) {
            LOG.warn("a packet handler has not returned for {} ms: its thread is left behind", STOP_TIMEOUT_MS);
        }
        transport.close();
        closeHandlers();
        if (!control.stop(STOP_TIMEOUT_MS + POLL_MS)) {
            LOG.warn("a tunnel listener has not returned for {} ms: its thread is left behind", STOP_TIMEOUT_MS);
        }
    }

    private void closeHandlers() {
        for (InlineWorker worker : workers) {
            try {
                worker.handler().close();
            } catch (Throwable e) { // an Error too: the others are to be closed as well
                LOG.error("PacketHandler.close threw; closing goes on", e);
            }
        }
    }

    /**
     * Waits until no packet has come for a second.
     *
     * @param atMostNs how long at most
     * @return whether it became silent
     * @throws InterruptedException if the caller is interrupted
     */
    public boolean awaitSilence(long atMostNs) throws InterruptedException {
        long startNs = clock.getAsLong();
        while (true) {
            long nowNs = clock.getAsLong();
            long lastNs = workers.stream().mapToLong(InlineWorker::lastWorkNs).reduce(startNs, (a, b) -> b - a > 0 ? b : a);
            if (nowNs - lastNs >= SILENCE_NS) {
                return true;
            }
            if (nowNs - startNs >= atMostNs) {
                return false;
            }
            Thread.sleep(POLL_MS);
        }
    }

    /**
     * Adds up the counters of all workers.
     *
     * @return a snapshot
     */
    public ApplianceStats stats() {
        WorkerCounters.Snapshot sum = new WorkerCounters.Snapshot();
        int returnSockets = 0;
        List<WorkerStats> each = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            WorkerCounters.Snapshot counts = workers.get(i).counters().snapshot();
            sum.add(counts);
            returnSockets += workers.get(i).port().returnSockets();
            each.add(new WorkerStats(i, counts.receivedPackets(), counts.receivedBytes(), counts.forwardedPackets(),
                    counts.forwardedBytes(), counts.droppedByHandler(), threads.get(i).busyRatio()));
        }
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        sum.addDropsTo(drops);
        return new ApplianceStats(sum.receivedPackets(), sum.receivedBytes(), sum.forwardedPackets(), sum.forwardedBytes(),
                sum.droppedByHandler(), drops, transport.receiveBufferDrops(), returnSockets, each, tunnels.stats());
    }

    /**
     * What keeps workers from their work: one has died, or its handler does not return.
     *
     * @return phrases for people; empty if all is well
     */
    public List<String> problems() {
        long nowNs = clock.getAsLong();
        return threads.stream().map(thread -> thread.problem(nowNs)).filter(Objects::nonNull).toList();
    }
}
