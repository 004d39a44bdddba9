package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.gwlb4j.tun.Requirements;
import io.github.gwlb4j.tun.TunLab;

@Timeout(60)
class FdGuardTest {

    private static final int ROUNDS = 1_000;

    @BeforeEach
    void needLinux() {
        Requirements.require(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
    }

    @Test
    void shouldNeverReadADescriptorThatWasGivenToSomeoneElse() throws Exception {
        List<String> before = TunLab.openDescriptors();
        AtomicInteger strangeReads = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            FdGuard guard = new FdGuard(Syscalls.eventFd(), EventFd.open());
            Thread[] readers = {reader(guard, strangeReads), reader(guard, strangeReads)};
            guard.close();
            // These take the numbers just freed, and are readable.
            EventFd[] strangers = {EventFd.open(), EventFd.open()};
            for (EventFd stranger : strangers) {
                stranger.signal();
            }
            for (Thread reader : readers) {
                reader.join();
            }
            for (EventFd stranger : strangers) {
                stranger.close();
            }
        }
        assertThat(strangeReads).hasValue(0);
        assertThat(TunLab.openDescriptors()).isEqualTo(before);
    }

    /** Reads an eventfd that nobody signals, until its guard is closed. */
    private static Thread reader(FdGuard guard, AtomicInteger strangeReads) {
        ByteBuffer buffer = NativeMemory.allocate(8);
        long address = NativeMemory.addressOf(buffer);
        Thread thread = new Thread(() -> {
            while (guard.enter()) {
                try {
                    if (Syscalls.read(guard.fd(), address, 8) != Errno.EAGAIN.result()) {
                        strangeReads.incrementAndGet();
                    }
                } finally {
                    guard.exit();
                }
            }
            buffer.clear();
        });
        thread.start();
        return thread;
    }

    @Test
    void shouldCloseOnceWhoeverComesLast() {
        List<String> before = TunLab.openDescriptors();
        FdGuard guard = new FdGuard(Syscalls.eventFd(), EventFd.open());
        assertThat(guard.enter()).isTrue();
        long start = System.nanoTime();
        guard.close();
        assertThat(System.nanoTime() - start).as("waits for the user, but not for ever").isBetween(900_000_000L, 20_000_000_000L);
        assertThat(guard.isClosed()).isTrue();
        assertThat(Syscalls.statusFlags(guard.fd())).as("still open while it is used").isNotNegative();
        assertThat(guard.enter()).isFalse();
        guard.close();
        guard.exit();
        assertThat(TunLab.openDescriptors()).isEqualTo(before);
    }
}
