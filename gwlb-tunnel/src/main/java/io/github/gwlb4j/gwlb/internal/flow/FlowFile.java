package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.linux.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * A flow table as a file, for the process that comes after a crash. In network byte order:
 *
 * <pre>
 *   0              8         12             20
 *  +--------------+---------+--------------+-------------+-----+--------+-------+--------+
 *  | "gwlb4jFT"   | version | written at   | FlowRecord  | ... | 0 (16) | count | CRC32C |
 *  |              |         | (ms of Unix) |             |     |        | (64)  | (32)   |
 *  +--------------+---------+--------------+-------------+-----+--------+-------+--------+
 * </pre>
 *
 * <p>Written beside its name, flushed to the disk, then renamed: whoever reads finds a whole file, the old or the new one. It is read
 * twice, and nothing in it counts unless its checksum is right: a file that was cut, changed, made by another version or written
 * by another user is one sentence in the log, and no flow. The time between is taken from the clock on the wall, since the other one does not
 * survive a reboot; a clock that has gone backwards counts as no time.
 *
 * <p>Stateless but for its path; one thread at a time writes.
 */
public final class FlowFile {
    private static final long MAGIC = 0x6777_6c62_346a_4654L;
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 20;
    private static final int TAIL_BYTES = 14;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final int WRITABLE_BY_OTHERS = 0022;

    private final Path path;
    private final Path temporary;

    /**
     * What was read.
     *
     * @param flows   put into the table
     * @param expired left out: silent for longer than their timeout by now
     * @param ageMs   since the file was written
     */
    public record Restored(long flows, long expired, long ageMs) {
    }

    /**
     * Names a file, which need not exist.
     *
     * @param path the file; while it is written there is another beside it with {@code .tmp} behind the name
     */
    public FlowFile(Path path) {
        this.path = path;
        this.temporary = path.resolveSibling(path.getFileName() + ".tmp");
    }

    /**
     * Where it is.
     *
     * @return as given
     */
    public Path path() {
        return path;
    }

    // ---- writing

    /**
     * Replaces the file by a table's flows of now. Takes as long as the disk does.
     *
     * @param table in use by others meanwhile
     * @return how many flows
     * @throws IOException if it cannot be written; then the file is what it was
     */
    public long write(FlowTable table) throws IOException {
        Files.deleteIfExists(temporary); // of a process that was killed; it may have been someone else's
        long count;
        try (FileChannel out = FileChannel.open(temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            count = write(table, out);
            out.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true); // so that the new name survives a power failure, too
        }
        return count;
    }

    private static long write(FlowTable table, FileChannel out) throws IOException {
        CRC32C checksum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.BIG_ENDIAN);
        buffer.putLong(MAGIC).putInt(VERSION).putLong(System.currentTimeMillis());
        FlowSnapshot snapshot = table.snapshot(false);
        long count = 0;
        while (!snapshot.isDone()) {
            count += snapshot.fill(buffer, System.nanoTime());
            flush(buffer, out, checksum);
        }
        buffer.putShort((short) 0).putLong(count);
        flush(buffer, out, checksum);
        buffer.putInt((int) checksum.getValue());
        flush(buffer, out, checksum);
        return count;
    }

    private static void flush(ByteBuffer buffer, FileChannel out, CRC32C checksum) throws IOException {
        buffer.flip();
        checksum.update(buffer.duplicate());
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        buffer.clear();
    }

    // ---- reading

    /**
     * Puts the file's flows into a table that nobody uses yet.
     *
     * @param table      takes what fits
     * @param onEndpoint told of each flow's endpoint, of one in a row at least once
     * @return what was read, or null if there is no file
     * @throws IOException if it is not a flow file of this user, or not whole; the table is as it was
     */
    public Restored restore(FlowTable table, LongConsumer onEndpoint) throws IOException {
        try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            requireTrusted();
            long size = in.size();
            long most = HEAD_BYTES + TAIL_BYTES + (long) FlowTableConfig.MAX_FLOWS * 2 * FlowRecord.MAX_BYTES;
            if (size < HEAD_BYTES + TAIL_BYTES || size > most) {
                throw new IOException("it has " + size + " bytes, which no flow file has");
            }
            requireChecksum(in, size);
            return read(in, size, table, onEndpoint);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Whoever can write it could have packets of the kernel sent anywhere. */
    private void requireTrusted() throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        long owner = Integer.toUnsignedLong((Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        if (owner != 0 && owner != Syscalls.userId() || (mode & WRITABLE_BY_OTHERS) != 0) {
            throw new IOException("it belongs to another user, or others may write it (chmod 600)");
        }
    }

    private static void requireChecksum(FileChannel in, long size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.BIG_ENDIAN);
        CRC32C checksum = new CRC32C();
        long left = size - Integer.BYTES;
        in.position(0);
        while (left > 0) {
            buffer.clear().limit((int) Math.min(BUFFER_BYTES, left));
            fill(in, buffer);
            if (left == size - Integer.BYTES) {
                requireHead(buffer);
            }
            left -= buffer.limit();
            checksum.update(buffer.rewind());
        }
        buffer.clear().limit(Integer.BYTES);
        fill(in, buffer);
        if (buffer.getInt(0) != (int) checksum.getValue()) {
            throw new IOException("its checksum is wrong: it was cut or changed");
        }
    }

    private static void requireHead(ByteBuffer head) throws IOException {
        if (head.getLong(0) != MAGIC) {
            throw new IOException("it is not a flow file");
        }
        if (head.getInt(Long.BYTES) != VERSION) {
            throw new IOException("it is of format " + head.getInt(Long.BYTES) + ", this version reads " + VERSION);
        }
    }

    private static void fill(FileChannel in, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (in.read(buffer) < 0) {
                throw new IOException("it became shorter while it was read");
            }
        }
    }

    private static Restored read(FileChannel in, long size, FlowTable table, LongConsumer onEndpoint) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.BIG_ENDIAN);
        buffer.limit(HEAD_BYTES);
        in.position(0);
        fill(in, buffer);
        long ageMs = Math.max(0, System.currentTimeMillis() - buffer.getLong(Long.BYTES + Integer.BYTES));
        FlowRecord record = new FlowRecord();
        long flows = 0;
        long expired = 0;
        long left = size - HEAD_BYTES - TAIL_BYTES;
        buffer.limit(0).position(0);
        while (left > 0 || buffer.hasRemaining()) {
            if (buffer.remaining() < FlowRecord.MAX_BYTES && left > 0) {
                buffer.compact().limit((int) Math.min(BUFFER_BYTES, buffer.position() + left));
                left -= buffer.remaining();
                fill(in, buffer);
                buffer.flip();
            }
            if (!record.read(buffer)) {
                throw new IOException("it holds a flow that makes no sense, behind " + (flows + expired) + " others");
            }
            record.addAge(ageMs);
            if (table.restore(record, System.nanoTime())) {
                flows++;
                onEndpoint.accept(record.endpointId());
            } else {
                expired++;
            }
        }
        return new Restored(flows, expired, ageMs);
    }
}
