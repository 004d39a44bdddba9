package io.github.gwlb4j.gwlb.capture;

/** Which way a captured packet went. Immutable; usable from any thread. */
public enum CaptureDirection {
    /** From the load balancer. */
    RECEIVED("received"),
    /** To the load balancer. */
    SENT("sent");

    private static final CaptureDirection[] VALUES = values();

    private final String label;

    CaptureDirection(String label) {
        this.label = label;
    }

    /**
     * The direction in one word, as packet comments say it.
     *
     * @return {@code received} or {@code sent}
     */
    public String label() {
        return label;
    }

    static CaptureDirection of(int ordinal) {
        return VALUES[ordinal];
    }
}
