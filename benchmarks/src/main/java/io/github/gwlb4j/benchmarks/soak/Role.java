package io.github.gwlb4j.benchmarks.soak;

import java.util.Locale;

/** What an appliance of the soak test does. */
enum Role {
    /** Two workers, a handler, tracked flows, a capture of all packets. */
    INLINE,
    /** TUN mode: two workers, hook scripts, the kernel forwards. */
    TUN,
    /** Inline over Java's own sockets, one worker: the one that is killed, and started again by its supervisor. */
    MORTAL,
    /** TUN mode as well, with a path for take-over: while it forwards, a new process takes its place. */
    UPGRADED;

    /** Whether the kernel forwards. */
    boolean isTun() {
        return this == TUN || this == UPGRADED;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
