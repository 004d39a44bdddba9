package io.github.gwlb4j.tun.testkit;

import io.github.gwlb4j.linux.Errno;

/** What {@link FaultyTunQueue} does instead of what was asked. */
public enum TunFault {
    /** −EAGAIN (-11): nothing to read, or no room to write. */
    EAGAIN(Errno.EAGAIN),
    /** −EINTR (-4): a signal came first. */
    EINTR(Errno.EINTR),
    /** −EIO (-5): a write to an interface that is down. */
    EIO(Errno.EIO),
    /** −ENOBUFS (-105): the kernel has no memory for the packet. */
    ENOBUFS(Errno.ENOBUFS),
    /** −EBADFD (-77): the device was deleted. */
    EBADFD(Errno.EBADFD),
    /** A read gives its last frame cut to half of its length, a write takes only half of the frames. */
    SHORT(Errno.OTHER);

    private final int result;

    TunFault(Errno errno) {
        result = errno.result();
    }

    /**
     * What the call returns.
     *
     * @return −errno, 0 for {@link #SHORT}
     */
    public int result() {
        return result;
    }
}
