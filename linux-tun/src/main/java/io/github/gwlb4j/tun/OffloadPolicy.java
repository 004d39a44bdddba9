package io.github.gwlb4j.tun;

/** Whether a TUN device exchanges super-packets of up to 64 KB with the kernel (TUNSETOFFLOAD in linux/if_tun.h). */
public enum OffloadPolicy {
    /** Plain IP packets only, no virtio_net header. */
    OFF,
    /** All that the kernel grants, found by trying; plain packets if it grants nothing. */
    AUTO,
    /** As {@link #AUTO}, but opening fails unless checksum and TCP segmentation for both IP versions are granted. */
    REQUIRE
}
