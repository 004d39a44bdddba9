package io.github.gwlb4j.linux;

/** The error numbers this library gives a meaning to, as on every Linux architecture that JNA supports (errno(3)). */
public enum Errno {
    /** Operation not permitted. */
    EPERM(1, "operation not permitted"),
    /** No such file, device or namespace. */
    ENOENT(2, "no such file or directory"),
    /** Interrupted by a signal; try again. */
    EINTR(4, "interrupted system call"),
    /** Input/output error; on a send with segmentation: the route's device has no checksum offload. */
    EIO(5, "input/output error"),
    /** No such device. */
    ENXIO(6, "no such device or address"),
    /** Too many queues. */
    E2BIG(7, "argument list too long"),
    /** The descriptor is closed. */
    EBADF(9, "bad file descriptor"),
    /** Nothing to read, or no room to write; wait and try again. */
    EAGAIN(11, "resource temporarily unavailable"),
    /** Out of memory. */
    ENOMEM(12, "cannot allocate memory"),
    /** Permission denied. */
    EACCES(13, "permission denied"),
    /** Bad address. */
    EFAULT(14, "bad address"),
    /** Name or queue in use. */
    EBUSY(16, "device or resource busy"),
    /** Exists already. */
    EEXIST(17, "file exists"),
    /** No such device. */
    ENODEV(19, "no such device"),
    /** The kernel rejects an argument. */
    EINVAL(22, "invalid argument"),
    /** Too many open files in the system, or no free number for a name pattern. */
    ENFILE(23, "too many open files in system"),
    /** Too many open files in this process. */
    EMFILE(24, "too many open files"),
    /** Not a descriptor that takes this request. */
    ENOTTY(25, "inappropriate ioctl for device"),
    /** Read-only file system. */
    EROFS(30, "read-only file system"),
    /** Out of range. */
    ERANGE(34, "numerical result out of range"),
    /** The TUN device behind the descriptor was deleted. */
    EBADFD(77, "file descriptor in bad state"),
    /** Too long for one datagram. */
    EMSGSIZE(90, "message too long"),
    /** Option unknown to this kernel. */
    ENOPROTOOPT(92, "protocol not available"),
    /** Not supported by this kernel or device. */
    EOPNOTSUPP(95, "operation not supported"),
    /** Address family not supported, for example IPv6 switched off. */
    EAFNOSUPPORT(97, "address family not supported"),
    /** Address and port are in use. */
    EADDRINUSE(98, "address already in use"),
    /** Not an address of this machine. */
    EADDRNOTAVAIL(99, "cannot assign requested address"),
    /** The interface is down. */
    ENETDOWN(100, "network is down"),
    /** No route. */
    ENETUNREACH(101, "network is unreachable"),
    /** No room in a buffer or batch. */
    ENOBUFS(105, "no buffer space available"),
    /** The peer's port is closed. */
    ECONNREFUSED(111, "connection refused"),
    /** No route to the host. */
    EHOSTUNREACH(113, "no route to host"),
    /** Any number that has no meaning here. */
    OTHER(0, "error");

    private static final Errno[] BY_NUMBER = new Errno[134];

    static {
        for (Errno e : values()) {
            BY_NUMBER[e.number] = e;
        }
    }

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /**
     * The number the kernel uses.
     *
     * @return a positive number
     */
    public int number() {
        return number;
    }

    /**
     * What a system call returns for this error.
     *
     * @return the negative number
     */
    public int result() {
        return -number;
    }

    /**
     * Finds the constant for a number.
     *
     * @param errno positive or negative error number
     * @return the constant, {@link #OTHER} if there is none
     */
    public static Errno of(int errno) {
        int number = Math.abs(errno);
        Errno known = number < BY_NUMBER.length ? BY_NUMBER[number] : null;
        return known == null ? OTHER : known;
    }

    /**
     * Text for humans, for any number.
     *
     * @param errno positive or negative error number
     * @return such as {@code "operation not permitted (EPERM)"}
     */
    public static String describe(int errno) {
        Errno known = of(errno);
        return known == OTHER ? "error " + Math.abs(errno) : known.text + " (" + known + ")";
    }
}
