package io.github.gwlb4j.tun;

import java.io.IOException;

import io.github.gwlb4j.linux.Errno;

/** The kernel refused something while building or configuring; the message names what, why, and what to do about it. */
public final class LinuxException extends IOException {

    private static final long serialVersionUID = 1;

    /** Positive error number, 0 if the kernel was not asked. */
    private final int errno;

    /**
     * A refusal by the kernel.
     *
     * @param what  what was tried, such as {@code "open TUN device gwi-0"}
     * @param errno positive or negative error number
     * @param fix   what the reader can do about it, or an empty string
     */
    public LinuxException(String what, int errno, String fix) {
        super("cannot " + what + ": " + Errno.describe(errno) + (fix.isEmpty() ? "" : ". " + fix));
        this.errno = Math.abs(errno);
    }

    /**
     * A refusal before the kernel was asked.
     *
     * @param message what is wrong and what to do about it
     */
    public LinuxException(String message) {
        super(message);
        this.errno = 0;
    }

    /**
     * The kernel's error number.
     *
     * @return positive number as in errno(3), 0 if the kernel was not asked
     */
    public int errno() {
        return errno;
    }
}
