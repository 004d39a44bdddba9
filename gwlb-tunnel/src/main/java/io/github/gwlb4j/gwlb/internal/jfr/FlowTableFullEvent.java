package io.github.gwlb4j.gwlb.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The flow table had no room. To be emitted on the control thread, once for all refusals since it last looked. */
@Name("io.github.gwlb4j.FlowTableFull")
@Label("Flow Table Full")
@Category("gwlb4j")
@Description("New flows found no room in the flow table since the last look")
@StackTrace(false)
public final class FlowTableFullEvent extends Event {
    @Label("Capacity")
    private final int capacity;
    @Label("Refused Flows")
    private final long refusedFlows;

    private FlowTableFullEvent(int capacity, long refusedFlows) {
        this.capacity = capacity;
        this.refusedFlows = refusedFlows;
    }

    /**
     * Emits the event.
     *
     * @param capacity     flows that fit
     * @param refusedFlows since the last event
     */
    public static void emit(int capacity, long refusedFlows) {
        new FlowTableFullEvent(capacity, refusedFlows).commit();
    }
}
