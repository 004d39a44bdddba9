package io.github.gwlb4j.firewall.log;

import java.util.Locale;

/** What made the firewall decide about a packet as it did. Immutable; usable from any thread. */
public enum DecisionCause {
    /** The first rule that matches a new flow, or the default policy. */
    RULE,
    /** The flow had been decided before. */
    ESTABLISHED,
    /** A rule with domains, now that the name is known. */
    NAME,
    /** A rule with domains, and the flow's name cannot be found: the setting for unknown names decided. */
    UNKNOWN_NAME,
    /** TCP of an unknown connection that does not start with SYN: the mid-stream setting decided. */
    MID_STREAM,
    /** TCP that does not fit its connection's state. */
    INVALID_STATE,
    /** Too many handshakes are unfinished, in total or of this source. */
    HALF_OPEN_LIMIT,
    /** The source is above the rule's rate limit. */
    RATE_LIMIT,
    /** The fragment policy: a fragment that overlaps, is too small, or whose first one is not known. */
    FRAGMENT,
    /** A checksum of the packet is wrong. */
    BAD_CHECKSUM;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /**
     * The cause as lines have it.
     *
     * @return the name in lower case with hyphens, for example {@code half-open-limit}
     */
    public String label() {
        return label;
    }
}
