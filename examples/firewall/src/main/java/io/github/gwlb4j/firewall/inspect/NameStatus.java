package io.github.gwlb4j.firewall.inspect;

/** What is known about the name that a client asks for. */
public enum NameStatus {
    /** Not decided: no or not enough bytes so far. */
    NEED_MORE,
    /** There is a name. */
    FOUND,
    /** There can be no name: another protocol, a TLS client that names no server, an HTTP/1.0 client that names no host, no question. */
    NONE,
    /**
     * The bytes break the protocol's rules, or the sender tries to be understood in two ways (for example two copies of a segment that
     * differ). What the receiver reads is unknown; who has rules by name should refuse it, whatever is done about {@link #NONE}.
     */
    MALFORMED,
    /** Not decided within the limit of bytes that are kept. */
    TOO_LONG
}
