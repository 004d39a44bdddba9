package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several listeners as one: created in their order, destroyed in the reverse one, so that each stands on what those before it
 * have set up. If a listener's onCreated throws, those before it hear that the creation has failed, and those after it nothing.
 *
 * <p>As safe as its listeners. Nothing but {@link #onCreated} throws.
 */
public final class ListenerChain implements TunnelListener {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerChain.class);

    private final List<TunnelListener> listeners;
    /** Those that have not returned, by endpoint: each has one tunnel, for which one is called at a time. */
    private final Map<Long, TunnelListener> called = new ConcurrentHashMap<>();

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
                TunnelListener listener = listeners.get(told);
                call(listener, tunnel, () -> listener.onCreated(tunnel));
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
                call(listener, tunnel, () -> listener.onAdopted(tunnel));
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
            TunnelListener listener = listeners.get(i);
            try {
                call(listener, tunnel, () -> listener.onDestroyed(tunnel, reason));
            } catch (Throwable e) { // an Error too: the others are to be told
                logThrown("onDestroyed", listener, tunnel, e);
            }
        }
    }

    private void call(TunnelListener listener, Tunnel tunnel, Runnable callback) {
        called.put(tunnel.endpointId(), listener);
        try {
            callback.run();
        } finally {
            called.remove(tunnel.endpointId());
        }
    }

    /**
     * The listener that creates, adopts or destroys a tunnel at this moment.
     *
     * @param tunnel any
     * @return a name for people; null if none does
     */
    String called(Tunnel tunnel) {
        TunnelListener listener = called.get(tunnel.endpointId());
        return listener == null ? null : listener instanceof ScriptHook ? listener.toString() : "listener " + listener.getClass().getName();
    }

    private static void logThrown(String callback, TunnelListener listener, Tunnel tunnel, Throwable e) {
        LOG.error("{} of tunnel listener {} threw for tunnel {}; traffic and other listeners are not affected", callback,
                listener.getClass().getName(), tunnel.name(), e);
    }
}
