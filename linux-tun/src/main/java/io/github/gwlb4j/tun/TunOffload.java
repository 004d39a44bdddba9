package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.CStructs;

/**
 * What the kernel granted on a TUN device. Immutable.
 *
 * @param vnetHeader each packet has a virtio_net header of 10 bytes in front of it
 * @param checksum   packets may carry an unfinished TCP or UDP checksum
 * @param tcp4       super-packets of TCP over IPv4
 * @param tcp6       super-packets of TCP over IPv6
 * @param udp4       super-packets of UDP over IPv4 (Linux 6.2 or later)
 * @param udp6       super-packets of UDP over IPv6 (Linux 6.2 or later)
 */
public record TunOffload(boolean vnetHeader, boolean checksum, boolean tcp4, boolean tcp6, boolean udp4, boolean udp6) {

    /** Plain IP packets. */
    public static final TunOffload NONE = new TunOffload(false, false, false, false, false, false);

    /** Everything this library can use. */
    public static final TunOffload ALL = new TunOffload(true, true, true, true, true, true);

    /** Size of the virtio_net header in bytes. */
    public static final int VNET_HEADER_BYTES = CStructs.VNET;

    /**
     * How many bytes precede each IP packet that is read from or written to the device.
     *
     * @return {@value #VNET_HEADER_BYTES} with a virtio_net header, else 0
     */
    public int headerBytes() {
        return vnetHeader ? VNET_HEADER_BYTES : 0;
    }

    /**
     * One line for a log.
     *
     * @return such as {@code "checksum, TCP and UDP segmentation"}
     */
    public String describe() {
        if (!vnetHeader) {
            return "none";
        }
        return "virtio_net header" + (checksum ? ", checksum" : "") + (tcp4 ? ", TCP/IPv4" : "") + (tcp6 ? ", TCP/IPv6" : "")
                + (udp4 ? ", UDP/IPv4" : "") + (udp6 ? ", UDP/IPv6" : "");
    }
}
