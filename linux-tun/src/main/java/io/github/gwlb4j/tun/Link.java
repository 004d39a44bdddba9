package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.CConstants;

/**
 * A network interface as the kernel tells it. Immutable; what it shows may have changed since.
 *
 * @param index         number that a rename does not change
 * @param name          name
 * @param flags         IFF_ bits of netdevice(7)
 * @param mtu           largest packet in bytes
 * @param txQueueLength packets the kernel keeps for a slow reader
 */
public record Link(int index, String name, int flags, int mtu, int txQueueLength) {

    /**
     * Whether the interface is up.
     *
     * @return true if it is administratively up
     */
    public boolean isUp() {
        return (flags & CConstants.IFF_UP) != 0;
    }

    /**
     * Whether the interface is point-to-point; every TUN device is.
     *
     * @return true if the kernel's flag is set
     */
    public boolean isPointToPoint() {
        return (flags & CConstants.IFF_POINTOPOINT) != 0;
    }
}
