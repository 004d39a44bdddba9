package io.github.gwlb4j.gwlb.internal.handover;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Held by a process that has found nobody at its path, until it listens there itself, and again while it closes. Without it two that start
 * at the same moment would both find nobody, and share the ports: each would get some of the traffic, unnoticed; and one
 * that starts while another closes would find its port and its interfaces in use. A file beside the path, which stays; the system releases its lock
 * when a process ends, however it does.
 */
public final class StartLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartLock.class);
    private static final String SUFFIX = ".lock";

    private final FileChannel file;

    private StartLock(FileChannel file) {
        this.file = file;
    }

    /**
     * Takes the lock.
     *
     * @param path of the socket
     * @return the lock, to be closed; null if another process has it
     * @throws IOException if the file cannot be opened; the message names the fix
     */
    public static StartLock take(Path path) throws IOException {
        Path beside = beside(path);
        FileChannel file;
        try {
            file = FileChannel.open(beside, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw new IOException("cannot open " + beside + " for the takeover: its folder must exist and be writable for this user, and the file be this user's ("
                    + e.getClass().getSimpleName() + ")", e);
        }
        if (isLocked(file)) {
            return new StartLock(file);
        }
        file.close();
        return null;
    }

    /**
     * Whether a process starts or closes at this moment.
     *
     * @param path of the socket
     * @return true if one has the lock
     * @throws IOException if that cannot be found out
     */
    static boolean isHeld(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(beside(path), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            return !isLocked(file);
        } catch (NoSuchFileException e) {
            return false; // it is not made here: whoever asks may become another user before it starts
        }
    }

    private static Path beside(Path path) {
        return path.resolveSibling(path.getFileName() + SUFFIX);
    }

    private static boolean isLocked(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // in this very process
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** Lets others start. */
    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("{}", e.getMessage()); // the lock is gone all the same
        }
    }
}
