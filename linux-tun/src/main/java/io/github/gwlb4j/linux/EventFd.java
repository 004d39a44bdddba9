package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;

/** An eventfd(2): wakes a thread that waits in poll(2). {@link #signal()} is safe for any thread, the rest is the waiter's. */
public final class EventFd implements AutoCloseable {

    private final int fd;
    private final ByteBuffer one = NativeMemory.allocate(Long.BYTES).putLong(0, 1);
    private final ByteBuffer counter = NativeMemory.allocate(Long.BYTES);
    private final long oneAddress = NativeMemory.addressOf(one);
    private final long counterAddress = NativeMemory.addressOf(counter);

    private EventFd(int fd) {
        this.fd = fd;
    }

    /**
     * Opens one.
     *
     * @return the eventfd, or null if the kernel gave none
     */
    public static EventFd open() {
        int fd = Syscalls.eventFd();
        return fd < 0 ? null : new EventFd(fd);
    }

    /**
     * The descriptor to poll for reading.
     *
     * @return its number
     */
    public int fd() {
        return fd;
    }

    /** Makes the descriptor readable until {@link #drain()}. */
    public void signal() {
        Syscalls.write(fd, oneAddress, Long.BYTES);
    }

    /** Takes back all signals so far. */
    public void drain() {
        Syscalls.read(fd, counterAddress, Long.BYTES);
    }

    /** Closes the descriptor. The owner calls it once, when no thread uses the eventfd any more. */
    @Override
    public void close() {
        Syscalls.close(fd);
    }
}
