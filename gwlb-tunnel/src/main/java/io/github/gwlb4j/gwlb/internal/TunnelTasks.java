package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelListener.TimeoutDecision;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.internal.TunnelLife.Outcome;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What takes its time in the life of a tunnel: opening and closing interfaces, calling listeners. Each method runs on a callback
 * thread, leaves its outcome in the tunnel and wakes the control thread, which goes on from there. None throws.
 */
final class TunnelTasks {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelTasks.class);

    private final ListenerChain listener;
    private final TunnelInterfaces.Opener opener;
    private final Runnable wakeControl;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosing;

    TunnelTasks(ListenerChain listener, TunnelInterfaces.Opener opener, Runnable wakeControl) {
        this.listener = listener;
        this.opener = opener;
        this.wakeControl = wakeControl;
    }

    /** From now on no interface is opened any more. */
    void beginClosing() {
        isClosing = true;
    }

    /** Whether the caller is inside one of these tasks: it cannot wait for their end. */
    boolean isCaller() {
        return running.contains(Thread.currentThread());
    }

    /** The listener that is being called for a tunnel; null if none is. From any thread. */
    String calledListener(TunnelState tunnel) {
        return listener.called(tunnel);
    }

    /** Opens what the mode needs, then tells the listener. */
    void create(TunnelState tunnel) {
        run(tunnel, () -> {
            try {
                return tryToCreate(tunnel);
            } catch (Throwable e) { // an Error too: a broken listener must not end the thread
                tunnel.life().failed(e);
                closeInterfaces(tunnel);
                return Outcome.CREATION_FAILED;
            }
        });
    }

    private Outcome tryToCreate(TunnelState tunnel) throws IOException {
        TunnelLife life = tunnel.life();
        if (isClosing && tunnel.phase() == TunnelPhase.CREATING) {
            return Outcome.CREATION_FAILED;
        }
        if (tunnel.mode().hasIngressInterface()) {
            life.opened(opener.open(tunnel.endpointId(), tunnel.mode()));
            if (life.isAbandoned()) {
                closeInterfaces(tunnel);
                return Outcome.CREATION_FAILED;
            }
        }
        listener.onCreated(tunnel);
        return Outcome.CREATED;
    }

    /** Tells the listener of a tunnel that a process before this one had. */
    void adopt(TunnelState tunnel) {
        run(tunnel, () -> {
            listener.onAdopted(tunnel);
            return Outcome.ADOPTED;
        });
    }

    /** Asks the listener whether to keep a silent tunnel. */
    void timeOut(TunnelState tunnel) {
        run(tunnel, () -> listener.onTimedOut(tunnel) == TimeoutDecision.KEEP ? Outcome.KEEP : Outcome.LET_GO);
    }

    /** Tells the listener while the interfaces still exist, since hooks name them; then closes them. */
    void destroy(TunnelState tunnel) {
        run(tunnel, () -> {
            if (tunnel.life().isListenerTold) {
                listener.onDestroyed(tunnel, tunnel.life().endReason);
            }
            closeInterfaces(tunnel);
            return Outcome.DESTROYED;
        });
    }

    private void run(TunnelState tunnel, Supplier<Outcome> task) {
        running.add(Thread.currentThread());
        try {
            Outcome outcome = task.get();
            if (!tunnel.life().endTask(outcome)) {
                cleanUpAlone(tunnel, outcome);
            }
        } finally {
            running.remove(Thread.currentThread());
        }
        wakeControl.run();
    }

    /** Closing has waited in vain, so that nobody else will tell the listener of this tunnel's end. */
    private void cleanUpAlone(TunnelState tunnel, Outcome outcome) {
        if (outcome == Outcome.CREATED || outcome == Outcome.ADOPTED || outcome == Outcome.KEEP || outcome == Outcome.LET_GO) {
            listener.onDestroyed(tunnel, Reason.CLOSED);
            closeInterfaces(tunnel);
        }
    }

    /** Closes what is open, if anything. From any thread, also again. */
    static void closeInterfaces(TunnelState tunnel) {
        TunnelInterfaces opened = tunnel.life().opened();
        if (opened != null) {
            try {
                opened.close();
            } catch (Throwable e) { // an Error too: the tunnel must come to its end
                LOG.error("tunnel {}: closing its interfaces failed; they may exist until this program ends", tunnel, e);
            }
            tunnel.life().opened(null);
        }
    }
}
