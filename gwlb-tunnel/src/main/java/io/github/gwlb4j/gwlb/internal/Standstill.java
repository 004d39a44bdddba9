package io.github.gwlb4j.gwlb.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The moment in which nothing changes flows and tunnels, so that another process gets them all, and as they are: no tunnel is coming or
 * going, no listener is being called, and each worker has dealt with all that it has received. What comes waits in the kernel.
 *
 * <p>Begins and ends on one thread, which is neither a worker's nor the control thread.
 */
final class Standstill {
    private static final Logger LOG = LoggerFactory.getLogger(Standstill.class);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    /** Waiting longer than this is said in the log. */
    private static final long NOTICE_NS = TimeUnit.SECONDS.toNanos(1);

    private final ControlThread control;
    private final TunnelManager tunnels;
    private final Workers workers;
    /** Null if flows are not saved. */
    private final FlowSaver saver;

    /** The workers need not be made yet. */
    Standstill(ControlThread control, TunnelManager tunnels, Workers workers, FlowSaver saver) {
        this.control = control;
        this.tunnels = tunnels;
        this.workers = workers;
        this.saver = saver;
    }

    /**
     * Waits so long at most for tunnels to come to rest, and only while someone wants it; null, or why it cannot be, and all goes on.
     */
    String begin(long settleNs, BooleanSupplier isWanted) {
        long startNs = System.nanoTime();
        boolean isNoticed = false;
        if (saver != null && !saver.pause(settleNs)) {
            return "its flows are being saved, and the disk does not come to an end with that";
        }
        while (true) {
            control.freeze();
            TunnelState unsettled = tunnels.unsettled();
            String obstacle = unsettled == null ? workers.pause() : null;
            if (unsettled == null && obstacle == null) {
                unsettled = tunnels.unsettled(); // a last packet may have been the first of an endpoint; it is held here
                if (unsettled == null) {
                    return null;
                }
            }
            resumeWorkersAndControl();
            long waitedNs = System.nanoTime() - startNs;
            if (obstacle == null) {
                obstacle = reasonToGiveUp(unsettled, waitedNs >= settleNs, isWanted);
            }
            if (obstacle != null) {
                resumeSaving();
                return obstacle;
            }
            if (!isNoticed && waitedNs >= NOTICE_NS) {
                isNoticed = true;
                LOG.info("the takeover waits: {}; packets are forwarded meanwhile", tunnels.business(unsettled));
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Null to go on waiting. */
    private String reasonToGiveUp(TunnelState unsettled, boolean isTimeOver, BooleanSupplier isWanted) {
        if (isTimeOver) {
            return tunnels.business(unsettled) + ", which was waited for; try again later";
        }
        return isWanted.getAsBoolean() ? null
                : "the new process has given up, or this one is being closed, while " + tunnels.business(unsettled);
    }

    /** All goes on. */
    void end() {
        resumeWorkersAndControl();
        resumeSaving();
    }

    private void resumeWorkersAndControl() {
        workers.resume();
        control.thaw();
    }

    private void resumeSaving() {
        if (saver != null) {
            saver.resume(true);
        }
    }
}
