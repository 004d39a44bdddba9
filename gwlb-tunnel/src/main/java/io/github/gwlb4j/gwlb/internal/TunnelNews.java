package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.hook.ScriptFailedException;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelCreatedEvent;
import io.github.gwlb4j.gwlb.internal.jfr.TunnelDestroyedEvent;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the world hears about the lives of tunnels: log, flight recorder, counters. Told on the control thread; the counters are read
 * from any.
 */
final class TunnelNews {
    /** Under the manager's name: for who reads the log it is one story. */
    private static final Logger LOG = LoggerFactory.getLogger(TunnelManager.class);

    private volatile long created;
    private volatile long adopted;
    private volatile long destroyed;
    private volatile long creationFailures;

    void created(TunnelState tunnel) {
        created++;
        LOG.info("tunnel {} created", tunnel);
        TunnelCreatedEvent.emit(tunnel.name());
    }

    void adopted(TunnelState tunnel) {
        adopted++;
        LOG.info("tunnel {} goes on", tunnel);
    }

    void destroyed(TunnelState tunnel, Reason reason) {
        destroyed++;
        LOG.info("tunnel {} destroyed: {}", tunnel, switch (reason) {
            case TIMED_OUT -> "idle timeout";
            case REQUESTED -> "on request";
            case INTERFACE_LOST -> "one of its interfaces was deleted; it is made anew";
            case CREATION_FAILED -> "creation failed";
            case CLOSED -> "appliance closed";
        });
        TunnelDestroyedEvent.emit(tunnel, reason);
    }

    void givenUp(TunnelState tunnel) {
        LOG.info("tunnel {} given up before it was created", tunnel);
    }

    void listenerFailedInline(TunnelState tunnel, Throwable cause) {
        creationFailures++;
        LOG.warn("tunnel {}: a listener failed at its creation; its packets pass all the same: {}", tunnel, text(cause), trace(cause));
    }

    void creationFailed(TunnelState tunnel, long backOffNs, boolean isDeclared) {
        creationFailures++;
        Throwable cause = tunnel.life().failure();
        LOG.warn("tunnel {}: creation failed, attempt {}; its packets are dropped; next attempt in {} ms{}: {}", tunnel,
                tunnel.life().failures, TimeUnit.NANOSECONDS.toMillis(backOffNs), isDeclared ? "" : " if packets come", text(cause),
                trace(cause));
    }

    void notReleased(TunnelState tunnel, long waitedNs) {
        LOG.warn("tunnel {}: a worker has not let go of its interfaces for {} s, they are closed all the same; does a packet handler hang?",
                tunnel, TimeUnit.NANOSECONDS.toSeconds(waitedNs));
    }

    void taskIsSlow(TunnelState tunnel, long waitedNs) {
        LOG.warn("tunnel {} ({}): its listener or hook script has not returned for {} s, or still waits for a callback thread because "
                + "those of other tunnels have not", tunnel, tunnel.phase(), TimeUnit.NANOSECONDS.toSeconds(waitedNs));
    }

    void noThread(TunnelState tunnel, long restNs, Throwable cause) {
        LOG.error("tunnel {}: no thread for its listener; next attempt in {} ms", tunnel, TimeUnit.NANOSECONDS.toMillis(restNs), cause);
    }

    /** Says what went wrong, for people. */
    static String text(Throwable cause) {
        return trace(cause) == null && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }

    /** The stack trace of an error in the program; hooks and the system say enough in their messages. */
    private static Throwable trace(Throwable cause) {
        return cause instanceof ScriptFailedException || cause instanceof IOException ? null : cause;
    }

    long tunnelsCreated() {
        return created;
    }

    long tunnelsAdopted() {
        return adopted;
    }

    long tunnelsDestroyed() {
        return destroyed;
    }

    long creationFailures() {
        return creationFailures;
    }
}
