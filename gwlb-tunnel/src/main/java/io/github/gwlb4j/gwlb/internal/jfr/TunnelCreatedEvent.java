package io.github.gwlb4j.gwlb.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A tunnel has come. Emitted on the control thread. */
@Name("io.github.gwlb4j.TunnelCreated")
@Label("Tunnel Created")
@Category("gwlb4j")
@Description("An endpoint has a tunnel: its first packet has come, or it was declared or asked for")
@StackTrace(false)
public final class TunnelCreatedEvent extends Event {
    @Label("Endpoint")
    private final String endpoint;

    private TunnelCreatedEvent(String endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Emits the event.
     *
     * @param endpoint its name
     */
    public static void emit(String endpoint) {
        new TunnelCreatedEvent(endpoint).commit();
    }
}
