package io.github.gwlb4j.firewall.rules;

/**
 * What a rule file sets beside its rules ({@code set NAME VALUE}). Immutable.
 *
 * @param midStream              TCP connections whose first packet seen has no SYN, as after a failover: {@link Action#ALLOW} has the
 *                               rules judge them as if it had one, the others refuse them whatever the rules say
 * @param fragments              what becomes of fragments
 * @param unknownName            how rules with domains match a connection whose name cannot be found
 * @param dnsDenied              how a DNS query is answered that a rule with domains denies
 * @param halfOpenLimit          most TCP connections of all sources whose handshake is not complete, each worker; 0: no limit
 * @param halfOpenLimitPerSource the same of one source address; 0: no limit
 * @param rejectsPerSecond       most answers to rejected packets a second, each worker; beyond it they are dropped; 0: none is sent
 */
public record PolicySettings(Action midStream, Fragments fragments, UnknownName unknownName, DnsDenied dnsDenied, int halfOpenLimit,
                             int halfOpenLimitPerSource, int rejectsPerSecond) {
    /** What holds when a file sets nothing. */
    public static final PolicySettings DEFAULT = new PolicySettings(Action.ALLOW, Fragments.FOLLOW_FIRST, UnknownName.CLOSED,
            DnsDenied.DROP, 65_536, 1024, 1000);

    /** What becomes of fragments. */
    public enum Fragments {
        /** Later fragments go the way of the first one; without one, rules that deny match them whatever their ports. */
        FOLLOW_FIRST,
        /** All fragments are dropped, the first ones too. */
        DROP
    }

    /** How rules with domains match a connection whose name cannot be found: no TLS or HTTP, encrypted, malformed. */
    public enum UnknownName {
        /** Rules that deny or reject match, rules that allow do not: nothing passes that might have been meant. */
        CLOSED,
        /** Rules that allow match, rules that deny or reject do not: nothing is stopped that might not have been meant. */
        OPEN
    }

    /** How a DNS query is answered that a rule with domains denies. */
    public enum DnsDenied {
        /** Not at all: the resolver waits, and asks again. */
        DROP,
        /** At once, with the response code REFUSED (RFC 1035, 4.1.1). */
        REFUSED
    }

    /**
     * Whether a rule with domains matches a connection whose name cannot be found.
     *
     * @param action the rule's
     * @return as {@link #unknownName} says
     */
    boolean matchesUnknownName(Action action) {
        return (action == Action.ALLOW) == (unknownName == UnknownName.OPEN);
    }
}
