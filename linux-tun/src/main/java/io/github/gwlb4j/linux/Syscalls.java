package io.github.gwlb4j.linux;

import com.sun.jna.Native;

/**
 * System calls about descriptors and sockets, with one result: what the man page calls success, or −errno (see {@link Errno}).
 * Safe for any thread; nothing is allocated but for {@link #open}. Those about threads and users are {@link ThreadSyscalls}.
 *
 * <p>Pointers are {@code long} addresses, see {@link NativeMemory}. A call that is interrupted gives −EINTR. Those for packets go past the C library where
 * they can, see {@link SystemCallStubs}.
 */
public final class Syscalls {

    private static final boolean DIRECT = LibC.DIRECT;

    private Syscalls() {
    }

    /**
     * Why no system call can be made on this machine.
     *
     * @return the reason as a sentence for humans, or null if calls can be made
     */
    public static String unavailableCause() {
        return LibC.UNAVAILABLE;
    }

    /**
     * Whether the calls for packets go past JNA and the C library.
     *
     * @return false on processors other than x86-64 and arm64, where executable memory is refused, and with {@code -Dio.github.gwlb4j.systemCalls=jna}
     */
    public static boolean isDirect() {
        return DIRECT;
    }

    static int result(int result) {
        return result < 0 ? -Native.getLastError() : result;
    }

    private static long result(long result) {
        return result < 0 ? -Native.getLastError() : result;
    }

    /** Of a call among {@link SystemCallStubs.Call}, which may have its error in its result. */
    private static long directResult(long result) {
        return DIRECT ? result : result(result);
    }

    /**
     * open(2); close-on-exec is always added.
     *
     * @param path  file
     * @param flags {@link CConstants} O_…
     * @return descriptor or −errno
     */
    public static int open(String path, int flags) {
        return result(LibC.open(path, flags | CConstants.O_CLOEXEC, 0));
    }

    /**
     * close(2). Whatever it returns, the descriptor is gone.
     *
     * @param fd descriptor
     * @return 0 or −errno
     */
    public static int close(int fd) {
        return result(LibC.close(fd));
    }

    /**
     * read(2).
     *
     * @param fd     descriptor that does not block
     * @param buffer where the bytes go
     * @param count  most bytes
     * @return bytes read or −errno
     */
    public static long read(int fd, long buffer, long count) {
        return directResult(LibC.read(fd, buffer, count));
    }

    /**
     * write(2).
     *
     * @param fd     descriptor that does not block
     * @param buffer the bytes
     * @param count  how many
     * @return bytes written or −errno
     */
    public static long write(int fd, long buffer, long count) {
        return directResult(LibC.write(fd, buffer, count));
    }

    /**
     * writev(2).
     *
     * @param fd     descriptor
     * @param iovecs array of struct iovec
     * @param count  how many, at most 1024
     * @return bytes written or −errno
     */
    public static long writev(int fd, long iovecs, int count) {
        return directResult(LibC.writev(fd, iovecs, count));
    }

    /**
     * ioctl(2).
     *
     * @param fd       descriptor
     * @param request  {@link CConstants} SIOC… or TUN…
     * @param argument pointer or value, as the request wants it
     * @return 0 or more, or −errno
     */
    public static int ioctl(int fd, long request, long argument) {
        return result(LibC.ioctl(fd, request, argument));
    }

    /**
     * fcntl(2) F_GETFL: the file status flags; also tells whether the descriptor is open.
     *
     * @param fd descriptor
     * @return flags or −errno
     */
    public static int statusFlags(int fd) {
        return result(LibC.fcntl(fd, CConstants.F_GETFL, 0));
    }

    /**
     * poll(2).
     *
     * @param pollFds   array of struct pollfd
     * @param count     how many
     * @param timeoutMs milliseconds, 0 not to wait, -1 for ever
     * @return number of descriptors with events, 0 at timeout, or −errno
     */
    public static int poll(long pollFds, int count, int timeoutMs) {
        return result(LibC.poll(pollFds, count, timeoutMs));
    }

    /**
     * eventfd(2), non-blocking.
     *
     * @return descriptor or −errno
     */
    public static int eventFd() {
        return result(LibC.eventfd(0, CConstants.EFD_NONBLOCK | CConstants.EFD_CLOEXEC));
    }

    /**
     * socket(2); close-on-exec is always added.
     *
     * @param domain   {@link CConstants} AF_…
     * @param type     {@link CConstants} SOCK_…, with SOCK_NONBLOCK where wanted
     * @param protocol protocol, 0 for the type's own
     * @return descriptor or −errno
     */
    public static int socket(int domain, int type, int protocol) {
        return result(LibC.socket(domain, type | CConstants.SOCK_CLOEXEC, protocol));
    }

    /**
     * bind(2).
     *
     * @param fd            socket
     * @param address       struct sockaddr
     * @param addressLength its bytes
     * @return 0 or −errno
     */
    public static int bind(int fd, long address, int addressLength) {
        return result(LibC.bind(fd, address, addressLength));
    }

    /**
     * connect(2).
     *
     * @param fd            socket
     * @param address       struct sockaddr
     * @param addressLength its bytes
     * @return 0 or −errno
     */
    static int connect(int fd, long address, int addressLength) {
        return result(LibC.connect(fd, address, addressLength));
    }

    /**
     * listen(2).
     *
     * @param fd      socket
     * @param backlog connections that wait to be accepted
     * @return 0 or −errno
     */
    static int listen(int fd, int backlog) {
        return result(LibC.listen(fd, backlog));
    }

    /**
     * accept4(2) without the peer's address; the new socket is non-blocking and close-on-exec.
     *
     * @param fd listening socket
     * @return descriptor or −errno
     */
    static int accept(int fd) {
        return result(LibC.accept4(fd, 0, 0, CConstants.SOCK_NONBLOCK | CConstants.SOCK_CLOEXEC));
    }

    /**
     * getsockname(2).
     *
     * @param fd            socket
     * @param address       room for a struct sockaddr
     * @param addressLength pointer to an int: the room's bytes, then the address's
     * @return 0 or −errno
     */
    public static int getSockName(int fd, long address, long addressLength) {
        return result(LibC.getsockname(fd, address, addressLength));
    }

    /**
     * setsockopt(2).
     *
     * @param fd          socket
     * @param level       {@link CConstants} SOL_… or IPPROTO_…
     * @param option      option number
     * @param value       pointer to the value
     * @param valueLength its bytes
     * @return 0 or −errno
     */
    public static int setSockOpt(int fd, int level, int option, long value, int valueLength) {
        return result(LibC.setsockopt(fd, level, option, value, valueLength));
    }

    /**
     * getsockopt(2).
     *
     * @param fd          socket
     * @param level       {@link CConstants} SOL_… or IPPROTO_…
     * @param option      option number
     * @param value       room for the value
     * @param valueLength pointer to an int: the room's bytes, then the value's
     * @return 0 or −errno
     */
    public static int getSockOpt(int fd, int level, int option, long value, long valueLength) {
        return result(LibC.getsockopt(fd, level, option, value, valueLength));
    }

    /**
     * recv(2).
     *
     * @param fd     socket
     * @param buffer where the bytes go
     * @param length most bytes
     * @param flags  {@link CConstants} MSG_…
     * @return bytes received or −errno
     */
    public static long recv(int fd, long buffer, long length, int flags) {
        return result(LibC.recv(fd, buffer, length, flags));
    }

    /**
     * recvmmsg(2) without a timeout.
     *
     * @param fd       socket
     * @param messages array of struct mmsghdr
     * @param count    how many
     * @param flags    {@link CConstants} MSG_…
     * @return messages received or −errno
     */
    public static int recvMmsg(int fd, long messages, int count, int flags) {
        return (int) directResult(LibC.recvmmsg(fd, messages, count, flags, 0));
    }

    /**
     * sendmmsg(2).
     *
     * @param fd       socket
     * @param messages array of struct mmsghdr
     * @param count    how many
     * @param flags    {@link CConstants} MSG_…
     * @return messages sent, or −errno if the first of them failed
     */
    public static int sendMmsg(int fd, long messages, int count, int flags) {
        return (int) directResult(LibC.sendmmsg(fd, messages, count, flags));
    }

    /**
     * geteuid(2): the user as whom files are made and connections seen. /proc/self does not tell it of a process with capabilities.
     *
     * @return 0 to 2^32-1
     */
    public static long userId() {
        return Integer.toUnsignedLong(LibC.geteuid());
    }

    /**
     * getpid(2): the cheapest call there is, the floor to measure others against.
     *
     * @return the process id
     */
    public static int processId() {
        return LibC.getpid();
    }
}
