package io.github.gwlb4j.linux;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Descriptors that threads use while another thread may close them. Safe for any thread, without locks.
 *
 * <p>A number of a closed descriptor is given to the next file that is opened. A thread that still holds the old number
 * would then read someone else's data. So every use is bracketed by {@link #enter()} and {@link #exit()}, and whoever
 * leaves last after {@link #close()} really closes: never under a running call, never twice, never not at all. Whoever
 * waits in poll(2) is woken through an eventfd that belongs to the guard.
 */
public final class FdGuard implements AutoCloseable {

    private static final int CLOSED = Integer.MIN_VALUE;
    private static final long CLOSE_WAIT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOSE_STEP_NS = TimeUnit.MICROSECONDS.toNanos(20);

    private final int fd;
    private final Runnable release;
    private final EventFd wakeup;
    /** Number of threads inside, with the sign bit set once closed. */
    private final AtomicInteger users = new AtomicInteger();
    private volatile boolean released;

    /**
     * Takes ownership of a descriptor.
     *
     * @param fd     the descriptor to close at the end
     * @param wakeup the eventfd to close with it
     */
    public FdGuard(int fd, EventFd wakeup) {
        this(fd, wakeup, () -> Syscalls.close(fd));
    }

    /**
     * Guards a descriptor that something else owns, and whatever is to be closed with it.
     *
     * @param fd      the descriptor
     * @param wakeup  the eventfd to close with it
     * @param release what closes the descriptor; runs once, on the thread that leaves last, and must not throw
     */
    public FdGuard(int fd, EventFd wakeup, Runnable release) {
        this.fd = fd;
        this.release = release;
        this.wakeup = wakeup;
    }

    /**
     * Starts a use of the descriptor. Each true must be followed by one {@link #exit()}.
     *
     * @return false if the guard is closed; then the descriptor must not be touched
     */
    public boolean enter() {
        int current;
        do {
            current = users.get();
            if (current < 0) {
                return false;
            }
        } while (!users.compareAndSet(current, current + 1));
        return true;
    }

    /** Ends a use; closes the descriptor if the guard is closed and nobody else is inside. */
    public void exit() {
        if (users.decrementAndGet() == CLOSED) {
            release.run();
            wakeup.close();
            released = true;
        }
    }

    /**
     * Whether {@link #close()} was called.
     *
     * @return true from then on
     */
    public boolean isClosed() {
        return users.get() < 0;
    }

    /**
     * The descriptor; valid between {@link #enter()} and {@link #exit()} only.
     *
     * @return its number
     */
    public int fd() {
        return fd;
    }

    /**
     * Closes. No use can start from now on; those in flight are woken and waited for, one second at most (they do not
     * block, so that it takes microseconds). A thread that is stopped longer, say by a debugger, closes the descriptor
     * when it goes on. Does nothing the second time.
     */
    @Override
    public void close() {
        if (!enter()) {
            return;
        }
        if (users.getAndUpdate(n -> n | CLOSED) >= 0) {
            wakeup.signal();
        }
        exit();
        long deadline = System.nanoTime() + CLOSE_WAIT_NS;
        while (!released && System.nanoTime() < deadline) {
            LockSupport.parkNanos(CLOSE_STEP_NS);
        }
    }
}
