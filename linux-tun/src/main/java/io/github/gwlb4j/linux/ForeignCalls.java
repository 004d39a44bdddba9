package io.github.gwlb4j.linux;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * The calls that are made for each packet, by the JDK's own linker (java.lang.foreign, JEP 454) where there is one: JDK 22 and later, if
 * this module may access native code, so that nobody is warned who was not before. Through JNA such a call takes 0.3 µs more when the
 * kernel's work in between has emptied the caches, a twentieth of a packet's whole way through TUN mode. Safe for any thread.
 *
 * <p>By reflection, since this is compiled for Java 17. Pointers are {@code long}, so no type of that package is needed afterwards.
 *
 * <p>What these answer has no error: where it is negative, the call is made once more through {@link LibC}, which keeps it. For descriptors
 * that do not block that is as good: it fails again, or succeeds a moment later. It costs a system call where a queue is found empty, once a
 * batch, and gains with each packet.
 */
final class ForeignCalls {
    private static final int FIRST_JDK = 22;
    private static final String PACKAGE = "java.lang.foreign.";

    /** Null if there is none to be used. */
    private static final Object LINKER = linker();

    private static final MethodHandle READ = bind("read", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITE = bind("write", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITEV = bind("writev", long.class, int.class, long.class, int.class);
    private static final MethodHandle SENDMMSG = bind("sendmmsg", int.class, int.class, long.class, int.class, int.class);

    /** Whether all can be called. */
    static final boolean AVAILABLE = READ != null && WRITE != null && WRITEV != null && SENDMMSG != null;

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

    private static Object linker() {
        if (Runtime.version().feature() < FIRST_JDK || LibC.UNAVAILABLE != null) {
            return null;
        }
        try {
            boolean isAllowed = (boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(ForeignCalls.class.getModule());
            return isAllowed ? type("Linker").getMethod("nativeLinker").invoke(null) : null;
        } catch (ReflectiveOperationException | LinkageError | IllegalArgumentException | UnsupportedOperationException e) {
            return null; // another JDK's linker, or none for this platform: JNA does it
        }
    }

    /** Null if it cannot be called this way. */
    private static MethodHandle bind(String function, Class<?> result, Class<?>... arguments) {
        if (LINKER == null) {
            return null;
        }
        try {
            Object symbols = type("Linker").getMethod("defaultLookup").invoke(LINKER);
            Optional<?> address = (Optional<?>) type("SymbolLookup").getMethod("find", String.class).invoke(symbols, function);
            return address.isEmpty() ? null : handle(address.get(), signature(result, arguments));
        } catch (ReflectiveOperationException | LinkageError | IllegalArgumentException | UnsupportedOperationException e) {
            return null; // as above
        }
    }

    private static MethodHandle handle(Object address, Object signature) throws ReflectiveOperationException {
        Object noOptions = Array.newInstance(type("Linker$Option"), 0);
        Method downcallHandle = type("Linker").getMethod("downcallHandle", type("MemorySegment"), type("FunctionDescriptor"), noOptions.getClass());
        return (MethodHandle) downcallHandle.invoke(LINKER, address, signature, noOptions);
    }

    private static Object signature(Class<?> result, Class<?>[] arguments) throws ReflectiveOperationException {
        Object layouts = Array.newInstance(type("MemoryLayout"), arguments.length);
        for (int i = 0; i < arguments.length; i++) {
            Array.set(layouts, i, layout(arguments[i]));
        }
        return type("FunctionDescriptor").getMethod("of", type("MemoryLayout"), layouts.getClass()).invoke(null, layout(result), layouts);
    }

    private static Object layout(Class<?> primitive) throws ReflectiveOperationException {
        return type("ValueLayout").getField(primitive == int.class ? "JAVA_INT" : "JAVA_LONG").get(null);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }
}
