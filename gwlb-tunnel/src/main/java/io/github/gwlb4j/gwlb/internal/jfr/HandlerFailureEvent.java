package io.github.gwlb4j.gwlb.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Packet handlers fail. Emitted on a worker's thread, at the limited rate of its log line. */
@Name("io.github.gwlb4j.HandlerFailure")
@Label("Handler Failure")
@Category("gwlb4j")
@Description("A packet handler threw or returned null; at most one event in ten seconds for each worker")
@StackTrace(false)
public final class HandlerFailureEvent extends Event {
    @Label("Cause")
    @Description("What was thrown, or that null was returned")
    private final String cause;
    @Label("Failures So Far")
    private final long failures;

    private HandlerFailureEvent(String cause, long failures) {
        this.cause = cause;
        this.failures = failures;
    }

    /**
     * Emits the event.
     *
     * @param thrown   by the handler; null if it returned null
     * @param failures of this worker's handler so far
     */
    public static void emit(Throwable thrown, long failures) {
        new HandlerFailureEvent(thrown != null ? thrown.toString() : "returned null", failures).commit();
    }
}
