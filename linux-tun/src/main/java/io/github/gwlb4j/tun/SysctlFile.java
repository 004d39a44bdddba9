package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A number under /proc/sys. Which interface a path is of depends on the network namespace of the thread that opens it: use this on a
 * thread that is inside.
 */
record SysctlFile(Path path) {

    static SysctlFile of(LinkSysctl sysctl, String linkName) {
        return new SysctlFile(Path.of(sysctl.path(linkName)));
    }

    int read() throws LinuxException {
        try {
            return Integer.parseInt(Files.readString(path, StandardCharsets.US_ASCII).trim());
        } catch (NoSuchFileException e) {
            throw new LinuxException("read " + path, Errno.ENOENT.number(),
                    "There is no such interface, or the kernel lacks this protocol or setting");
        } catch (IOException | NumberFormatException e) {
            throw new LinuxException("cannot read " + path + ": " + e.getMessage());
        }
    }

    /** Writes only what differs, since reading needs no rights; and reads it back, since some values are taken without a word and not kept. */
    boolean ensure(int value) throws LinuxException {
        if (read() == value) {
            return false;
        }
        write(value);
        int kept = read();
        if (kept != value) {
            throw new LinuxException("cannot set " + path + " to " + value + ": the kernel keeps it at " + kept);
        }
        return true;
    }

    private void write(int value) throws LinuxException {
        try {
            Files.writeString(path, Integer.toString(value), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new LinuxException("cannot set " + path + " to " + value + ": " + e.getMessage()
                    + ". It needs root, and /proc/sys must be writable (in a container: docker run --sysctl)");
        }
    }
}
