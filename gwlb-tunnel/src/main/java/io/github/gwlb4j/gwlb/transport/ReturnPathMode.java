package io.github.gwlb4j.gwlb.transport;

/** How {@link LinuxTransport} sends replies from ports that it does not listen on. Immutable; usable from any thread. */
public enum ReturnPathMode {
    /** Bound sockets first; the raw socket, if granted, for ports that are taken and above the limit of sockets. */
    AUTO,
    /** A UDP socket bound to each source port seen. Needs no privilege; a port that is taken cannot be replied from. */
    BOUND_SOCKETS,
    /**
     * One raw socket for each worker (raw(7), IPPROTO_RAW), any port. Needs CAP_NET_RAW; the kernel does not fragment what it
     * sends, so a reply that is too long for the interface is {@link SendResult#FAILED}. The kernel does not check the
     * origin either: a reply still leaves from an address that this machine has lost meanwhile.
     */
    RAW_SOCKET
}
