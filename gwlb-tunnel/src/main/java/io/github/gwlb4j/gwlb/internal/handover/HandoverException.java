package io.github.gwlb4j.gwlb.internal.handover;

import java.io.IOException;

/** A hand-over does not come about; the message says why, for people. */
public final class HandoverException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * A reason.
     *
     * @param message why
     */
    public HandoverException(String message) {
        super(message);
    }
}
