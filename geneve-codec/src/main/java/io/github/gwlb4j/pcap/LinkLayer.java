package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.internal.Bytes.i32;
import static io.github.gwlb4j.internal.Bytes.u16;
import static io.github.gwlb4j.internal.Bytes.u8;

import io.github.gwlb4j.internal.EtherTypeWalk;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Finds the network layer in a captured frame: a flyweight that is filled by {@link #parse} and reused. Not thread-safe.
 * Allocates nothing and throws nothing on any content of a frame.
 */
public final class LinkLayer {

    /** EtherType of IPv4. */
    public static final int ETHERTYPE_IPV4 = 0x0800;
    /** EtherType of IPv6. */
    public static final int ETHERTYPE_IPV6 = 0x86dd;

    /** The outcome of {@link LinkLayer#parse}. */
    public enum Status {
        /** The network layer was found. */
        OK,
        /** The bytes end inside the link-layer header. */
        TRUNCATED,
        /** The frame names no EtherType: IEEE 802.3 with LLC other than SNAP, or an address family other than IP. */
        NO_ETHERTYPE,
        /** The link type is none of {@link LinkType}, or one without a network layer. */
        UNSUPPORTED_LINK_TYPE
    }

    private static final int ETHERNET_HEADER = 14;
    private static final int SLL_HEADER = 16;
    private static final int SLL2_HEADER = 20;

    private final EtherTypeWalk walk = new EtherTypeWalk();

    /** A flyweight without a frame. */
    public LinkLayer() {
    }

    /**
     * Walks the link-layer header, with any number of 802.1Q and 802.1ad VLAN tags.
     *
     * @param linkType as in {@link LinkType}
     * @param frame holds the frame; position, limit and byte order do not matter and do not change
     * @param offset index of the frame's first byte
     * @param length captured bytes of the frame
     * @return {@link Status#OK}, or why the network layer was not found; the accessors are then 0
     * @throws IndexOutOfBoundsException if the region is not inside the buffer
     */
    public Status parse(int linkType, ByteBuffer frame, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, frame.limit());
        reset();
        Status status = find(linkType, frame, offset, offset + length);
        if (status != Status.OK) {
            reset();
        }
        return status;
    }

    private Status find(int linkType, ByteBuffer frame, int offset, int end) {
        return switch (linkType) {
            case LinkType.ETHERNET -> typed(frame, offset + 12, offset + ETHERNET_HEADER, end);
            case LinkType.LINUX_SLL -> typed(frame, offset + 14, offset + SLL_HEADER, end);
            case LinkType.LINUX_SLL2 -> typed(frame, offset, offset + SLL2_HEADER, end);
            case LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD -> rawIp(frame, offset, end);
            case LinkType.IPV4 -> found(offset, ETHERTYPE_IPV4);
            case LinkType.IPV6 -> found(offset, ETHERTYPE_IPV6);
            case LinkType.NULL, LinkType.LOOP -> loopback(frame, offset, end);
            default -> Status.UNSUPPORTED_LINK_TYPE;
        };
    }

    /** Sets all fields to 0. */
    void reset() {
        walk.reset();
    }

    /** Headers that carry an EtherType field, which VLAN tags and an LLC/SNAP header may follow. */
    private Status typed(ByteBuffer frame, int typeIndex, int headerEnd, int end) {
        if (headerEnd > end) {
            return Status.TRUNCATED;
        }
        return switch (walk.walk(frame, u16(frame, typeIndex), headerEnd, end)) {
            case FOUND -> Status.OK;
            case TRUNCATED -> Status.TRUNCATED;
            case NO_ETHERTYPE -> Status.NO_ETHERTYPE;
        };
    }

    private Status rawIp(ByteBuffer frame, int offset, int end) {
        if (offset == end) {
            return Status.TRUNCATED;
        }
        return switch (u8(frame, offset) >>> 4) {
            case 4 -> found(offset, ETHERTYPE_IPV4);
            case 6 -> found(offset, ETHERTYPE_IPV6);
            default -> Status.NO_ETHERTYPE;
        };
    }

    /** The address family is in the byte order of the capturing host (LOOP: in network order); families are below 65536. */
    private Status loopback(ByteBuffer frame, int offset, int end) {
        if (offset + 4 > end) {
            return Status.TRUNCATED;
        }
        int family = i32(frame, offset);
        if ((family & 0xffff) == 0) {
            family = Integer.reverseBytes(family);
        }
        return switch (family) {
            case 2 -> found(offset + 4, ETHERTYPE_IPV4);
            // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
            case 10, 24, 28, 30 -> found(offset + 4, ETHERTYPE_IPV6);
            default -> Status.NO_ETHERTYPE;
        };
    }

    private Status found(int offset, int type) {
        walk.networkOffset = offset;
        walk.etherType = type;
        return Status.OK;
    }

    /**
     * Where the network layer starts.
     *
     * @return index in the buffer given to {@link #parse}; it may equal the frame's end
     */
    public int networkOffset() {
        return walk.networkOffset;
    }

    /**
     * The protocol of the network layer.
     *
     * @return EtherType, 0 to 65535, such as {@link #ETHERTYPE_IPV4}
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
}
