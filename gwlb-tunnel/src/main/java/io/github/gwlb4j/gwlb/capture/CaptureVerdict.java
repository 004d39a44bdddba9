package io.github.gwlb4j.gwlb.capture;

import java.util.Locale;

/** What became of a captured packet. Immutable; usable from any thread. */
public enum CaptureVerdict {
    /** It was sent to the load balancer. */
    FORWARDED,
    /** It was written into its endpoint's TUN interface. */
    DELIVERED,
    /** It went nowhere: by the handler's verdict, or for a {@link io.github.gwlb4j.gwlb.DropReason}. */
    DROPPED;

    private static final CaptureVerdict[] VALUES = values();

    private final String label = name().toLowerCase(Locale.ROOT);

    /**
     * The verdict in one word, as packet comments and filters have it.
     *
     * @return {@code forwarded}, {@code delivered} or {@code dropped}
     */
    public String label() {
        return label;
    }

    static CaptureVerdict of(int ordinal) {
        return VALUES[ordinal];
    }
}
