package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import io.github.gwlb4j.internal.EtherTypeWalk;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Read-only flyweight over an Ethernet frame without preamble and check sequence: addresses, VLAN tags (802.1Q, 802.1ad) and
 * where the network layer starts, also behind an IEEE 802.3 LLC/SNAP header.
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Destination address                      |
 *  |      Destination address      |        Source address         |
 *  |                         Source address                        |
 *  |  EtherType, or 0x8100, 0x88a8 and VLAN tag …  |  …  EtherType |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class EthernetFrame {
    /** Length in bytes of the header without VLAN tags. */
    public static final int HEADER_LENGTH = 14;
    /** EtherType of IPv4. */
    public static final int TYPE_IPV4 = 0x0800;
    /** EtherType of IPv6. */
    public static final int TYPE_IPV6 = 0x86dd;

    private static final int SOURCE_OFFSET = 6;
    private static final int TYPE_OFFSET = 12;

    private final EtherTypeWalk walk = new EtherTypeWalk();
    private ByteBuffer buffer;
    private int offset;
    private int end;

    /** Makes a flyweight that wraps nothing yet. */
    public EthernetFrame() {
    }

    /**
     * Lays this flyweight over a frame and walks its tags.
     *
     * @param buffer      holds the frame; its byte order does not matter
     * @param offset      absolute position of the destination address
     * @param lengthBytes bytes available from there
     * @return {@link PacketStatus#OK} if there is an IPv4 or IPv6 payload, {@link PacketStatus#NOT_IP} for another one,
     *         {@link PacketStatus#ETHERNET_TRUNCATED}; after the last nothing else may be called
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit: a mistake of the caller, never of a sender
     */
    public PacketStatus wrap(ByteBuffer buffer, int offset, int lengthBytes) {
        Objects.checkFromIndexSize(offset, lengthBytes, buffer.limit());
        if (this.buffer != buffer) { // storing a reference costs a garbage collector's barrier
            this.buffer = buffer;
        }
        this.offset = offset;
        this.end = offset + lengthBytes;
        walk.reset();
        if (lengthBytes < HEADER_LENGTH) {
            return PacketStatus.ETHERNET_TRUNCATED;
        }
        switch (walk.walk(buffer, Bytes.u16(buffer, offset + TYPE_OFFSET), offset + HEADER_LENGTH, end)) {
            case FOUND: return isIp() ? PacketStatus.OK : PacketStatus.NOT_IP;
            case TRUNCATED: return PacketStatus.ETHERNET_TRUNCATED;
            default: return PacketStatus.NOT_IP;
        }
    }

    private boolean isIp() {
        return walk.etherType == TYPE_IPV4 || walk.etherType == TYPE_IPV6;
    }

    /**
     * The destination address.
     *
     * @return 48 bits, the first octet on top
     */
    public long destinationAddress() {
        return Bytes.i64(buffer, offset) >>> 16;
    }

    /**
     * The source address.
     *
     * @return 48 bits, the first octet on top
     */
    public long sourceAddress() {
        return Bytes.i64(buffer, offset + SOURCE_OFFSET - 2) & 0xffff_ffff_ffffL;
    }

    /**
     * The EtherType of the payload, behind all tags.
     *
     * @return 0 to 65535; 0 if there is none (IEEE 802.3 with LLC other than SNAP)
     */
    public int etherType() {
        return walk.etherType;
    }

    /**
     * How many VLAN tags the frame has.
     *
     * @return 0 if untagged
     */
    public int vlanTags() {
        return walk.vlanTags;
    }

    /**
     * The VLAN identifier of the outermost tag.
     *
     * @return 0 to 4095; 0 if untagged
     */
    public int vlanId() {
        return walk.vlanId;
    }

    /**
     * Where the payload starts.
     *
     * @return absolute position in the buffer; meaningful if {@link #etherType()} is not 0
     */
    public int payloadOffset() {
        return walk.networkOffset;
    }

    /**
     * Length of the payload, padding included.
     *
     * @return bytes, 0 or more; meaningful if {@link #etherType()} is not 0
     */
    public int payloadLength() {
        return end - walk.networkOffset;
    }
}
