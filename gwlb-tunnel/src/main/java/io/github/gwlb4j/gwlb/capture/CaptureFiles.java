package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapFormatException;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.PcapReader;
import io.github.gwlb4j.pcap.PcapWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ring of files: FILE is written, FILE.1 is the one before it, and so on; the oldest gives way.
 *
 * <p>Belongs to one thread; the counters may be read from any. An I/O error ends the file at the last packet that is known to be
 * in it; what came after is counted as lost, as is what comes until a new file could be begun. A file without packets is begun anew
 * in its place, so that a disk that stays full does not push good captures out of the ring.
 */
final class CaptureFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureFiles.class);
    private static final long LOG_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);
    /** How much may be lost to an I/O error at a time; also how much a reader of the file may be behind under full load. */
    private static final int MAX_UNFLUSHED_BYTES = 1 << 20;
    private static final Set<StandardOpenOption> NEW_FILE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private final Path file;
    private final int maxFiles;
    private final int snapLength;
    private final long maxFileBytes;
    private final long retryNs;

    /** Null after an error, until a new file could be begun. */
    private PcapWriter writer;
    private FileChannel channel;
    private long flushedFileBytes;
    private long unflushedPackets;
    private long unflushedBytes;
    /** Whether FILE holds packets, so that it must not be overwritten. */
    private boolean isWorthKeeping;
    private long retryAtNs;
    private long loggedNs;
    private boolean isFailureLogged;
    private volatile long writtenPackets;
    private volatile long writtenBytes;
    private volatile long lostPackets;

    CaptureFiles(PacketCapture.Builder settings) {
        this.file = settings.file;
        this.maxFiles = settings.maxFiles;
        this.snapLength = settings.snapLength;
        this.maxFileBytes = settings.maxFileBytes;
        this.retryNs = settings.retryInterval.toNanos();
        this.loggedNs = System.nanoTime() - LOG_INTERVAL_NS;
    }

    /** The first file; the only call that throws, and then the message says what to do. */
    void open() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || Files.isDirectory(file)) {
            throw new IOException("capture file " + file + " is a directory: name a file in it");
        }
        if (!Files.isDirectory(directory)) {
            throw new IOException("capture directory " + directory + " is missing or no directory: create it (mkdir -p " + directory
                    + ") or choose another file");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("capture file " + file + " is a device or a pipe, captures go to regular files: choose another name");
        }
        if (!Files.isWritable(directory)) {
            throw new IOException("capture directory " + directory + " is not writable for user " + System.getProperty("user.name")
                    + ": chown or chmod it, or choose another file");
        }
        try {
            isWorthKeeping = holdsAnything(file);
            begin();
        } catch (IOException e) {
            closeQuietly();
            throw new IOException("cannot begin capture file " + file + " (" + reason(e) + "): make room or permissions in " + directory
                    + ", or choose another file", e);
        }
    }

    /** Anything but a capture without packets, such as a run without traffic leaves behind. */
    private static boolean holdsAnything(Path file) throws IOException {
        if (Files.notExists(file) || Files.size(file) == 0) {
            return false;
        }
        try (PcapReader reader = PcapReader.open(file)) {
            return reader.next(new PcapPacket());
        } catch (PcapFormatException e) {
            return true;
        }
    }

    /** Moves what is worth keeping out of the way and begins FILE. */
    private void begin() throws IOException {
        if (isWorthKeeping) {
            for (int i = maxFiles - 1; i > 0; i--) {
                if (Files.exists(numbered(i - 1))) {
                    Files.move(numbered(i - 1), numbered(i), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            isWorthKeeping = false;
        }
        // Never into what is there, which may be a link to elsewhere, or readable for everyone.
        Files.deleteIfExists(file);
        channel = FileChannel.open(file, NEW_FILE, permissions());
        writer = PcapWriter.builder().linkType(LinkType.RAW).snapLength(snapLength).maxFileBytes(maxFileBytes).open(channel);
        flushedFileBytes = 0;
        flushToFile(); // the header at once: it shows whether the disk takes anything
    }

    private Path numbered(int i) {
        return i == 0 ? file : file.resolveSibling(file.getFileName() + "." + i);
    }

    /** Captures hold other people's traffic: for the owner, and for the group of an IDS. */
    private FileAttribute<?>[] permissions() {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))}
                : new FileAttribute<?>[0];
    }

    /** Writes a packet that lies in two places, the arguments as {@link PcapWriter} has them, or counts it as lost. */
    void write(long timeNs, ByteBuffer head, int headLength, ByteBuffer body, int bodyAt, int bodyLength, int originalLength, byte[] comment) {
        if (writer == null && !isBegunAgain()) {
            lostPackets += 1;
            return;
        }
        try {
            if (!put(timeNs, head, headLength, body, bodyAt, bodyLength, originalLength, comment)) {
                next();
                put(timeNs, head, headLength, body, bodyAt, bodyLength, originalLength, comment);
            }
        } catch (IOException e) {
            lostPackets += 1;
            fail(e);
        }
        if (writer != null && writer.bytesWritten() - flushedFileBytes >= MAX_UNFLUSHED_BYTES) {
            flush();
        }
    }

    /** False if the file is full; after an exception the packet is not among the unflushed ones. */
    private boolean put(long timeNs, ByteBuffer head, int headLength, ByteBuffer body, int bodyAt, int bodyLength, int originalLength,
            byte[] comment) throws IOException {
        if (!writer.write(timeNs, head, 0, headLength, body, bodyAt, bodyLength, originalLength, comment)) {
            return false;
        }
        unflushedPackets++;
        unflushedBytes += headLength + bodyLength;
        return true;
    }

    private void next() throws IOException {
        flushToFile();
        writer.close();
        begin();
    }

    private boolean isBegunAgain() {
        if (System.nanoTime() - retryAtNs < 0) {
            return false;
        }
        try {
            begin();
        } catch (IOException e) {
            fail(e);
            return false;
        }
        if (isFailureLogged) {
            LOG.info("capturing to {} again; {} packets were lost to I/O errors so far", file, lostPackets);
            isFailureLogged = false;
        }
        return true;
    }

    /** Hands everything to the operating system, so that readers of the file see it. */
    void flush() {
        if (writer == null || writer.bytesWritten() == flushedFileBytes) {
            return;
        }
        try {
            flushToFile();
        } catch (IOException e) {
            fail(e);
        }
    }

    private void flushToFile() throws IOException {
        writer.flush();
        flushedFileBytes = writer.bytesWritten();
        writtenPackets += unflushedPackets;
        writtenBytes += unflushedBytes;
        isWorthKeeping |= unflushedPackets > 0;
        unflushedPackets = 0;
        unflushedBytes = 0;
    }

    private void fail(IOException e) {
        lostPackets += unflushedPackets;
        unflushedPackets = 0;
        unflushedBytes = 0;
        long nowNs = System.nanoTime();
        retryAtNs = nowNs + retryNs;
        closeQuietly();
        if (nowNs - loggedNs >= LOG_INTERVAL_NS) {
            LOG.warn("cannot write capture file {} ({}): packets are not captured ({} lost so far), the appliance goes on; trying again"
                    + " in {} ms: free disk space, or lower maxFileBytes or maxFiles", file, reason(e), lostPackets,
                    TimeUnit.NANOSECONDS.toMillis(retryNs));
            loggedNs = nowNs;
            isFailureLogged = true;
        }
    }

    /** Some file system exceptions have nothing but a path for a message. */
    private static String reason(IOException e) {
        return e instanceof FileSystemException failed && failed.getReason() == null ? e.toString() : e.getMessage();
    }

    /** Cuts a half-written packet off, so that the file reads without an error to its end. */
    private void closeQuietly() {
        try (FileChannel closing = channel) {
            if (closing != null && closing.isOpen()) {
                closing.truncate(flushedFileBytes);
            }
        } catch (IOException e) {
            LOG.debug("closing {}", file, e); // the error that led here has been told
        }
        writer = null;
        channel = null;
    }

    /** Flushes and closes FILE. */
    void close() {
        flush();
        closeQuietly();
    }

    long writtenPackets() {
        return writtenPackets;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    long lostPackets() {
        return lostPackets;
    }
}
