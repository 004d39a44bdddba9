package io.github.gwlb4j.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads packet captures: pcap (both byte orders, micro- and nanoseconds) and pcapng (both byte orders, several sections and
 * interfaces), told apart by their first bytes. Not thread-safe.
 *
 * <p>Memory is bounded whatever a file claims: a window of 64 KiB that grows to 2 MiB at most, and no object for each packet.
 * Formats: <a href="https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html">draft-ietf-opsawg-pcap</a> and
 * <a href="https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html">draft-ietf-opsawg-pcapng</a>.
 */
public final class PcapReader extends DamageableSource {

    /** The records of one file format. */
    interface Records {
        /** As {@link PacketSource#next}, but after an exception it is not called again. */
        boolean next(PcapPacket packet) throws IOException;
    }

    private final CaptureInput in;
    private final Records records;

    private PcapReader(CaptureInput in) throws IOException {
        this.in = in;
        this.records = detect(in);
    }

    /**
     * Opens a capture file.
     *
     * @param path the file
     * @return the reader, to be closed by the caller
     * @throws PcapFormatException if the file is no capture, is empty, or its file header is damaged
     * @throws IOException if the file cannot be read
     */
    public static PcapReader open(Path path) throws IOException {
        InputStream in = Files.newInputStream(path);
        try {
            return open(in, path.toString());
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /**
     * Reads a capture from a stream, also one that is still being written to, such as a pipe from {@code tcpdump -U -w -}.
     *
     * @param in the bytes; closing the reader closes it
     * @param name for messages
     * @return the reader
     * @throws PcapFormatException if the stream holds no capture, is empty, or the file header is damaged
     * @throws IOException if the stream cannot be read
     */
    public static PcapReader open(InputStream in, String name) throws IOException {
        return new PcapReader(new CaptureInput(in, name));
    }

    /**
     * Reads a capture in memory, such as a mapped file. The packets' data are views of the buffer, without a copy.
     *
     * @param capture the bytes from position to limit, which do not change; they must stay as they are while they are read
     * @param name for messages
     * @return the reader
     * @throws PcapFormatException if the buffer holds no capture, is empty, or the file header is damaged
     * @throws IOException never, apart from PcapFormatException
     */
    public static PcapReader open(ByteBuffer capture, String name) throws IOException {
        return new PcapReader(new CaptureInput(capture, name));
    }

    private static Records detect(CaptureInput in) throws IOException {
        int there = in.fill(4);
        if (there == 0) {
            throw in.damaged("the file is empty: expected a pcap or pcapng capture");
        }
        if (there >= 2 && in.u16(0) == 0x8b1f) {
            throw in.damaged("the capture is gzip-compressed: gunzip it first");
        }
        if (there < 4) {
            throw in.damaged("not a capture: only " + there + " bytes, expected a pcap or pcapng file header");
        }
        if (in.i32(0) == PcapNgRecords.SECTION_HEADER) {
            return new PcapNgRecords(in);
        }
        if (ClassicRecords.hasMagic(in)) {
            return new ClassicRecords(in);
        }
        throw in.damaged(String.format("neither a pcap nor a pcapng capture: it starts with 0x%08x",
                Integer.reverseBytes(in.i32(0))));
    }

    @Override
    boolean read(PcapPacket packet) throws IOException {
        return records.next(packet);
    }

    @Override
    public String name() {
        return in.name();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
