package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Read-only flyweight over the ICMP (RFC 792) or ICMPv6 (RFC 4443) header of an {@link IpPacket}.
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |           Checksum            |
 *  |    Identifier (queries)       |   Sequence number (queries)   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class IcmpHeader {
    /** Length of the header in bytes. */
    public static final int LENGTH = 8;
    /** ICMP type: echo reply. */
    public static final int ECHO_REPLY = 0;
    /** ICMP type: destination unreachable. */
    public static final int DESTINATION_UNREACHABLE = 3;
    /** ICMP type: source quench (deprecated by RFC 6633, still an error message). */
    public static final int SOURCE_QUENCH = 4;
    /** ICMP type: redirect. */
    public static final int REDIRECT = 5;
    /** ICMP type: echo request. */
    public static final int ECHO_REQUEST = 8;
    /** ICMP type: time exceeded. */
    public static final int TIME_EXCEEDED = 11;
    /** ICMP type: parameter problem. */
    public static final int PARAMETER_PROBLEM = 12;
    /** ICMPv6 type: echo request. */
    public static final int V6_ECHO_REQUEST = 128;
    /** ICMPv6 type: echo reply. */
    public static final int V6_ECHO_REPLY = 129;

    static final int CHECKSUM_OFFSET = 2;
    static final int IDENTIFIER_OFFSET = 4;
    private static final int TIMESTAMP = 13;
    private static final int ADDRESS_MASK_REPLY = 18;
    private static final int EXTENDED_ECHO_REQUEST = 42;
    private static final int EXTENDED_ECHO_REPLY = 43;
    private static final int V6_EXTENDED_ECHO_REQUEST = 160;
    private static final int V6_EXTENDED_ECHO_REPLY = 161;

    private ByteBuffer buffer;
    private int offset;
    private int version;

    /** Makes a flyweight that wraps nothing yet. */
    public IcmpHeader() {
    }

    /**
     * Lays this flyweight over a packet's ICMP header.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @return whether there is one: {@link IpPacket#hasIcmpHeader()}
     */
    public boolean wrap(IpPacket packet) {
        if (!packet.hasIcmpHeader()) {
            return false;
        }
        if (buffer != packet.buffer()) { // storing a reference costs a garbage collector's barrier
            buffer = packet.buffer();
        }
        offset = packet.transportOffset();
        version = packet.version();
        return true;
    }

    static boolean isError(int type) {
        switch (type) {
            case DESTINATION_UNREACHABLE:
            case SOURCE_QUENCH:
            case REDIRECT:
            case TIME_EXCEEDED:
            case PARAMETER_PROBLEM:
                return true;
            default:
                return false;
        }
    }

    /** RFC 4443, 2.1: the high bit is clear in error messages; of those, 1 to 4 are defined. */
    static boolean isIcmpv6Error(int type) {
        return type >= 1 && type <= 4;
    }

    /** Echo, extended echo (RFC 8335), timestamp, information and address mask requests and replies carry an identifier. */
    static boolean hasIdentifier(int version, int type) {
        if (version == 4) {
            return type == ECHO_REQUEST || type == ECHO_REPLY || type >= TIMESTAMP && type <= ADDRESS_MASK_REPLY
                    || type == EXTENDED_ECHO_REQUEST || type == EXTENDED_ECHO_REPLY;
        }
        return type == V6_ECHO_REQUEST || type == V6_ECHO_REPLY
                || type == V6_EXTENDED_ECHO_REQUEST || type == V6_EXTENDED_ECHO_REPLY;
    }

    /** The identifier of a packet, without a flyweight of its own; 0 if the packet is no ICMP query. */
    static int identifierOf(IpPacket packet) {
        if (!packet.hasIcmpHeader()) {
            return 0;
        }
        int type = Bytes.u8(packet.buffer(), packet.transportOffset());
        return hasIdentifier(packet.version(), type) ? Bytes.u16(packet.buffer(), packet.transportOffset() + IDENTIFIER_OFFSET) : 0;
    }

    /**
     * The type.
     *
     * @return 0 to 255
     */
    public int type() {
        return Bytes.u8(buffer, offset);
    }

    /**
     * The code.
     *
     * @return 0 to 255
     */
    public int code() {
        return Bytes.u8(buffer, offset + 1);
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
     * Whether this is a query or reply with an identifier, such as echo.
     *
     * @return true if {@link #identifier()} means something
     */
    public boolean hasIdentifier() {
        return hasIdentifier(version, type());
    }

    /**
     * The identifier of a query: it ties a reply to its request.
     *
     * @return 0 to 65535
     */
    public int identifier() {
        return Bytes.u16(buffer, offset + IDENTIFIER_OFFSET);
    }

    /**
     * The sequence number of a query.
     *
     * @return 0 to 65535
     */
    public int sequenceNumber() {
        return Bytes.u16(buffer, offset + IDENTIFIER_OFFSET + 2);
    }
}
