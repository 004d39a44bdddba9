package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds for both ways to call the C library. The build runs it with each: on JDK 17 also with the linker of its incubator. */
class ForeignCallsTest {
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
    void shouldBeUsedWhereTheJdkHasALinkerAndMayAccessNativeCode() throws ReflectiveOperationException {
        int jdk = Runtime.version().feature();
        boolean isFinal = jdk >= 22 && (boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(ForeignCalls.class.getModule());
        boolean isIncubating = jdk == 17 && ModuleLayer.boot().findModule("jdk.incubator.foreign").isPresent();
        assertThat(ForeignCalls.HAS_PACKETS).isEqualTo(isFinal || isIncubating);
        assertThat(ForeignCalls.HAS_SENDMMSG).isEqualTo(isFinal);
        assertThat(ForeignCalls.HAS_PACKETS || !Boolean.getBoolean("gwlb4j.incubator")).as("linux-tun/pom.xml asks for the incubator").isTrue();
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
