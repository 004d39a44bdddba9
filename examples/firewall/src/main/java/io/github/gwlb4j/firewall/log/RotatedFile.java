package io.github.gwlb4j.firewall.log;

import ch.qos.logback.core.ContextBase;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A file of lines that logback rotates: FILE is written; when it is full or the day (UTC) ends, it becomes FILE.2026-11-23.0, .1, and so on;
 * the oldest are deleted. Belongs to one thread.
 *
 * <p>Logback hides what a disk refuses; here each line's fate is told. A file that was cut off within a line, by a full disk or a
 * crash, is shortened to its last whole line before it is continued.
 */
final class RotatedFile {
    private static final int SEARCH_BYTES = 1 << 16;
    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);

    private final Path file;
    private final ContextBase context = new OneThread();
    private final SizeAndTimeBasedRollingPolicy<byte[]> rotation = new SizeAndTimeBasedRollingPolicy<>();
    private final Appender appender = new Appender();

    /**
     * Has logback delete old files on the thread that writes. Its own threads share a calendar, unguarded, with each other and with the writer:
     * when two files are full within milliseconds, "long ago" was sometimes taken for today, and all of today's files were deleted.
     */
    private static final class OneThread extends ContextBase {
        private final ExecutorService caller = new AbstractExecutorService() {
            private volatile boolean isShutDown;

            @Override
            public void execute(Runnable task) {
                task.run();
            }

            @Override
            public void shutdown() {
                isShutDown = true;
            }

            @Override
            public List<Runnable> shutdownNow() {
                isShutDown = true;
                return List.of();
            }

            @Override
            public boolean isShutdown() {
                return isShutDown;
            }

            @Override
            public boolean isTerminated() {
                return isShutDown;
            }

            @Override
            public boolean awaitTermination(long timeout, TimeUnit unit) {
                return isShutDown;
            }
        };

        @Override
        public ExecutorService getAlternateExecutorService() {
            return caller;
        }
    }

    /** Lines as they are. */
    private static final class Lines extends EncoderBase<byte[]> {
        @Override
        public byte[] headerBytes() {
            return null;
        }

        @Override
        public byte[] encode(byte[] line) {
            return line;
        }

        @Override
        public byte[] footerBytes() {
            return null;
        }
    }

    /** Stops at the first error, with the error kept, rather than swallowing lines until the disk has room again. */
    private final class Appender extends RollingFileAppender<byte[]> {
        private IOException failure;
        private Object fileKey;

        @Override
        public void openFile(String name) throws IOException {
            try {
                cutIncompleteLine();
                FileChannel channel = FileChannel.open(file, APPEND, permissions());
                setOutputStream(Channels.newOutputStream(channel));
                fileKey = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
                rotation.getLengthCounter().reset();
                rotation.getLengthCounter().add(channel.size());
            } catch (IOException e) {
                fail(e);
                throw e;
            }
        }

        @Override
        protected void writeOut(byte[] line) throws IOException {
            try {
                super.writeOut(line);
            } catch (IOException e) {
                fail(e);
                throw e;
            }
        }

        private void fail(IOException e) {
            failure = e;
            started = false;
        }

        boolean restart() {
            try {
                openFile(getFile());
                started = true;
                return true;
            } catch (IOException e) {
                return false; // kept
            }
        }

        /** Closes the file also after an error, when stopping no longer does. */
        void end() {
            stop();
            closeOutputStream();
        }

        boolean isFileGone() {
            try {
                return !Files.readAttributes(file, BasicFileAttributes.class).fileKey().equals(fileKey);
            } catch (IOException e) {
                return true;
            }
        }
    }

    /**
     * Prepares the file; {@link #open} begins it.
     *
     * @param maxFileBytes  when to rotate
     * @param maxTotalBytes of all files together, at least twice that
     * @param maxDays       how long rotated files are kept
     */
    RotatedFile(Path file, long maxFileBytes, long maxTotalBytes, int maxDays) {
        this.file = file.toAbsolutePath().normalize();
        context.setName("decisions");
        appender.setContext(context);
        appender.setFile(this.file.toString());
        Lines lines = new Lines();
        lines.setContext(context);
        appender.setEncoder(lines);
        rotation.setContext(context);
        rotation.setParent(appender);
        rotation.setFileNamePattern(this.file + ".%d{yyyy-MM-dd, UTC}.%i");
        rotation.setMaxFileSize(new FileSize(maxFileBytes));
        rotation.setMaxHistory(maxDays);
        rotation.setTotalSizeCap(new FileSize(maxTotalBytes - maxFileBytes)); // logback does not count the file being written
        rotation.setCleanHistoryOnStart(true);
        appender.setRollingPolicy(rotation);
    }

    /** The only call that throws. */
    void open() throws IOException {
        context.start();
        rotation.start();
        appender.start();
        if (!appender.isStarted()) {
            IOException failure = appender.failure;
            close();
            throw failure != null ? failure : new IOException(context.getStatusManager().getCopyOfStatusList().toString());
        }
    }

    /** Writes a line, its line feed included; false if it is lost, and from then on until {@link #reopen} succeeds. */
    boolean write(byte[] line) {
        if (!appender.isStarted()) {
            return false;
        }
        appender.doAppend(line);
        return appender.isStarted();
    }

    boolean isOpen() {
        return appender.isStarted();
    }

    /** Why writing failed last; null if it never did. */
    IOException failure() {
        return appender.failure;
    }

    /** Whether somebody has moved or deleted FILE, so that lines go nowhere that anyone looks. */
    boolean isGone() {
        return appender.isFileGone();
    }

    /** Continues FILE, or begins it if it is gone. */
    boolean reopen() {
        return appender.restart();
    }

    void close() {
        appender.end();
        rotation.stop();
        context.stop();
    }

    private void cutIncompleteLine() throws IOException {
        if (!Files.isRegularFile(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            ByteBuffer end = ByteBuffer.allocate((int) Math.min(size, SEARCH_BYTES));
            while (end.hasRemaining() && channel.read(end, size - end.capacity() + end.position()) > 0) {
                // until all is there
            }
            int kept = end.position();
            while (kept > 0 && end.get(kept - 1) != '\n') {
                kept--;
            }
            if (kept > 0 || size == end.capacity()) {
                channel.truncate(size - end.capacity() + kept);
            }
        }
    }

    /** Decisions tell who talks to whom: for the owner and the group. */
    private FileAttribute<?>[] permissions() {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))}
                : new FileAttribute<?>[0];
    }
}
