package io.github.gwlb4j.linux;

/**
 * Numbers from the C headers, the same on x86-64 and arm64 (a test compares them with what the compiler prints). Grouped
 * by header, named as there.
 */
public final class CConstants {

    // fcntl.h, eventfd.h, poll.h, sched.h, prctl.h, mman.h
    static final int O_CLOEXEC = 0x80000;
    /** Open for reading. */
    public static final int O_RDONLY = 0;
    /** Open for reading and writing. */
    public static final int O_RDWR = 2;
    /** Never block. */
    public static final int O_NONBLOCK = 0x800;
    static final int F_GETFL = 3;
    static final int EFD_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = 0x800;
    /** Readable. */
    public static final int POLLIN = 1;
    /** Writable. */
    public static final int POLLOUT = 4;
    static final int CLONE_NEWNET = 0x40000000;
    static final int PR_SET_NAME = 15;
    static final int PR_SET_DUMPABLE = 4;
    static final int PR_SET_KEEPCAPS = 8;
    static final int PR_CAPBSET_READ = 23;
    static final int PR_CAPBSET_DROP = 24;
    static final int PR_SET_NO_NEW_PRIVS = 38;
    static final int PR_CAP_AMBIENT = 47;
    static final int PR_CAP_AMBIENT_RAISE = 2;
    static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    static final int PRIO_PROCESS = 0;
    static final int RLIMIT_NICE = 13;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int PROT_EXEC = 4;
    static final int MAP_PRIVATE = 2;
    static final int MAP_ANONYMOUS = 0x20;

    // linux/capability.h
    static final int CAPABILITY_VERSION_3 = 0x20080522;
    /** Read and write files whatever their permissions are. */
    public static final int CAP_DAC_OVERRIDE = 1;
    /** Bind to ports below 1024. */
    public static final int CAP_NET_BIND_SERVICE = 10;
    /** Interfaces, routes, firewalls; socket buffers beyond the limit. */
    public static final int CAP_NET_ADMIN = 12;
    /** Raw sockets. */
    public static final int CAP_NET_RAW = 13;
    /** Niceness below 0. */
    public static final int CAP_SYS_NICE = 23;

    // linux/if.h
    /** Bytes of an interface name with the 0 at its end. */
    public static final int IFNAMSIZ = 16;
    /** Administratively up. */
    public static final int IFF_UP = 1;
    /** Point-to-point link. */
    public static final int IFF_POINTOPOINT = 0x10;

    // linux/sockios.h
    /** Get interface flags. */
    public static final int SIOCGIFFLAGS = 0x8913;
    /** Set interface flags. */
    public static final int SIOCSIFFLAGS = 0x8914;
    /** Get MTU. */
    public static final int SIOCGIFMTU = 0x8921;
    /** Set MTU. */
    public static final int SIOCSIFMTU = 0x8922;
    /** Get interface index. */
    public static final int SIOCGIFINDEX = 0x8933;
    /** Get transmit queue length. */
    public static final int SIOCGIFTXQLEN = 0x8942;
    /** Set transmit queue length. */
    public static final int SIOCSIFTXQLEN = 0x8943;

    // linux/if_tun.h
    /** Attach to or create a device. */
    public static final int TUNSETIFF = 0x400454ca;
    /** Keep the device after the last close, or not. */
    public static final int TUNSETPERSIST = 0x400454cb;
    /** User who may attach. */
    public static final int TUNSETOWNER = 0x400454cc;
    /** Group who may attach. */
    public static final int TUNSETGROUP = 0x400454ce;
    /** Name and flags of the device behind a descriptor. */
    public static final int TUNGETIFF = 0x800454d2;
    /** Device features of this kernel. */
    public static final int TUNGETFEATURES = 0x800454cf;
    /** Offloads. */
    public static final int TUNSETOFFLOAD = 0x400454d0;
    /** Size of the virtio_net header. */
    public static final int TUNSETVNETHDRSZ = 0x400454d8;
    /** IP packets, not Ethernet frames. */
    public static final int IFF_TUN = 1;
    /** No packet information prefix. */
    public static final int IFF_NO_PI = 0x1000;
    /** A virtio_net header in front of each packet. */
    public static final int IFF_VNET_HDR = 0x4000;
    /** Several queues. */
    public static final int IFF_MULTI_QUEUE = 0x0100;
    /** Fail if the name exists. */
    public static final int IFF_TUN_EXCL = 0x8000;
    /** Packets with an unfinished checksum. */
    public static final int TUN_F_CSUM = 0x01;
    /** TCP segmentation over IPv4. */
    public static final int TUN_F_TSO4 = 0x02;
    /** TCP segmentation over IPv6. */
    public static final int TUN_F_TSO6 = 0x04;
    /** UDP segmentation over IPv4 (Linux 6.2). */
    public static final int TUN_F_USO4 = 0x20;
    /** UDP segmentation over IPv6 (Linux 6.2). */
    public static final int TUN_F_USO6 = 0x40;

    // sys/socket.h, netinet/in.h, linux/udp.h, linux/sock_diag.h
    static final int AF_UNIX = 1;
    /** IPv4. */
    public static final int AF_INET = 2;
    /** IPv6. */
    public static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;
    /** Datagrams. */
    public static final int SOCK_DGRAM = 2;
    /** Raw IP. */
    public static final int SOCK_RAW = 3;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_CLOEXEC = 0x80000;
    /** Never block. */
    public static final int SOCK_NONBLOCK = 0x800;
    /** Socket level. */
    public static final int SOL_SOCKET = 1;
    /** IPv4 level. */
    public static final int IPPROTO_IP = 0;
    /** UDP. */
    public static final int IPPROTO_UDP = 17;
    /** Send buffer in bytes. */
    public static final int SO_SNDBUF = 7;
    /** Receive buffer in bytes, up to net.core.rmem_max. */
    public static final int SO_RCVBUF = 8;
    /** Several sockets share one port. */
    public static final int SO_REUSEPORT = 15;
    static final int SO_PEERCRED = 17;
    static final int SO_RCVTIMEO = 20;
    /** Classic BPF that filters what is received. */
    public static final int SO_ATTACH_FILTER = 26;
    /** Send buffer, beyond the limit. */
    public static final int SO_SNDBUFFORCE = 32;
    /** Receive buffer, beyond the limit. */
    public static final int SO_RCVBUFFORCE = 33;
    /** Count of datagrams dropped for want of buffer, with each message. */
    public static final int SO_RXQ_OVFL = 40;
    /** Microseconds for which reads look into the network card's queue themselves. */
    public static final int SO_BUSY_POLL = 46;
    /** Classic BPF that picks the socket of a reuseport group. */
    public static final int SO_ATTACH_REUSEPORT_CBPF = 51;
    /** Memory in use by a socket and its drops. */
    static final int SO_MEMINFO = 55;
    /** Place of the drops in what SO_MEMINFO tells */
    static final int SK_MEMINFO_DROPS = 8;
    /** Type of service of what is sent. */
    public static final int IP_TOS = 1;
    /** Any source address, though it is not of this machine. */
    public static final int IP_TRANSPARENT = 19;
    /** Local address of a message. */
    public static final int IP_PKTINFO = 8;
    /** Ask for the type of service of messages. */
    public static final int IP_RECVTOS = 13;
    /** Path MTU discovery. */
    public static final int IP_MTU_DISCOVER = 10;
    /** Never set the DF bit (IP_MTU_DISCOVER). */
    public static final int IP_PMTUDISC_DONT = 0;
    /** Cut a send into datagrams of this size. */
    public static final int UDP_SEGMENT = 103;
    /** Take several datagrams of a flow as one message. */
    public static final int UDP_GRO = 104;
    static final int SCM_RIGHTS = 1;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;
    /** Control data did not fit. */
    public static final int MSG_CTRUNC = 8;
    /** The datagram did not fit. */
    public static final int MSG_TRUNC = 0x20;
    /** Do not block. */
    public static final int MSG_DONTWAIT = 0x40;

    // linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
    static final int NETLINK_ROUTE = 0;
    static final int SOL_NETLINK = 270;
    static final int NETLINK_EXT_ACK = 11;
    static final int NETLINK_GET_STRICT_CHK = 12;
    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_ACK = 4;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLMSGERR_ATTR_MSG = 1;
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_TXQLEN = 13;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;
    static final int IFLA_TUN_PERSIST = 6;
    static final int IFLA_TUN_NUM_QUEUES = 8;
    static final int IFLA_TUN_NUM_DISABLED_QUEUES = 9;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_FLAGS = 8;
    static final int IFA_F_NODAD = 2;
    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PRIORITY = 6;
    static final int RTA_TABLE = 15;
    /** The main routing table. */
    public static final int RT_TABLE_MAIN = 254;
    static final int RTPROT_STATIC = 4;
    static final int RT_SCOPE_UNIVERSE = 0;
    static final int RT_SCOPE_LINK = 253;
    static final int RTN_UNICAST = 1;

    private CConstants() {
    }
}
