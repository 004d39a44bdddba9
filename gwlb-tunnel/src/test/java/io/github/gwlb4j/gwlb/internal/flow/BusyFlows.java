package io.github.gwlb4j.gwlb.internal.flow;

import java.lang.reflect.Field;

/** Makes a flow table look as if another worker were in the middle of changing every entry. */
public final class BusyFlows {
    private BusyFlows() {
    }

    public static void during(FlowTable table, Runnable task) throws ReflectiveOperationException {
        Field field = FlowTable.class.getDeclaredField("slots");
        field.setAccessible(true);
        FlowSlots slots = (FlowSlots) field.get(table);
        int count = table.stats().slots();
        for (int i = 0; i < count; i++) {
            slots.beginWrite(i);
        }
        task.run();
        for (int i = 0; i < count; i++) {
            slots.endWrite(i);
        }
    }
}
