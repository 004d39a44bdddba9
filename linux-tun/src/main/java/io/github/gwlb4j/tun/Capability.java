package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.CConstants;

/** The rights of root that an appliance may have a use for (capabilities(7)). */
public enum Capability {
    /** CAP_DAC_OVERRIDE: files whatever their permissions are. */
    DAC_OVERRIDE(CConstants.CAP_DAC_OVERRIDE),
    /** CAP_NET_BIND_SERVICE: ports below 1024. */
    NET_BIND_SERVICE(CConstants.CAP_NET_BIND_SERVICE),
    /** CAP_NET_ADMIN: interfaces, routes, firewalls, socket buffers beyond the machine's limit. */
    NET_ADMIN(CConstants.CAP_NET_ADMIN),
    /** CAP_NET_RAW: raw sockets. */
    NET_RAW(CConstants.CAP_NET_RAW),
    /** CAP_SYS_NICE: a niceness below 0. */
    SYS_NICE(CConstants.CAP_SYS_NICE);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    /** The capability as a mask of one bit. */
    long bit() {
        return 1L << number;
    }
}
