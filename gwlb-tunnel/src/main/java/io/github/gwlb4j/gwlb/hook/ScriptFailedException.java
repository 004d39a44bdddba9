package io.github.gwlb4j.gwlb.hook;

/** A script for a new tunnel did not do its work: the tunnel's creation has failed. Immutable. */
public final class ScriptFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ScriptFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
