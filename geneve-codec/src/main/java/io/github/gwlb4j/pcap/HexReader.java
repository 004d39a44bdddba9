package io.github.gwlb4j.pcap;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads packets from text: one packet a line, as pairs of hex digits. Not thread-safe.
 *
 * <p>White space between digits is ignored, so are empty lines. {@code #} starts a comment up to the end of the line; comment
 * lines above a packet become its {@link PcapPacket#comment}. There are no timestamps.
 */
public final class HexReader extends DamageableSource {

    private static final int MAX_COMMENT_BYTES = 4096;
    private static final int END = -1;

    private final InputStream in;
    private final String name;
    private final StartLayer start;
    private final StartLayerGuess guess;
    /** One char for each byte, decoded when it is complete. */
    private final StringBuilder comment = new StringBuilder();
    private byte[] bytes = new byte[2048];
    private ByteBuffer view = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    private int length;
    private long offset;
    private long lineOffset;
    private long line;
    private long frames;

    private HexReader(InputStream in, String name, StartLayer start, StartLayerGuess guess) {
        this.in = in;
        this.name = name;
        this.start = start;
        this.guess = guess;
    }

    /**
     * Opens a hex dump.
     *
     * @param path the file
     * @param start the layer at which each packet starts
     * @param udpPort the UDP destination port that {@link StartLayer#AUTO} expects, 0 to 65535; not used otherwise
     * @return the reader, to be closed by the caller
     * @throws IOException if the file cannot be read
     */
    public static HexReader open(Path path, StartLayer start, int udpPort) throws IOException {
        StartLayerGuess guess = new StartLayerGuess(udpPort);
        InputStream in = new BufferedInputStream(Files.newInputStream(path));
        return new HexReader(in, path.toString(), start, guess);
    }

    /**
     * Reads a hex dump from a stream.
     *
     * @param in text, comments in UTF-8
     * @param name for messages
     * @param start the layer at which each packet starts
     * @param udpPort the UDP destination port that {@link StartLayer#AUTO} expects, 0 to 65535; not used otherwise
     * @return the reader; closing it closes the stream
     */
    public static HexReader open(InputStream in, String name, StartLayer start, int udpPort) {
        InputStream buffered = in instanceof BufferedInputStream ? in : new BufferedInputStream(in);
        return new HexReader(buffered, name, start, new StartLayerGuess(udpPort));
    }

    /** Whether the first four bytes of a file can be those of a hex dump; a pcapng file starts with line ends. */
    static boolean canStartWith(byte[] firstFour) {
        if (firstFour.length == 0 || Arrays.equals(firstFour, new byte[] {0x0a, 0x0d, 0x0d, 0x0a})) {
            return false;
        }
        for (byte b : firstFour) {
            if (b == '#') {
                return true;
            }
            if (!isSpace(b) && Character.digit(b, 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    @Override
    boolean read(PcapPacket packet) throws IOException {
        comment.setLength(0);
        while (readLine()) {
            if (length > 0) {
                fill(packet);
                return true;
            }
        }
        return false;
    }

    private void fill(PcapPacket packet) throws PcapFormatException {
        int linkType = start.linkType();
        if (start == StartLayer.AUTO) {
            StartLayer guessed = guess.of(view, length);
            if (guessed == StartLayer.AUTO) {
                throw damaged("cannot tell at which layer this packet of " + length
                        + " bytes starts: name it (ETHERNET, SLL, IP, UDP or GENEVE); guessing expects UDP port "
                        + guess.udpPort());
            }
            linkType = guessed.linkType();
        }
        packet.frame(++frames, linkType).time(0, false).data(view, 0, length, length);
        packet.comment(comment.isEmpty() ? null
                : new String(comment.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    /** Reads one line into {@link #bytes}; false at the end of the text. */
    private boolean readLine() throws IOException {
        length = 0;
        line++;
        lineOffset = offset;
        int high = -1;
        int c;
        while ((c = read()) != '\n' && c != END && c != '#') {
            if (isSpace(c)) {
                continue;
            }
            int digit = Character.digit(c, 16);
            if (digit < 0) {
                throw damaged(String.format("expected hex digits, found 0x%02x in column %d", c, offset - lineOffset));
            }
            if (high < 0) {
                high = digit;
            } else {
                append(high << 4 | digit);
                high = -1;
            }
        }
        if (high >= 0) {
            throw damaged("odd number of hex digits");
        }
        if (c == '#') {
            c = readComment(length == 0);
        }
        return c != END || length > 0;
    }

    private int readComment(boolean keep) throws IOException {
        int from = comment.length();
        int c;
        while ((c = read()) != '\n' && c != END) {
            boolean indent = c == ' ' && comment.length() == from;
            if (!keep || indent || c == '\r' || comment.length() >= MAX_COMMENT_BYTES) {
                continue;
            }
            if (comment.length() == from && from > 0) {
                comment.append('\n');
            }
            comment.append((char) c);
        }
        return c;
    }

    private int read() throws IOException {
        int c = in.read();
        if (c != END) {
            offset++;
        }
        return c;
    }

    private void append(int octet) throws PcapFormatException {
        if (length == MAX_PACKET_BYTES) {
            throw damaged("more than " + MAX_PACKET_BYTES + " bytes in one packet");
        }
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
            view = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        }
        bytes[length++] = (byte) octet;
    }

    private PcapFormatException damaged(String problem) {
        return new PcapFormatException(name, lineOffset, "line " + line + ": " + problem);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
