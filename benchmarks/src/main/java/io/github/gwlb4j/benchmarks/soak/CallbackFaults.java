package io.github.gwlb4j.benchmarks.soak;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Inside the appliance's process: makes callbacks misbehave a given number of times. Usable from any thread. */
final class CallbackFaults {
    private static final int HUGE = Integer.MAX_VALUE - 8;
    static final long SLOW_MS = 3_000;

    /** Which callback. */
    enum Place { HANDLER, TIMER, FLOW_END, LISTENER, CONTRIBUTOR, PAGE, WORKER }

    /** What it does. */
    enum Kind { EXCEPTION, OUT_OF_MEMORY, SLOW }

    private record Order(Kind kind, AtomicInteger left) {
    }

    private volatile Map<Place, Order> orders = Map.of();
    private final AtomicInteger struck = new AtomicInteger();
    /** Read by nobody: so that the compiler cannot leave the allocation out. */
    private volatile long[] hoard;

    /** The only order from now on: this callback misbehaves so many times. */
    void order(Place place, Kind kind, int times) {
        struck.set(0);
        orders = Map.of(place, new Order(kind, new AtomicInteger(times)));
    }

    /** How often a callback has misbehaved since the last order. */
    int struck() {
        return struck.get();
    }

    /** Called at the beginning of each callback. */
    void strike(Place place) {
        Order order = orders.get(place);
        if (order == null || order.left().get() <= 0 || order.left().getAndDecrement() <= 0) {
            return;
        }
        struck.incrementAndGet();
        switch (order.kind()) {
            case EXCEPTION -> throw new IllegalStateException("injected into " + place);
            case OUT_OF_MEMORY -> hoard = new long[HUGE];
            case SLOW -> sleep();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(SLOW_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
