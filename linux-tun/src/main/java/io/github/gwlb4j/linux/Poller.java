package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;

/** A set of descriptors for poll(2). Owned by one thread; allocates nothing after construction. */
public final class Poller {

    private final ByteBuffer pollFds;
    private final long address;
    private final int capacity;
    private int count;

    /**
     * Makes room.
     *
     * @param capacity most descriptors
     */
    public Poller(int capacity) {
        this.capacity = capacity;
        this.pollFds = NativeMemory.allocate(capacity * CStructs.POLLFD);
        this.address = NativeMemory.addressOf(pollFds);
    }

    /**
     * Adds a descriptor.
     *
     * @param fd     the descriptor
     * @param events {@link CConstants#POLLIN} or {@link CConstants#POLLOUT}
     * @return its place in the set, or −ENOBUFS if the set is full
     */
    public int add(int fd, int events) {
        if (count == capacity) {
            return Errno.ENOBUFS.result();
        }
        int entry = count * CStructs.POLLFD;
        pollFds.putInt(entry + CStructs.POLLFD_FD, fd);
        pollFds.putShort(entry + CStructs.POLLFD_EVENTS, (short) events);
        return count++;
    }

    /**
     * Forgets one descriptor; the places of the others stay. poll(2) ignores entries whose descriptor is negative.
     *
     * @param place what {@link #add(int, int)} returned
     */
    public void remove(int place) {
        pollFds.putInt(place * CStructs.POLLFD + CStructs.POLLFD_FD, -1);
    }

    /** Forgets all descriptors. */
    public void clear() {
        count = 0;
    }

    /**
     * Waits for an event.
     *
     * @param timeoutMs milliseconds, 0 not to wait, -1 for ever
     * @return number of descriptors with events, 0 at timeout, or −errno
     */
    public int poll(int timeoutMs) {
        return Syscalls.poll(address, count, timeoutMs);
    }

    /**
     * What the last {@link #poll(int)} found.
     *
     * @param place what {@link #add(int, int)} returned
     * @return the event bits, 0 if none
     */
    public int events(int place) {
        return pollFds.getShort(place * CStructs.POLLFD + CStructs.POLLFD_REVENTS);
    }
}
