package io.github.gwlb4j.gwlb;

/** A timer of a {@link HandlerContext}. Belongs to the worker's thread. */
@FunctionalInterface
public interface HandlerTimer {
    /** Keeps the timer from running again. Nothing if it has run, or was cancelled, already. */
    void cancel();
}
