package io.github.gwlb4j.gwlb.internal;

/** Calls what a handler has given; never throws. */
@FunctionalInterface
interface HandlerCalls {
    /** Runs a timer or task. */
    void run(Runnable task);
}
