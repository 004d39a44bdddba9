package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelListener.TimeoutDecision;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelCreatedEvent;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelDestroyedEvent;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of tunnels: workers ask for an endpoint's tunnel and make it on its first packet; the control thread tells the
 * listener and ends those that are silent.
 *
 * <p>{@link #tunnelOf} is for workers: no lock, and nothing allocated for an endpoint that is known or over the limit. All
 * else but {@link #stats} belongs to the control thread.
 */
public final class TunnelManager {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelManager.class);

    /** A flood of made-up endpoint ids fills the table; each of them is silent afterwards, and real endpoints seldom are. */
    private static final long TIMEOUT_WHEN_FULL_NS = 60_000_000_000L;

    private final Admission admission;
    private final TunnelTable table;
    private final int workers;
    private final long idleTimeoutNs;
    private final TunnelListener listener;
    private final LongSupplier clock;
    private final Runnable wakeControl;
    /** Tunnels the listener has not been told of; no more than exist. */
    private final Queue<TunnelState> created = new ConcurrentLinkedQueue<>();

    /**
     * Makes a manager without tunnels.
     *
     * @param admission     which endpoints may have a tunnel
     * @param maxTunnels    most tunnels at a time
     * @param workers       how many workers count
     * @param idleTimeoutNs silence that ends a tunnel, 0 for never
     * @param listener      to be told on the control thread
     * @param clock         monotonic nanoseconds
     * @param wakeControl   makes the control thread call {@link #doWork} soon
     */
    public TunnelManager(Admission admission, int maxTunnels, int workers, long idleTimeoutNs, TunnelListener listener, LongSupplier clock,
                         Runnable wakeControl) {
        this.admission = admission;
        this.table = new TunnelTable(maxTunnels);
        this.workers = workers;
        this.idleTimeoutNs = idleTimeoutNs;
        this.listener = listener;
        this.clock = clock;
        this.wakeControl = wakeControl;
    }

    /** For workers: the endpoint's tunnel, made if need be; null if it is not allowed or there are as many as the setting allows. */
    TunnelState tunnelOf(long endpointId) {
        TunnelState tunnel = table.find(endpointId);
        return tunnel != null || table.isFull() || !admission.admitsEndpoint(endpointId) ? tunnel : create(endpointId);
    }

    private TunnelState create(long endpointId) {
        TunnelState made = new TunnelState(endpointId, TunnelMode.INLINE, workers, Instant.now(), clock);
        TunnelState tunnel = table.add(made);
        if (tunnel == made) {
            created.add(tunnel);
            wakeControl.run();
        }
        return tunnel;
    }

    /**
     * Tells the listener what is new and ends silent tunnels. Control thread only.
     *
     * @return how much there was to do
     */
    public int doWork() {
        int work = tellCreated();
        if (idleTimeoutNs > 0) {
            long nowNs = clock.getAsLong();
            long timeoutNs = table.isFull() ? Math.min(idleTimeoutNs, TIMEOUT_WHEN_FULL_NS) : idleTimeoutNs;
            for (TunnelState tunnel : table.tunnels()) {
                if (tunnel.isTimedOut(nowNs, timeoutNs)) {
                    timeOut(tunnel, nowNs);
                    work++;
                }
            }
        }
        return work;
    }

    private int tellCreated() {
        int told = 0;
        for (TunnelState tunnel = created.poll(); tunnel != null; tunnel = created.poll()) {
            LOG.info("tunnel {} created", tunnel);
            TunnelCreatedEvent.emit(tunnel.name());
            TunnelState subject = tunnel;
            tell("onCreated", subject, () -> listener.onCreated(subject));
            told++;
        }
        return told;
    }

    private void timeOut(TunnelState tunnel, long nowNs) {
        TimeoutDecision[] decision = {TimeoutDecision.DESTROY};
        tell("onTimedOut", tunnel, () -> decision[0] = listener.onTimedOut(tunnel));
        if (decision[0] == TimeoutDecision.KEEP && tunnel.mayBeKept()) {
            tunnel.keep(nowNs);
        } else {
            destroy(tunnel, Reason.TIMED_OUT);
        }
    }

    private void destroy(TunnelState tunnel, Reason reason) {
        table.remove(tunnel);
        LOG.info("tunnel {} destroyed: {}", tunnel, reason == Reason.TIMED_OUT ? "idle timeout" : "appliance closed");
        TunnelDestroyedEvent.emit(tunnel, reason);
        tell("onDestroyed", tunnel, () -> listener.onDestroyed(tunnel, reason));
    }

    private static void tell(String callback, TunnelState tunnel, Runnable call) {
        try {
            call.run();
        } catch (Throwable e) { // an Error too: it must not end the control thread
            LOG.error("TunnelListener.{} threw for tunnel {}; traffic is not affected", callback, tunnel, e);
        }
    }

    /** Ends all tunnels. Control thread only, after the workers have ended. */
    public void close() {
        tellCreated();
        table.tunnels().forEach(tunnel -> destroy(tunnel, Reason.CLOSED));
    }

    /**
     * Reads the counters of all tunnels. From any thread.
     *
     * @return a snapshot, by endpoint id
     */
    public List<TunnelStats> stats() {
        return table.tunnels().stream().map(TunnelState::stats)
                .sorted(Comparator.comparingLong(TunnelStats::endpointId)).toList();
    }
}
