package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Read-only flyweight over the UDP header of an {@link IpPacket} (RFC 768).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  |            Length             |           Checksum            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class UdpHeader {
    /** Length of the header in bytes. */
    public static final int LENGTH = 8;

    static final int LENGTH_OFFSET = 4;
    static final int CHECKSUM_OFFSET = 6;

    private ByteBuffer buffer;
    private int offset;
    private int available;

    /** Makes a flyweight that wraps nothing yet. */
    public UdpHeader() {
    }

    /**
     * Lays this flyweight over a packet's UDP header.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return whether there is a whole one: UDP, not a later fragment, {@link IpPacket#transportStatus()} OK
     */
    public boolean wrap(IpPacket packet) {
        if (packet.protocol() != IpProtocol.UDP || packet.fragmentOffset() != 0 || packet.transportStatus() != PacketStatus.OK) {
            return false;
        }
        if (buffer != packet.buffer()) { // storing a reference costs a garbage collector's barrier
            buffer = packet.buffer();
        }
        offset = packet.transportOffset();
        available = packet.transportLength();
        return true;
    }

    /** Checks the length of a UDP packet that is not a later fragment. */
    static PacketStatus statusOf(IpPacket packet) {
        int available = packet.transportLength();
        if (available < LENGTH) {
            return PacketStatus.TRANSPORT_TRUNCATED;
        }
        int stated = Bytes.u16(packet.buffer(), packet.transportOffset() + LENGTH_OFFSET);
        // A first fragment states the length of the whole datagram.
        return stated < LENGTH || stated > available && !packet.hasMoreFragments()
                ? PacketStatus.UDP_LENGTH_WRONG : PacketStatus.OK;
    }

    /**
     * The source port.
     *
     * @return 0 to 65535
     */
    public int sourcePort() {
        return Bytes.u16(buffer, offset);
    }

    /**
     * The destination port.
     *
     * @return 0 to 65535
     */
    public int destinationPort() {
        return Bytes.u16(buffer, offset + 2);
    }

    /**
     * Length of header and data as the header states it.
     *
     * @return bytes, 8 to 65535
     */
    public int length() {
        return Bytes.u16(buffer, offset + LENGTH_OFFSET);
    }

    /**
     * The checksum as the packet carries it.
     *
     * @return 0 to 65535; 0: none was computed
     */
    public int checksum() {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /**
     * Where the data starts.
     *
     * @return absolute position in {@link IpPacket#buffer()}
     */
    public int payloadOffset() {
        return offset + LENGTH;
    }

    /**
     * Length of the data; in a first fragment, of what is there.
     *
     * @return bytes, 0 or more
     */
    public int payloadLength() {
        return Math.min(length(), available) - LENGTH;
    }
}
