package io.github.gwlb4j.linux;

/**
 * Sizes and field offsets, in bytes, of the C structs this library reads and writes, for 64-bit Linux. They are the same
 * on x86-64 and arm64; a test compares them with {@code sizeof} and {@code offsetof} of the C compiler, and with recorded
 * tables of both architectures. Names are STRUCT_FIELD. Fields are in the machine's byte order unless told otherwise.
 */
public final class CStructs {

    // struct ifreq, netdevice(7)
    /** Size of struct ifreq. */
    public static final int IFREQ = 40;
    /** Interface name, ended by a 0. */
    public static final int IFREQ_NAME = 0;
    /** u16 flags. */
    public static final int IFREQ_FLAGS = 16;
    /** int: index, MTU or queue length, as the request wants it. */
    public static final int IFREQ_INT = 16;

    // struct virtio_net_hdr (legacy form, 10 bytes), linux/virtio_net.h
    /** Size of struct virtio_net_hdr. */
    public static final int VNET = 10;
    /** u8. */
    public static final int VNET_FLAGS = 0;
    /** u8. */
    public static final int VNET_GSO_TYPE = 1;
    /** u16. */
    public static final int VNET_HDR_LEN = 2;
    /** u16. */
    public static final int VNET_GSO_SIZE = 4;
    /** u16. */
    public static final int VNET_CSUM_START = 6;
    /** u16. */
    public static final int VNET_CSUM_OFFSET = 8;

    // struct iovec, readv(2)
    /** Size of struct iovec. */
    public static final int IOVEC = 16;
    /** Pointer. */
    public static final int IOVEC_BASE = 0;
    /** size_t. */
    public static final int IOVEC_LEN = 8;

    // struct pollfd, poll(2)
    /** Size of struct pollfd. */
    public static final int POLLFD = 8;
    /** int. */
    public static final int POLLFD_FD = 0;
    /** short. */
    public static final int POLLFD_EVENTS = 4;
    /** short. */
    public static final int POLLFD_REVENTS = 6;

    // struct mmsghdr and the struct msghdr at its start, sendmmsg(2), sendmsg(2)
    /** Size of struct mmsghdr. */
    public static final int MMSGHDR = 64;
    /** unsigned int: bytes transferred. */
    public static final int MMSGHDR_LEN = 56;
    /** Pointer to the peer's address. */
    public static final int MSGHDR_NAME = 0;
    /** u32. */
    public static final int MSGHDR_NAMELEN = 8;
    /** Pointer to struct iovec. */
    public static final int MSGHDR_IOV = 16;
    /** size_t. */
    public static final int MSGHDR_IOVLEN = 24;
    /** Pointer to control messages. */
    public static final int MSGHDR_CONTROL = 32;
    /** size_t. */
    public static final int MSGHDR_CONTROLLEN = 40;
    /** int. */
    public static final int MSGHDR_FLAGS = 48;

    // struct cmsghdr, cmsg(3); data starts at CMSGHDR, messages are aligned to 8 bytes
    /** Size of struct cmsghdr, also CMSG_LEN(0) and where the data starts. */
    public static final int CMSGHDR = 16;
    /** size_t: header and data. */
    public static final int CMSGHDR_LEN = 0;
    /** int. */
    public static final int CMSGHDR_LEVEL = 8;
    /** int. */
    public static final int CMSGHDR_TYPE = 12;

    // struct sockaddr_in, ip(7)
    /** Size of struct sockaddr_in. */
    public static final int SOCKADDR_IN = 16;
    /** u16, in the machine's order; the same place in every sockaddr. */
    public static final int SOCKADDR_FAMILY = 0;
    /** u16 in network order. */
    public static final int SOCKADDR_IN_PORT = 2;
    /** u32 in network order. */
    public static final int SOCKADDR_IN_ADDR = 4;

    // struct sockaddr_un, unix(7)
    static final int SOCKADDR_UN = 110;
    static final int SOCKADDR_UN_PATH = 2;

    // struct ucred, unix(7)
    static final int UCRED = 12;
    static final int UCRED_PID = 0;
    static final int UCRED_UID = 4;

    // struct in_pktinfo, ip(7)
    /** Size of struct in_pktinfo. */
    public static final int IN_PKTINFO = 12;
    /** int: interface index. */
    public static final int IN_PKTINFO_IFINDEX = 0;
    /** u32 in network order: source address of what is sent, local address of what was received. */
    public static final int IN_PKTINFO_SPEC_DST = 4;
    /** u32 in network order: destination address of what was received. */
    public static final int IN_PKTINFO_ADDR = 8;

    // struct sock_fprog and struct sock_filter, linux/filter.h
    static final int SOCK_FPROG = 16;
    static final int SOCK_FPROG_LEN = 0;
    static final int SOCK_FPROG_FILTER = 8;
    static final int SOCK_FILTER = 8;
    static final int SOCK_FILTER_CODE = 0;
    static final int SOCK_FILTER_JT = 2;
    static final int SOCK_FILTER_JF = 3;
    static final int SOCK_FILTER_K = 4;

    // struct __user_cap_header_struct and __user_cap_data_struct, linux/capability.h
    static final int CAP_HEADER = 8;
    static final int CAP_HEADER_VERSION = 0;
    static final int CAP_DATA = 12;
    static final int CAP_DATA_EFFECTIVE = 0;
    static final int CAP_DATA_PERMITTED = 4;
    static final int CAP_DATA_INHERITABLE = 8;

    // struct rlimit, sys/resource.h
    static final int RLIMIT = 16;
    static final int RLIMIT_CUR = 0;
    static final int RLIMIT_MAX = 8;

    // struct passwd, pwd.h
    static final int PASSWD = 48;
    static final int PASSWD_UID = 16;
    static final int PASSWD_GID = 20;

    // netlink(7), rtnetlink(7)
    static final int NLMSGHDR = 16;
    static final int NLMSGHDR_LEN = 0;
    static final int NLMSGHDR_TYPE = 4;
    static final int NLMSGHDR_FLAGS = 6;
    static final int NLMSGHDR_SEQ = 8;
    static final int NLMSGERR_ERROR = 0;
    static final int NLMSGERR_MSG = 4;
    static final int RTATTR = 4;
    static final int RTATTR_LEN = 0;
    static final int RTATTR_TYPE = 2;
    static final int IFINFOMSG = 16;
    static final int IFINFOMSG_INDEX = 4;
    static final int IFINFOMSG_FLAGS = 8;
    static final int IFINFOMSG_CHANGE = 12;
    static final int IFADDRMSG = 8;
    static final int IFADDRMSG_FAMILY = 0;
    static final int IFADDRMSG_PREFIXLEN = 1;
    static final int IFADDRMSG_INDEX = 4;
    static final int RTMSG = 12;
    static final int RTMSG_FAMILY = 0;
    static final int RTMSG_DST_LEN = 1;
    static final int RTMSG_TABLE = 4;
    static final int RTMSG_PROTOCOL = 5;
    static final int RTMSG_SCOPE = 6;
    static final int RTMSG_TYPE = 7;

    private CStructs() {
    }
}
