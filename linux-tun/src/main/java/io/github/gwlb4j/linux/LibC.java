package io.github.gwlb4j.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * The C library's functions, bound by JNA direct mapping: the only class with native methods. Safe for any thread.
 *
 * <p>Signatures are those of the man pages with {@code long} for every pointer and {@code size_t}; results are raw, the
 * error is in {@link Native#getLastError()}. Callers use {@link Syscalls} and
 * {@link ThreadSyscalls}, which turn both into one value.
 *
 * <p>If {@link #DIRECT}, those of {@link SystemCallStubs.Call} go past JNA and the C library, and return −errno.
 */
final class LibC {

    /** Why no call can be made here, null if all is well. Then calls throw {@link UnsatisfiedLinkError}. */
    static final String UNAVAILABLE = register();

    /** Whether read, write, writev, recvmmsg and sendmmsg return −errno, and leave {@link Native#getLastError()} alone. */
    static final boolean DIRECT = UNAVAILABLE == null && SystemCallStubs.bind(LibC.class, library());

    private LibC() {
    }

    private static String register() {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        try {
            if (!Platform.isLinux()) {
                return "TUN devices and these system calls exist on Linux only; this is " + platform;
            }
            if (!Platform.is64Bit()) {
                return "a 64-bit JVM is needed, the C struct layouts used are those of 64-bit Linux; this is " + platform;
            }
            Native.register(LibC.class, library());
            return null;
        } catch (LinkageError e) {
            return "JNA cannot load its native library or bind the C library on " + platform + ": " + e.getMessage();
        }
    }

    private static NativeLibrary library() {
        return NativeLibrary.getInstance("c");
    }

    static native int open(String path, int flags, int mode);

    static native int close(int fd);

    static native long read(int fd, long buffer, long count);

    static native long write(int fd, long buffer, long count);

    static native long writev(int fd, long iovecs, long count); // int in C, unsigned long for the kernel, which SystemCallStubs asks

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int mprotect(long address, long length, int protection);

    static native int ioctl(int fd, long request, long argument);

    static native int fcntl(int fd, int command, long argument);

    static native int poll(long pollFds, long count, int timeoutMs);

    static native int eventfd(int initial, int flags);

    static native int socket(int domain, int type, int protocol);

    static native int bind(int fd, long address, int addressLength);

    static native int connect(int fd, long address, int addressLength);

    static native int listen(int fd, int backlog);

    static native int accept4(int fd, long address, long addressLength, int flags);

    static native int getsockname(int fd, long address, long addressLength);

    static native int setsockopt(int fd, int level, int option, long value, int valueLength);

    static native int getsockopt(int fd, int level, int option, long value, long valueLength);

    static native long recv(int fd, long buffer, long length, int flags);

    static native int recvmmsg(int fd, long messages, int count, int flags, long timeout); // no timeout but 0 gets past SystemCallStubs

    static native int sendmmsg(int fd, long messages, int count, int flags);

    static native int setns(int fd, int namespaceType);

    static native int unshare(int flags);

    static native int sched_setaffinity(int threadId, long setBytes, long set);

    static native int sched_getaffinity(int threadId, long setBytes, long set);

    static native int setpriority(int which, int who, int niceness);

    static native int getpriority(int which, int who);

    static native int prctl(int option, long argument2, long argument3, long argument4, long argument5);

    static native int capget(long header, long data);

    static native int capset(long header, long data);

    static native int setrlimit(int resource, long limit);

    static native int setresuid(int real, int effective, int saved);

    static native int setresgid(int real, int effective, int saved);

    static native int initgroups(String user, int group);

    static native int getpwnam_r(String user, long passwd, long buffer, long bufferLength, long result);

    static native int gettid();

    static native int getpid();

    static native int geteuid();
}
