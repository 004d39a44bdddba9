package io.github.gwlb4j.linux;

import com.sun.jna.Function;
import com.sun.jna.JNIEnv;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A few instructions of machine code in place of JNA, for the system calls that are made for each packet or batch: they take the arguments of a native
 * method to where the kernel wants them, and make the call. Nothing else is done, so this is the shortest way there is from Java into the kernel,
 * on every JDK, and nothing has to be asked for.
 *
 * <p>JNA's way to the C library describes each call anew and keeps errno: 0.1 µs when it is called over and over, but 0.2 to 0.3 µs beside a kernel whose work has emptied the
 * caches, and TUN mode makes two calls a packet. What these methods return is the kernel's own answer: a result, or −errno.
 *
 * <p>Pages are writable or executable, never both. Where that is refused (SELinux without execmem), on processors not listed here, and with
 * {@code -Dio.github.gwlb4j.systemCalls=jna}, JNA makes these calls as it makes all others.
 */
final class SystemCallStubs {
    /** Set to {@code jna} for JNA everywhere, to tell its way and this apart or where nobody may bring machine code. */
    static final String PROPERTY = "io.github.gwlb4j.systemCalls";

    private static final int PAGE = 4096;
    private static final int STUB = 64; // a cache line each
    private static final int STRING = 32;
    /** Position in the table of JNI functions, see the JNI specification, chapter 4, "Registering Native Methods". */
    private static final int REGISTER_NATIVES = 215;
    private static final int JNI_OK = 0;
    /** So that JNA passes what JNI functions want: the environment, and objects as they are. */
    private static final Map<String, Object> WITH_OBJECTS = Map.of(Library.OPTION_ALLOW_OBJECTS, true);

    private SystemCallStubs() {
    }

    /** A native method and its system call's numbers (asm/unistd.h). At most four arguments matter, a fifth is always 0. Of a descriptor the kernel looks at the lower half only. */
    enum Call {
        READ("read", "(IJJ)J", 0, 63),
        WRITE("write", "(IJJ)J", 1, 64),
        WRITEV("writev", "(IJJ)J", 20, 66),
        RECVMMSG("recvmmsg", "(IJIIJ)I", 299, 243),
        SENDMMSG("sendmmsg", "(IJII)I", 307, 269);

        private final String method;
        private final String signature;
        private final int x86;
        private final int arm;

        Call(String method, String signature, int x86, int arm) {
            this.method = method;
            this.signature = signature;
            this.x86 = x86;
            this.arm = arm;
        }
    }

    /** What the code is made of: JNI passes its environment, the class, then the method's arguments. */
    enum Processor {
        X86_64 {
            @Override
            void write(Call call, ByteBuffer code) {
                code.putInt(0xfa1e0ff3)                                   // endbr64
                        .put(bytes(0x48, 0x89, 0xd7))                     // mov rdi, rdx
                        .put(bytes(0x48, 0x89, 0xce))                     // mov rsi, rcx
                        .put(bytes(0x4c, 0x89, 0xc2))                     // mov rdx, r8
                        .put(bytes(0x4d, 0x89, 0xca))                     // mov r10, r9
                        .put(bytes(0x45, 0x31, 0xc0))                     // xor r8d, r8d
                        .put(bytes(0xb8)).putInt(call.x86)                // mov eax, number
                        .put(bytes(0x0f, 0x05))                           // syscall
                        .put(bytes(0xc3));                                // ret
            }
        },
        AARCH64 {
            @Override
            void write(Call call, ByteBuffer code) {
                code.putInt(0xd503245f)                                   // bti c
                        .putInt(0xaa0203e0)                               // mov x0, x2
                        .putInt(0xaa0303e1)                               // mov x1, x3
                        .putInt(0xaa0403e2)                               // mov x2, x4
                        .putInt(0xaa0503e3)                               // mov x3, x5
                        .putInt(0xd2800004)                               // mov x4, #0
                        .putInt(0xd2800008 | call.arm << 5)               // mov x8, #number
                        .putInt(0xd4000001)                               // svc #0
                        .putInt(0xd65f03c0);                              // ret
            }
        };

        /** Writes the call's code; the buffer is in little-endian order. */
        abstract void write(Call call, ByteBuffer code);

        /** Null if this processor is none of these. */
        static Processor of(String architecture) {
            switch (architecture) {
                case "amd64":
                case "x86_64":
                    return X86_64;
                case "aarch64":
                    return AARCH64;
                default:
                    return null;
            }
        }

        private static byte[] bytes(int... values) {
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                bytes[i] = (byte) values[i];
            }
            return bytes;
        }
    }

    /**
     * Makes {@link Call}'s methods of a class that JNA has bound to the C library go to the kernel directly.
     *
     * @param natives  has static native methods of those names and signatures
     * @param libc     what they are bound to
     * @return whether all of them do now; if not, all are JNA's as before
     */
    static boolean bind(Class<?> natives, NativeLibrary libc) {
        Processor processor = Processor.of(System.getProperty("os.arch"));
        if (processor == null || "jna".equals(System.getProperty(PROPERTY))) {
            return false;
        }
        long page = executable(processor);
        if (page == 0) {
            return false;
        }
        try {
            if (register(natives, libc, page)) {
                return true;
            }
        } catch (LinkageError | RuntimeException e) {
            // a JVM with another opinion of JNI: JNA's way is slower, not worse
        }
        Native.register(natives, libc); // some may have been changed before one was refused
        return false;
    }

    /** A page with the code of each call. It is never freed, as a thread may be in it for as long as the class is loaded. 0 if it is refused. */
    private static long executable(Processor processor) {
        long page = LibC.mmap(0, PAGE, CConstants.PROT_READ | CConstants.PROT_WRITE, CConstants.MAP_PRIVATE | CConstants.MAP_ANONYMOUS, -1, 0);
        if (page == -1) {
            return 0;
        }
        ByteBuffer code = new Pointer(page).getByteBuffer(0, PAGE).order(ByteOrder.LITTLE_ENDIAN);
        for (Call call : Call.values()) {
            processor.write(call, code.position(call.ordinal() * STUB));
        }
        // Linux brings an arm64's instruction cache up to date when a page becomes executable for the first time, so there is nothing to flush.
        if (LibC.mprotect(page, PAGE, CConstants.PROT_READ | CConstants.PROT_EXEC) == 0) {
            return page;
        }
        LibC.munmap(page, PAGE);
        return 0;
    }

    private static boolean register(Class<?> natives, NativeLibrary libc, long page) {
        List<Call> calls = List.of(Call.values());
        try (Memory methods = new Memory(calls.size() * (3L * Long.BYTES + 2 * STRING))) { // of struct JNINativeMethod, then their strings
            long strings = calls.size() * 3L * Long.BYTES;
            for (Call call : calls) {
                long method = call.ordinal() * 3L * Long.BYTES;
                long name = strings + call.ordinal() * 2L * STRING;
                methods.setString(name, call.method, StandardCharsets.US_ASCII.name());
                methods.setString(name + STRING, call.signature, StandardCharsets.US_ASCII.name());
                methods.setPointer(method, methods.share(name));
                methods.setPointer(method + Long.BYTES, methods.share(name + STRING));
                methods.setLong(method + 2 * Long.BYTES, page + (long) call.ordinal() * STUB);
            }
            Function registerNatives = Function.getFunction(environment(libc).getPointer(0).getPointer(REGISTER_NATIVES * Long.BYTES));
            return (int) registerNatives.invoke(int.class, new Object[] {JNIEnv.CURRENT, natives, methods, calls.size()}, WITH_OBJECTS) == JNI_OK;
        }
    }

    /** This thread's JNI environment. JNA passes it to functions, and memmove returns what it was passed. */
    private static Pointer environment(NativeLibrary libc) {
        return (Pointer) libc.getFunction("memmove").invoke(Pointer.class, new Object[] {JNIEnv.CURRENT, JNIEnv.CURRENT, 0L}, WITH_OBJECTS);
    }
}
