package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.github.gwlb4j.tun.Requirements;

class NativeThreadTest {

    @BeforeEach
    void needLinux() {
        Requirements.require(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
    }

    /** On a thread of its own, as the changes stay with the thread. */
    private static <T> T onNewThread(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        new Thread(future).start();
        return future.get();
    }

    @Test
    void shouldShowTheNameToTheSystem() throws Exception {
        String seen = onNewThread(() -> {
            assertThat(NativeThread.setName("gwlb-worker-17-long")).isZero();
            return Files.readString(Path.of("/proc/self/task/" + NativeThread.id() + "/comm"));
        });
        assertThat(seen).isEqualTo("gwlb-worker-17-\n");
    }

    @Test
    void shouldGiveOneThreadAnotherNicenessAndTheRestNone() throws Exception {
        int before = NativeThread.niceness();
        int seen = onNewThread(() -> {
            assertThat(NativeThread.setNiceness(before + 3)).isZero();
            return NativeThread.niceness();
        });
        assertThat(seen).isEqualTo(before + 3);
        assertThat(NativeThread.niceness()).isEqualTo(before);
    }

    @Test
    void shouldStayOnOneCpu() throws Exception {
        int cpu = onNewThread(() -> {
            int last = 0;
            for (int i = 0; i < 1024; i++) {
                last = NativeThread.mayRunOn(i) ? i : last;
            }
            assertThat(NativeThread.pinTo(last)).isZero();
            for (int i = 0; i < 1024; i++) {
                assertThat(NativeThread.mayRunOn(i)).isEqualTo(i == last);
            }
            return last;
        });
        assertThat(NativeThread.mayRunOn(cpu)).as("other threads are not tied").isTrue();
    }

    @Test
    void shouldRefuseACpuThatIsNotThere() throws Exception {
        assertThat(onNewThread(() -> NativeThread.pinTo(1023))).isEqualTo(Errno.EINVAL.result());
        assertThat(NativeThread.pinTo(-1)).isEqualTo(Errno.EINVAL.result());
        assertThat(NativeThread.pinTo(1024)).isEqualTo(Errno.EINVAL.result());
        assertThat(NativeThread.mayRunOn(-1)).isFalse();
    }
}
