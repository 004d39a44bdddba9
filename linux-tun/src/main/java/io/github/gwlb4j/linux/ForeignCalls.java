package io.github.gwlb4j.linux;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/**
 * The calls that are made for each packet or batch, by the {@linkplain ForeignLinker JDK's own linker} where there is one to be used. Through JNA such a
 * call takes 0.3 µs more when the kernel's work in between has emptied the caches, a twentieth of a packet's whole way through TUN mode. Safe for any thread.
 *
 * <p>What these answer has no error: where it is negative, the call is made once more through {@link LibC}, which keeps it. For descriptors
 * that do not block that is as good: it fails again, or succeeds a moment later. It costs a system call where an interface's queue is found empty,
 * once a batch, and gains with each packet.
 */
final class ForeignCalls {
    /** Null if there is none to be used. */
    private static final ForeignLinker LINKER = LibC.UNAVAILABLE != null ? null : ForeignLinker.find();

    private static final MethodHandle READ = bind("read", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITE = bind("write", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITEV = bind("writev", long.class, int.class, long.class, int.class);
    /**
     * Once a batch, and not by JDK 17's incubator: where the compiler does not find out that a handle is a constant, as seen there with a call as rare as that, each call allocates.
     * And recvmmsg stays with JNA everywhere: an empty queue, its usual end, would cost two system calls.
     */
    private static final MethodHandle SENDMMSG = LINKER == null || LINKER.isIncubating() ? null
            : bind("sendmmsg", int.class, int.class, long.class, int.class, int.class);

    /** Whether read, write and writev can be called: once a packet in TUN mode. */
    static final boolean HAS_PACKETS = READ != null && WRITE != null && WRITEV != null;

    /** Whether sendmmsg can be called. */
    static final boolean HAS_SENDMMSG = SENDMMSG != null;

    private ForeignCalls() {
    }

    static long read(int fd, long buffer, long count) {
        try {
            return (long) READ.invokeExact(fd, buffer, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(int fd, long buffer, long count) {
        try {
            return (long) WRITE.invokeExact(fd, buffer, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long writev(int fd, long iovecs, int count) {
        try {
            return (long) WRITEV.invokeExact(fd, iovecs, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int sendmmsg(int fd, long messages, int count, int flags) {
        try {
            return (int) SENDMMSG.invokeExact(fd, messages, count, flags);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Only the JVM throws here, for example when there is no stack left: a function of the C library cannot. */
    private static RuntimeException impossible(Throwable e) {
        if (e instanceof Error) {
            throw (Error) e;
        }
        return e instanceof RuntimeException ? (RuntimeException) e : new IllegalStateException("a function of the C library threw", e);
    }

    private static MethodHandle bind(String function, Class<?> result, Class<?>... arguments) {
        return LINKER == null ? null : LINKER.bind(function, MethodType.methodType(result, arguments));
    }
}
