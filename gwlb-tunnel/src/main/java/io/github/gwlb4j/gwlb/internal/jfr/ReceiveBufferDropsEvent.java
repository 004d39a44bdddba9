package io.github.gwlb4j.gwlb.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The kernel dropped datagrams that no worker took in time. Emitted on the control thread. */
@Name("io.github.gwlb4j.ReceiveBufferDrops")
@Label("Receive Buffer Drops")
@Category("gwlb4j")
@Description("The kernel dropped datagrams because a receive buffer was full")
@StackTrace(false)
public final class ReceiveBufferDropsEvent extends Event {
    @Label("Dropped")
    @Description("Datagrams since the last look")
    private final long dropped;

    private ReceiveBufferDropsEvent(long dropped) {
        this.dropped = dropped;
    }

    /**
     * Emits the event.
     *
     * @param dropped datagrams since the last look
     */
    public static void emit(long dropped) {
        new ReceiveBufferDropsEvent(dropped).commit();
    }
}
