package io.github.gwlb4j.gwlb.transport;

/**
 * Whether {@link LinuxTransport} lets several datagrams of a flow pass through the kernel as one, which is what makes bursts
 * cheap. On the wire nothing changes. Immutable; usable from any thread.
 */
public enum UdpOffload {
    /**
     * Where the kernel can: merged when received (UDP_GRO, Linux 5.0), cut when sent (UDP_SEGMENT, Linux 4.18; udp(7)). What
     * it refuses goes datagram by datagram.
     */
    AUTO,
    /** Datagram by datagram, in case a network card's driver gets it wrong. */
    OFF
}
