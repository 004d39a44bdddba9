package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.tun.Requirements;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds for both ways to make the calls for packets; the build runs it with each. */
class SystemCallStubsTest {
    private static final Map<SystemCallStubs.Processor, String> CROSS = Map.of(SystemCallStubs.Processor.X86_64, "x86_64-linux-gnu-",
            SystemCallStubs.Processor.AARCH64, "aarch64-linux-gnu-");
    private static final Map<SystemCallStubs.Processor, String> ARCHITECTURE = Map.of(SystemCallStubs.Processor.X86_64, "x86-64",
            SystemCallStubs.Processor.AARCH64, "armv8.5-a");
    private static final Map<SystemCallStubs.Processor, String> SOURCE = Map.of(SystemCallStubs.Processor.X86_64, """
            #include <sys/syscall.h>
            .intel_syntax noprefix
            endbr64
            mov rdi, rdx
            mov rsi, rcx
            mov rdx, r8
            mov r10, r9
            xor r8d, r8d
            mov eax, NUMBER
            syscall
            ret
            """, SystemCallStubs.Processor.AARCH64, """
            #include <sys/syscall.h>
            bti c
            mov x0, x2
            mov x1, x3
            mov x2, x4
            mov x3, x5
            mov x4, #0
            mov x8, #NUMBER
            svc #0
            ret
            """);

    private final ByteBuffer bytes = NativeMemory.allocate(64).order(ByteOrder.nativeOrder());
    private long address;
    private int fd;

    @BeforeEach
    void open() {
        assumeTrue(Syscalls.unavailableCause() == null, Syscalls.unavailableCause());
        address = NativeMemory.addressOf(bytes);
        fd = Syscalls.eventFd();
        assertThat(fd).isNotNegative();
    }

    @AfterEach
    void close() {
        Syscalls.close(fd);
    }

    @Test
    void shouldBeUsedUnlessJnaIsAskedFor() {
        boolean known = SystemCallStubs.Processor.of(System.getProperty("os.arch")) != null;
        assertThat(LibC.DIRECT).isEqualTo(known && !"jna".equals(System.getProperty(SystemCallStubs.PROPERTY)));
    }

    @ParameterizedTest
    @CsvSource({"amd64,X86_64", "x86_64,X86_64", "aarch64,AARCH64", "riscv64,", "arm,", "ppc64le,"})
    void shouldExistForTheProcessorsOfTheCloud(String architecture, SystemCallStubs.Processor expected) {
        assertThat(SystemCallStubs.Processor.of(architecture)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeWhatAnAssemblerMakes(SystemCallStubs.Processor processor, @TempDir Path directory) throws Exception {
        String prefix = SystemCallStubs.Processor.of(System.getProperty("os.arch")) == processor ? "" : CROSS.get(processor);
        Path assembler = prefix.isEmpty() ? Requirements.tool("gcc", "gcc libc6-dev") : onPath(prefix + "gcc");
        if (assembler == null) { // shouldBeWhatItWasWhenAnAssemblerWasAsked stays
            return;
        }
        for (SystemCallStubs.Call call : SystemCallStubs.Call.values()) {
            Path source = Files.writeString(directory.resolve(call + ".S"), SOURCE.get(processor).replace("NUMBER", "SYS_" + call.name().toLowerCase(Locale.ROOT)));
            Path object = directory.resolve(call + ".o");
            Path code = directory.resolve(call + ".bin");
            run(assembler.toString(), "-c", "-march=" + ARCHITECTURE.get(processor), "-o", object.toString(), source.toString());
            run(prefix + "objcopy", "-O", "binary", "-j", ".text", object.toString(), code.toString());
            assertThat(HexFormat.of().formatHex(Files.readAllBytes(code))).as("%s", call).isEqualTo(hex(processor, call));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "X86_64, READ, f30f1efa4889d74889ce4c89c24d89ca4531c0b8000000000f05c3",
        "X86_64, WRITE, f30f1efa4889d74889ce4c89c24d89ca4531c0b8010000000f05c3",
        "X86_64, WRITEV, f30f1efa4889d74889ce4c89c24d89ca4531c0b8140000000f05c3",
        "X86_64, RECVMMSG, f30f1efa4889d74889ce4c89c24d89ca4531c0b82b0100000f05c3",
        "X86_64, SENDMMSG, f30f1efa4889d74889ce4c89c24d89ca4531c0b8330100000f05c3",
        "AARCH64, READ, 5f2403d5e00302aae10303aae20304aae30305aa040080d2e80780d2010000d4c0035fd6",
        "AARCH64, WRITE, 5f2403d5e00302aae10303aae20304aae30305aa040080d2080880d2010000d4c0035fd6",
        "AARCH64, WRITEV, 5f2403d5e00302aae10303aae20304aae30305aa040080d2480880d2010000d4c0035fd6",
        "AARCH64, RECVMMSG, 5f2403d5e00302aae10303aae20304aae30305aa040080d2681e80d2010000d4c0035fd6",
        "AARCH64, SENDMMSG, 5f2403d5e00302aae10303aae20304aae30305aa040080d2a82180d2010000d4c0035fd6"})
    void shouldBeWhatItWasWhenAnAssemblerWasAsked(SystemCallStubs.Processor processor, SystemCallStubs.Call call, String code) {
        assertThat(hex(processor, call)).isEqualTo(code);
    }

    private static String hex(SystemCallStubs.Processor processor, SystemCallStubs.Call call) {
        ByteBuffer code = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        processor.write(call, code);
        return HexFormat.of().formatHex(code.array(), 0, code.position());
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
        assertThat(process.waitFor()).isZero();
    }

    private static Path onPath(String tool) {
        return Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, tool)).filter(Files::isExecutable).findFirst().orElse(null);
    }

    /** The C library's, all but what SystemCallStubs wants. */
    private static final class TwoOfFive {
        static native long read(int fd, long buffer, long count);

        static native long write(int fd, long buffer, long count);
    }

    @Test
    void shouldLeaveAllToJnaWhenTheJvmRefusesOne() {
        Native.register(TwoOfFive.class, NativeLibrary.getInstance("c"));
        assertThat(SystemCallStubs.bind(TwoOfFive.class, NativeLibrary.getInstance("c"))).isFalse();

        assertThat(TwoOfFive.read(-1, address, 8)).as("-1 as in C, not an errno").isEqualTo(-1);
        assertThat(TwoOfFive.write(-1, address, 8)).isEqualTo(-1);
        assertThat(Native.getLastError()).isEqualTo(Errno.EBADF.number());
        assertThat(Syscalls.read(-1, address, 8)).isEqualTo(Errno.EBADF.result());
    }

    @Test
    void shouldReadWhatWasWritten() {
        bytes.putLong(0, 7).putLong(16, address).putLong(24, 8);
        assertThat(Syscalls.write(fd, address, 8)).isEqualTo(8);
        assertThat(Syscalls.writev(fd, address + 16, 1)).isEqualTo(8);
        bytes.putLong(0, 0);

        assertThat(Syscalls.read(fd, address, 8)).isEqualTo(8);
        assertThat(bytes.getLong(0)).isEqualTo(14);
    }

    @Test
    void shouldTellWhyACallFailed() {
        assertThat(Syscalls.read(fd, address, 8)).isEqualTo(Errno.EAGAIN.result());
        assertThat(Syscalls.read(fd, address, 4)).isEqualTo(Errno.EINVAL.result());
        assertThat(Syscalls.read(-1, address, 8)).isEqualTo(Errno.EBADF.result());
        assertThat(Syscalls.write(-1, address, 8)).isEqualTo(Errno.EBADF.result());
        assertThat(Syscalls.writev(-1, address, 1)).isEqualTo(Errno.EBADF.result());
        assertThat(Syscalls.recvMmsg(-1, address, 1, 0)).isEqualTo(Errno.EBADF.result());
        assertThat(Syscalls.sendMmsg(-1, address, 1, 0)).isEqualTo(Errno.EBADF.result());
        assertThat(Syscalls.sendMmsg(fd, address, 1, 0)).as("ENOTSOCK").isEqualTo(-88);
    }

    @Test
    void shouldAllocateNothingForACall() {
        writeAndRead(100_000); // until it is compiled
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        writeAndRead(20_000);

        assertThat(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before).isLessThan(20_000);
    }

    private void writeAndRead(int times) {
        bytes.putLong(16, address).putLong(24, 8);
        for (int i = 0; i < times; i++) {
            bytes.putLong(0, 1); // a read leaves the sum there
            if (Syscalls.write(fd, address, 8) != 8 || Syscalls.writev(fd, address + 16, 1) != 8 || Syscalls.read(fd, address, 8) != 8) {
                throw new AssertionError("call " + i);
            }
        }
    }
}
