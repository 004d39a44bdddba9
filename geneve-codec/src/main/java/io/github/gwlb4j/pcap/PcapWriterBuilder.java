package io.github.gwlb4j.pcap;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** The settings of a {@link PcapWriter}; it may open several. Not thread-safe. */
public final class PcapWriterBuilder {

    private static final int MIN_BUFFER_BYTES = 4096;
    private static final int MAX_BUFFER_BYTES = 64 << 20;

    PcapWriter.Format format = PcapWriter.Format.PCAPNG;
    int linkType = LinkType.ETHERNET;
    int snapLength = 256 * 1024;
    int bufferBytes = 256 * 1024;
    long maxFileBytes = Long.MAX_VALUE;
    String application = "gwlb4j";
    String interfaceName = "";

    PcapWriterBuilder() {
    }

    /**
     * The file format.
     *
     * @param format default {@link PcapWriter.Format#PCAPNG}
     * @return this
     */
    public PcapWriterBuilder format(PcapWriter.Format format) {
        this.format = Objects.requireNonNull(format, "format");
        return this;
    }

    /**
     * At which layer the packets start.
     *
     * @param linkType a registered link type, 0 to 65535, see {@link LinkType}; default {@link LinkType#ETHERNET}
     * @return this
     */
    public PcapWriterBuilder linkType(int linkType) {
        this.linkType = (int) inRange("linkType", linkType, 0, 0xffff);
        return this;
    }

    /**
     * How much of each packet is stored.
     *
     * @param bytes 1 to {@link PacketSource#MAX_PACKET_BYTES}; default 262144, which is every packet whole
     * @return this
     */
    public PcapWriterBuilder snapLength(int bytes) {
        this.snapLength = (int) inRange("snapLength", bytes, 1, PacketSource.MAX_PACKET_BYTES);
        return this;
    }

    /**
     * The size of the direct buffer; a packet may be larger.
     *
     * @param bytes 4096 to 67108864; default 262144
     * @return this
     */
    public PcapWriterBuilder bufferBytes(int bytes) {
        this.bufferBytes = (int) inRange("bufferBytes", bytes, MIN_BUFFER_BYTES, MAX_BUFFER_BYTES);
        return this;
    }

    /**
     * How large the file may grow; packets beyond that are refused, see {@link PcapWriter#packetsRefused}.
     *
     * @param bytes at least 4096; default without limit
     * @return this
     */
    public PcapWriterBuilder maxFileBytes(long bytes) {
        this.maxFileBytes = inRange("maxFileBytes", bytes, MIN_BUFFER_BYTES, Long.MAX_VALUE);
        return this;
    }

    /**
     * The name of the program, stored by pcapng.
     *
     * @param application at most 1000 characters; default {@code gwlb4j}
     * @return this
     */
    public PcapWriterBuilder application(String application) {
        inRange("length of application", application.length(), 0, 1000);
        this.application = application;
        return this;
    }

    /**
     * The name of what was captured, stored by pcapng.
     *
     * @param interfaceName at most 100 characters, such as {@code gwi-0123}; default empty, which is none
     * @return this
     */
    public PcapWriterBuilder interfaceName(String interfaceName) {
        inRange("length of interfaceName", interfaceName.length(), 0, 100);
        this.interfaceName = interfaceName;
        return this;
    }

    private static long inRange(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not in " + min + " to " + max);
        }
        return value;
    }

    /**
     * Creates the file, or empties it if it exists.
     *
     * @param path the file
     * @return the writer, to be closed by the caller
     * @throws IOException if the file cannot be written
     */
    public PcapWriter open(Path path) throws IOException {
        return open(Files.newByteChannel(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE));
    }

    /**
     * Writes to a channel.
     *
     * @param channel in blocking mode; closed with the writer
     * @return the writer, to be closed by the caller
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the channel does not block
     */
    public PcapWriter open(WritableByteChannel channel) throws IOException {
        if (channel instanceof SelectableChannel selectable && !selectable.isBlocking()) {
            throw new IllegalArgumentException("the channel is in non-blocking mode: configureBlocking(true) first");
        }
        return new PcapWriter(this, channel);
    }
}
