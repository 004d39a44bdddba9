package io.github.gwlb4j.tun.offload;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.github.gwlb4j.linux.CStructs;
import io.github.gwlb4j.tun.TunOffload;

/**
 * The virtio_net header in front of each frame (linux/virtio_net.h), legacy form, in the machine's byte order whatever the
 * buffer's order is. Stateless; positions are absolute offsets of the header's first byte.
 *
 * <pre>
 *   byte  0      1         2        4         6           8
 *        +------+---------+--------+---------+-----------+------------+
 *        |flags |gso_type |hdr_len |gso_size |csum_start |csum_offset |
 *        +------+---------+--------+---------+-----------+------------+
 * </pre>
 */
public final class VnetHeader {

    /** Size of the header in bytes. */
    public static final int LENGTH = TunOffload.VNET_HEADER_BYTES;

    /** Flag: the checksum field holds the pseudo-header's sum only; to be finished over csum_start to the end. */
    public static final int FLAG_NEEDS_CSUM = 1;

    /** Not a super-packet. */
    public static final int GSO_NONE = 0;
    /** TCP over IPv4. */
    public static final int GSO_TCPV4 = 1;
    /** TCP over IPv6. */
    public static final int GSO_TCPV6 = 4;
    /** UDP, each segment a datagram of its own (Linux 6.2). */
    public static final int GSO_UDP_L4 = 5;
    /** Bit beside a TCP type: the first segment carries CWR. */
    public static final int GSO_ECN = 0x80;

    private static final VarHandle U16 = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.nativeOrder());

    private VnetHeader() {
    }

    private static int u16(ByteBuffer buffer, int offset) {
        return Short.toUnsignedInt((short) U16.get(buffer, offset));
    }

    /**
     * The flags.
     *
     * @param buffer where
     * @param header offset of the header
     * @return {@link #FLAG_NEEDS_CSUM} and others
     */
    public static int flags(ByteBuffer buffer, int header) {
        return Byte.toUnsignedInt(buffer.get(header + CStructs.VNET_FLAGS));
    }

    /**
     * The kind of super-packet.
     *
     * @param buffer where
     * @param header offset of the header
     * @return one of the GSO_ constants
     */
    public static int gsoType(ByteBuffer buffer, int header) {
        return Byte.toUnsignedInt(buffer.get(header + CStructs.VNET_GSO_TYPE));
    }

    /**
     * Payload of each segment but the last.
     *
     * @param buffer where
     * @param header offset of the header
     * @return bytes
     */
    public static int gsoSize(ByteBuffer buffer, int header) {
        return u16(buffer, header + CStructs.VNET_GSO_SIZE);
    }

    /**
     * Where checksumming starts, which is where the TCP or UDP header starts.
     *
     * @param buffer where
     * @param header offset of the header
     * @return bytes from the start of the IP packet
     */
    public static int csumStart(ByteBuffer buffer, int header) {
        return u16(buffer, header + CStructs.VNET_CSUM_START);
    }

    /**
     * Where the checksum field is.
     *
     * @param buffer where
     * @param header offset of the header
     * @return bytes from {@link #csumStart(ByteBuffer, int)}
     */
    public static int csumOffset(ByteBuffer buffer, int header) {
        return u16(buffer, header + CStructs.VNET_CSUM_OFFSET);
    }

    /**
     * Writes the header of a packet that is complete as it is: all zero.
     *
     * @param buffer where
     * @param header offset of the header
     */
    public static void putPlain(ByteBuffer buffer, int header) {
        buffer.putLong(header, 0);
        buffer.putShort(header + 8, (short) 0);
    }

    /**
     * Writes the header of a super-packet.
     *
     * @param buffer       where
     * @param header       offset of the header
     * @param gsoType      one of the GSO_ constants
     * @param headersBytes length of the IP and TCP or UDP headers
     * @param gsoSize      payload of each segment but the last, bytes
     * @param csumStart    where the TCP or UDP header starts, from the start of the IP packet
     * @param csumOffset   where its checksum field is, from csumStart
     */
    public static void putSuperPacket(ByteBuffer buffer, int header, int gsoType, int headersBytes, int gsoSize, int csumStart,
            int csumOffset) {
        buffer.put(header + CStructs.VNET_FLAGS, (byte) FLAG_NEEDS_CSUM);
        buffer.put(header + CStructs.VNET_GSO_TYPE, (byte) gsoType);
        U16.set(buffer, header + CStructs.VNET_HDR_LEN, (short) headersBytes);
        U16.set(buffer, header + CStructs.VNET_GSO_SIZE, (short) gsoSize);
        U16.set(buffer, header + CStructs.VNET_CSUM_START, (short) csumStart);
        U16.set(buffer, header + CStructs.VNET_CSUM_OFFSET, (short) csumOffset);
    }
}
