package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several listeners as one: created in their order, destroyed in the reverse one, so that each stands on what those before it
 * have set up. If a listener's onCreated throws, those before it hear that the creation has failed, and those after it nothing.
 *
 * <p>Immutable; as safe as its listeners. Nothing but {@link #onCreated} throws.
 */
public final class ListenerChain implements TunnelListener {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerChain.class);

    private final List<TunnelListener> listeners;

    /**
     * Joins listeners.
     *
     * @param listeners in the order of creation; none at all is fine
     */
    public ListenerChain(List<TunnelListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    @Override
    public void onCreated(Tunnel tunnel) {
        int told = 0;
        try {
            while (told < listeners.size()) {
                listeners.get(told).onCreated(tunnel);
                told++;
            }
        } catch (Throwable e) { // an Error too: what the others have set up is to be taken down
            tellDestroyed(told, tunnel, Reason.CREATION_FAILED);
            throw e;
        }
    }

    @Override
    public void onAdopted(Tunnel tunnel) {
        for (TunnelListener listener : listeners) {
            try {
                listener.onAdopted(tunnel);
            } catch (Throwable e) { // an Error too: the others are to be told
                logThrown("onAdopted", listener, tunnel, e);
            }
        }
    }

    /** One that wants to keep the tunnel is enough; one that throws has no say. */
    @Override
    public TimeoutDecision onTimedOut(Tunnel tunnel) {
        TimeoutDecision decision = TimeoutDecision.DESTROY;
        for (TunnelListener listener : listeners) {
            try {
                decision = listener.onTimedOut(tunnel) == TimeoutDecision.KEEP ? TimeoutDecision.KEEP : decision;
            } catch (Throwable e) { // an Error too: the others are to be asked
                logThrown("onTimedOut", listener, tunnel, e);
            }
        }
        return decision;
    }

    @Override
    public void onDestroyed(Tunnel tunnel, Reason reason) {
        tellDestroyed(listeners.size(), tunnel, reason);
    }

    private void tellDestroyed(int count, Tunnel tunnel, Reason reason) {
        for (int i = count - 1; i >= 0; i--) {
            try {
                listeners.get(i).onDestroyed(tunnel, reason);
            } catch (Throwable e) { // an Error too: the others are to be told
                logThrown("onDestroyed", listeners.get(i), tunnel, e);
            }
        }
    }

    private static void logThrown(String callback, TunnelListener listener, Tunnel tunnel, Throwable e) {
        LOG.error("{} of tunnel listener {} threw for tunnel {}; traffic and other listeners are not affected", callback,
                listener.getClass().getName(), tunnel.name(), e);
    }
}
