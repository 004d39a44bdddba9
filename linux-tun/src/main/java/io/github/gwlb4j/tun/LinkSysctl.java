package io.github.gwlb4j.tun;

/** Settings of an interface under /proc/sys/net that appliances need (Documentation/networking/ip-sysctl.rst of the kernel). */
public enum LinkSysctl {
    /** Reverse path filter: 0 off, 1 strict, 2 loose. The kernel uses the larger one of this and the value for "all". */
    IPV4_RP_FILTER("ipv4", "rp_filter"),
    /** Whether IPv4 packets that arrive here are forwarded: 0 or 1. */
    IPV4_FORWARDING("ipv4", "forwarding"),
    /** Whether packets with a local source address are taken: 0 or 1. */
    IPV4_ACCEPT_LOCAL("ipv4", "accept_local"),
    /** Whether IPv6 packets are forwarded: 0 or 1. */
    IPV6_FORWARDING("ipv6", "forwarding"),
    /**
     * How link-local addresses are made: 0 from the hardware address, 1 not at all, 2 and 3 from a secret. It counts when the
     * interface is set up. Without such an address the kernel sends no router solicitations.
     */
    IPV6_ADDR_GEN_MODE("ipv6", "addr_gen_mode"),
    /** Whether IPv6 is off here: 0 or 1. Setting 1 removes all IPv6 addresses. */
    IPV6_DISABLE("ipv6", "disable_ipv6");

    private final String family;
    private final String key;

    LinkSysctl(String family, String key) {
        this.family = family;
        this.key = key;
    }

    /**
     * The file behind the setting.
     *
     * @param linkName interface, or {@code "all"} or {@code "default"}
     * @return absolute path
     */
    public String path(String linkName) {
        return "/proc/sys/net/" + family + "/conf/" + linkName + "/" + key;
    }
}
