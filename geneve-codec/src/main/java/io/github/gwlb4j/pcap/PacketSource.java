package io.github.gwlb4j.pcap;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Packets, one after the other, from a capture file or a hex dump. Not thread-safe.
 *
 * <pre>{@code
 * PcapPacket packet = new PcapPacket();
 * OuterUdp outer = new OuterUdp();
 * try (PacketSource source = PacketSource.open(path, 6081)) {
 *     while (source.next(packet)) {
 *         if (outer.parse(packet) == DatagramStatus.OK && outer.destinationPort() == 6081) {
 *             System.out.println(outer.payloadLength() + " bytes of GENEVE at " + outer.payloadOffset());
 *         }
 *     }
 * }
 * }</pre>
 */
public interface PacketSource extends Closeable {

    /** The most bytes that one packet can have; a longer one is reported as a damaged file. */
    int MAX_PACKET_BYTES = 1 << 20;

    /**
     * Moves on to the next packet.
     *
     * @param packet is filled in; its data stay valid until the next call
     * @return false at the end of the packets; {@code packet} is then empty
     * @throws PcapFormatException if the content is damaged or ends inside a packet; every later call throws it again
     * @throws IOException if reading fails
     */
    boolean next(PcapPacket packet) throws IOException;

    /**
     * Where the packets come from, for messages.
     *
     * @return the file name, or the name given when the source was opened
     */
    String name();

    /**
     * Opens a capture (pcap or pcapng) or a hex dump, told apart by content and never by the file's name.
     *
     * @param path the file
     * @param udpPort the UDP destination port that a packet of a hex dump must have, 0 to 65535: the dump does not say
     *     where its packets start, so each is tried as {@link StartLayer#AUTO} tells
     * @return the source, to be closed by the caller; closing it closes the file
     * @throws PcapFormatException if the file is neither
     * @throws IOException if the file cannot be read
     */
    static PacketSource open(Path path, int udpPort) throws IOException {
        String name = path.toString();
        InputStream in = Files.newInputStream(path);
        try {
            return open(in, name, udpPort);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /**
     * Like {@link #open(Path, int)}, from a stream such as standard input.
     *
     * @param in the bytes; closing the source closes it
     * @param name for messages
     * @param udpPort as in {@link #open(Path, int)}
     * @return the source
     * @throws PcapFormatException if the stream holds neither a capture nor a hex dump
     * @throws IOException if the stream cannot be read
     */
    static PacketSource open(InputStream in, String name, int udpPort) throws IOException {
        InputStream buffered = new BufferedInputStream(in);
        buffered.mark(4);
        byte[] start = buffered.readNBytes(4);
        buffered.reset();
        return HexReader.canStartWith(start)
                ? HexReader.open(buffered, name, StartLayer.AUTO, udpPort)
                : PcapReader.open(buffered, name);
    }
}
