package io.github.gwlb4j.linux;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.util.Optional;

/**
 * The JDK's own linker to the C library, if this JDK has one and this module may use it: that of java.lang.foreign (JEP 454, JDK 22 and later), or that of
 * JDK 17's incubator (JEP 412), which is there only if somebody has asked for it. Both by reflection, since this is compiled for Java 17 and without an incubator.
 *
 * <p>Pointers are {@code long}, which C passes alike, so that no type of those packages is needed afterwards. For any thread.
 */
abstract class ForeignLinker {
    private static final int FIRST_JDK = 22;
    private static final int INCUBATOR_JDK = 17;

    private final String prefix;

    private ForeignLinker(String prefix) {
        this.prefix = prefix;
    }

    /** Null if there is none, or nobody has allowed native access: then the JVM would warn of it, or refuse. */
    static ForeignLinker find() {
        int jdk = Runtime.version().feature();
        try {
            return jdk >= FIRST_JDK && isNativeAccessEnabled() ? new Final() : jdk == INCUBATOR_JDK ? new Incubating() : null;
        } catch (ReflectiveOperationException | LinkageError | IllegalArgumentException | UnsupportedOperationException e) {
            return null; // another JDK's linker, none for this platform, not asked for, or not allowed
        }
    }

    private static boolean isNativeAccessEnabled() throws ReflectiveOperationException {
        return (boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(ForeignLinker.class.getModule());
    }

    /**
     * Binds a function of the C library.
     *
     * @param function its name
     * @param type     of {@code int} and {@code long} only
     * @return of exactly that type; null if it cannot be called this way
     */
    final MethodHandle bind(String function, MethodType type) {
        try {
            Optional<?> address = find(function);
            return address.isEmpty() ? null : handle(address.get(), type);
        } catch (ReflectiveOperationException | LinkageError | IllegalArgumentException | UnsupportedOperationException e) {
            return null; // as above
        }
    }

    /** Whether this is that of JDK 17. */
    boolean isIncubating() {
        return false;
    }

    abstract Optional<?> find(String function) throws ReflectiveOperationException;

    abstract MethodHandle handle(Object address, MethodType type) throws ReflectiveOperationException;

    abstract Object layout(Class<?> primitive) throws ReflectiveOperationException;

    final Object signature(MethodType type) throws ReflectiveOperationException {
        Object layouts = Array.newInstance(type("MemoryLayout"), type.parameterCount());
        for (int i = 0; i < type.parameterCount(); i++) {
            Array.set(layouts, i, layout(type.parameterType(i)));
        }
        return type("FunctionDescriptor").getMethod("of", type("MemoryLayout"), layouts.getClass()).invoke(null, layout(type.returnType()), layouts);
    }

    final Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(prefix + name);
    }

    private static final class Final extends ForeignLinker {
        private final Object linker;

        Final() throws ReflectiveOperationException {
            super("java.lang.foreign.");
            linker = type("Linker").getMethod("nativeLinker").invoke(null);
        }

        @Override
        Optional<?> find(String function) throws ReflectiveOperationException {
            Object symbols = type("Linker").getMethod("defaultLookup").invoke(linker);
            return (Optional<?>) type("SymbolLookup").getMethod("find", String.class).invoke(symbols, function);
        }

        @Override
        MethodHandle handle(Object address, MethodType type) throws ReflectiveOperationException {
            Object noOptions = Array.newInstance(type("Linker$Option"), 0);
            return (MethodHandle) type("Linker").getMethod("downcallHandle", type("MemorySegment"), type("FunctionDescriptor"), noOptions.getClass())
                    .invoke(linker, address, signature(type), noOptions);
        }

        @Override
        Object layout(Class<?> primitive) throws ReflectiveOperationException {
            return type("ValueLayout").getField(primitive == int.class ? "JAVA_INT" : "JAVA_LONG").get(null);
        }
    }

    private static final class Incubating extends ForeignLinker {
        private final Object linker;

        Incubating() throws ReflectiveOperationException {
            super("jdk.incubator.foreign.");
            linker = type("CLinker").getMethod("getInstance").invoke(null);
        }

        @Override
        boolean isIncubating() {
            return true;
        }

        @Override
        Optional<?> find(String function) throws ReflectiveOperationException {
            Object symbols = type("CLinker").getMethod("systemLookup").invoke(null);
            return (Optional<?>) type("SymbolLookup").getMethod("lookup", String.class).invoke(symbols, function);
        }

        @Override
        MethodHandle handle(Object address, MethodType type) throws ReflectiveOperationException {
            return (MethodHandle) type("CLinker").getMethod("downcallHandle", type("Addressable"), MethodType.class, type("FunctionDescriptor"))
                    .invoke(linker, address, type, signature(type));
        }

        @Override
        Object layout(Class<?> primitive) throws ReflectiveOperationException {
            return type("CLinker").getField(primitive == int.class ? "C_INT" : "C_LONG").get(null);
        }
    }
}
