package io.github.gwlb4j.gwlb.transport;

/** How {@link LinuxTransport} sends replies from ports that it does not listen on. Immutable; usable from any thread. */
public enum ReturnPathMode {
    /**
     * What is cheaper: the raw socket, if granted, for single replies; a bound socket for runs of a flow's replies ({@link
     * UdpOffload}) and for single ones from 6,000 bytes on while there are fewer than 256. Either takes over from the other where that
     * one cannot: the raw socket for ports that are taken and above the limit of sockets, bound sockets for everything without
     * CAP_NET_RAW. As with {@link #RAW_SOCKET}, the kernel does not check where a reply of the raw socket comes from.
     */
    AUTO,
    /** A UDP socket bound to each source port seen. Needs no privilege; a port that is taken cannot be replied from. */
    BOUND_SOCKETS,
    /**
     * One raw socket for each worker (raw(7), IPPROTO_UDP), any port. Needs CAP_NET_RAW. The kernel does not check the origin: a
     * reply still leaves from an address that this machine has lost meanwhile.
     */
    RAW_SOCKET
}
