package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Read-only flyweight over the TCP header of an {@link IpPacket} (RFC 9293, 3.1).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  |                        Sequence Number                        |
 *  |                    Acknowledgment Number                      |
 *  | Offset| Rsvd  |C E U A P R S F|            Window             |
 *  |           Checksum            |         Urgent Pointer        |
 *  |                           Options                             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class TcpHeader {
    /** Length in bytes of a header without options. */
    public static final int MIN_LENGTH = 20;
    /** Flag: no more data from the sender. */
    public static final int FIN = 0x01;
    /** Flag: synchronise sequence numbers. */
    public static final int SYN = 0x02;
    /** Flag: reset the connection. */
    public static final int RST = 0x04;
    /** Flag: push. */
    public static final int PSH = 0x08;
    /** Flag: the acknowledgment number counts. */
    public static final int ACK = 0x10;
    /** Flag: the urgent pointer counts. */
    public static final int URG = 0x20;
    /** Flag: ECN echo (RFC 3168). */
    public static final int ECE = 0x40;
    /** Flag: congestion window reduced (RFC 3168). */
    public static final int CWR = 0x80;

    /** Option kind: maximum segment size. */
    public static final int OPTION_MSS = 2;

    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;
    private static final int MSS_LENGTH = 4;
    private static final int NONE = -1;

    static final int SEQUENCE_OFFSET = 4;
    static final int ACKNOWLEDGMENT_OFFSET = 8;
    static final int DATA_OFFSET_OFFSET = 12;
    static final int FLAGS_OFFSET = 13;
    static final int WINDOW_OFFSET = 14;
    static final int CHECKSUM_OFFSET = 16;

    private ByteBuffer buffer;
    private int offset;
    private int available;

    /** Makes a flyweight that wraps nothing yet. */
    public TcpHeader() {
    }

    /**
     * Lays this flyweight over a packet's TCP header.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return whether there is a whole one: TCP, not a later fragment, {@link IpPacket#transportStatus()} OK
     */
    public boolean wrap(IpPacket packet) {
        if (packet.protocol() != IpProtocol.TCP || packet.fragmentOffset() != 0 || packet.transportStatus() != PacketStatus.OK) {
            return false;
        }
        if (buffer != packet.buffer()) { // storing a reference costs a garbage collector's barrier
            buffer = packet.buffer();
        }
        offset = packet.transportOffset();
        available = packet.transportLength();
        return true;
    }

    /** Checks the data offset of a TCP packet that is not a later fragment. */
    static PacketStatus statusOf(IpPacket packet) {
        int available = packet.transportLength();
        if (available < MIN_LENGTH) {
            return PacketStatus.TRANSPORT_TRUNCATED;
        }
        int headerLength = Bytes.u8(packet.buffer(), packet.transportOffset() + DATA_OFFSET_OFFSET) >>> 4 << 2;
        return headerLength < MIN_LENGTH || headerLength > available
                ? PacketStatus.TCP_DATA_OFFSET_WRONG : PacketStatus.OK;
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
     * The sequence number.
     *
     * @return 32 bits, to be compared modulo 2^32
     */
    public int sequenceNumber() {
        return Bytes.i32(buffer, offset + SEQUENCE_OFFSET);
    }

    /**
     * The acknowledgment number.
     *
     * @return 32 bits, to be compared modulo 2^32
     */
    public int acknowledgmentNumber() {
        return Bytes.i32(buffer, offset + ACKNOWLEDGMENT_OFFSET);
    }

    /**
     * Length of the header with its options.
     *
     * @return bytes, a multiple of 4 from 20 to 60
     */
    public int headerLength() {
        return Bytes.u8(buffer, offset + DATA_OFFSET_OFFSET) >>> 4 << 2;
    }

    /**
     * The eight flags.
     *
     * @return bits such as {@link #SYN}
     */
    public int flags() {
        return Bytes.u8(buffer, offset + FLAGS_OFFSET);
    }

    /**
     * Whether all of the given flags are set.
     *
     * @param flags bits such as {@link #SYN}
     * @return true if each is set, whatever the others
     */
    public boolean has(int flags) {
        return (flags() & flags) == flags;
    }

    /**
     * The window, not scaled.
     *
     * @return 0 to 65535
     */
    public int window() {
        return Bytes.u16(buffer, offset + WINDOW_OFFSET);
    }

    /**
     * The checksum as the packet carries it.
     *
     * @return 0 to 65535
     */
    public int checksum() {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /**
     * Finds an option; the first of its kind counts. The walk ends at the end of the option list, at the end of the header
     * and at an option whose length lies (RFC 9293, 3.1 and 3.2).
     *
     * @param kind 2 to 255, for example {@link #OPTION_MSS}
     * @return absolute position of the option's kind byte in {@link IpPacket#buffer()}, the whole option being in the header;
     *         -1 if there is none
     */
    public int findOption(int kind) {
        int at = offset + MIN_LENGTH;
        int end = offset + headerLength();
        while (at < end) {
            int found = Bytes.u8(buffer, at);
            if (found == OPTION_END) {
                return NONE;
            }
            if (found == OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? Bytes.u8(buffer, at + 1) : 0;
            if (length < 2 || at + length > end) {
                return NONE;
            }
            if (found == kind) {
                return at;
            }
            at += length;
        }
        return NONE;
    }

    /**
     * The maximum segment size option, which SYN segments carry (RFC 9293, 3.7.1).
     *
     * @return 0 to 65535, or -1 if there is none of the right length
     */
    public int maximumSegmentSize() {
        int at = findMss();
        return at == NONE ? NONE : Bytes.u16(buffer, at + 2);
    }

    /** Absolute position of an MSS option of the right length, or -1. */
    int findMss() {
        int at = findOption(OPTION_MSS);
        return at != NONE && Bytes.u8(buffer, at + 1) == MSS_LENGTH ? at : NONE;
    }

    /**
     * Where the data starts.
     *
     * @return absolute position in {@link IpPacket#buffer()}
     */
    public int payloadOffset() {
        return offset + headerLength();
    }

    /**
     * Length of the data; in a first fragment, of what is there.
     *
     * @return bytes, 0 or more
     */
    public int payloadLength() {
        return available - headerLength();
    }
}
