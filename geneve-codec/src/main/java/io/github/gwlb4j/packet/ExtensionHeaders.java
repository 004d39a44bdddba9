package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * The walk over the extension headers of one IPv6 packet (RFC 8200, 4), the second half of {@link IpPacket}. A reused
 * flyweight, not thread-safe; allocates nothing.
 */
final class ExtensionHeaders {
    private static final int SHORTEST_LENGTH = 8;
    private static final int FRAGMENT_HEADER_LENGTH = 8;
    private static final int ADDRESS_LENGTH = 16;
    private static final int ROUTING_SOURCE_ROUTE = 0;
    private static final int ROUTING_MOBILE = 2;
    private static final int ROUTING_SEGMENTS = 4;
    private static final int NONE = -1;

    /** The protocol behind the walk. */
    int protocol;
    /** Absolute position behind the walk. */
    int transportOffset;
    /** Absolute position of the fragment header that counts; -1 if there is none. */
    int fragmentHeaderOffset = NONE;
    int fragmentProtocol;
    int fragmentOffset;
    boolean moreFragments;
    /** A routing header is not finished: the destination in the IP header is not the one that checksums cover. */
    boolean hasSegmentsLeft;
    /** Absolute position of the final destination in the routing header; -1 if the IP header has it. */
    int finalDestinationOffset = NONE;

    void reset() {
        fragmentHeaderOffset = NONE;
        fragmentProtocol = 0;
        fragmentOffset = 0;
        moreFragments = false;
        hasSegmentsLeft = false;
        finalDestinationOffset = NONE;
    }

    static boolean isExtensionHeader(int protocol) {
        switch (protocol) {
            case IpProtocol.HOP_BY_HOP:
            case IpProtocol.ROUTING:
            case IpProtocol.FRAGMENT:
            case IpProtocol.AUTHENTICATION:
            case IpProtocol.DESTINATION_OPTIONS:
            case IpProtocol.MOBILITY:
            case IpProtocol.HOST_IDENTITY:
            case IpProtocol.SHIM6:
                return true;
            default:
                return false;
        }
    }

    /**
     * Walks from behind the IPv6 header to the transport header, or to the data of a later fragment.
     *
     * @param first the IPv6 header's next header
     * @param at    absolute position behind the IPv6 header
     * @param end   absolute position behind the packet
     */
    PacketStatus walk(ByteBuffer buffer, int first, int at, int end) {
        protocol = first;
        transportOffset = at;
        for (int count = 0; isExtensionHeader(protocol); count++) {
            if (count == IpPacket.MAX_EXTENSION_HEADERS) {
                return PacketStatus.EXTENSION_HEADERS_TOO_MANY;
            }
            if (transportOffset + SHORTEST_LENGTH > end) {
                return PacketStatus.EXTENSION_HEADER_TRUNCATED;
            }
            int length = lengthOf(buffer);
            if (transportOffset + length > end) {
                return PacketStatus.EXTENSION_HEADER_TRUNCATED;
            }
            int next = Bytes.u8(buffer, transportOffset);
            if (protocol == IpProtocol.FRAGMENT && !moreFragments) { // one inside another's data cannot hide the outer one
                readFragmentHeader(buffer, next);
            } else if (protocol == IpProtocol.ROUTING) {
                readRoutingHeader(buffer, length);
            }
            protocol = next;
            transportOffset += length;
            if (fragmentOffset != 0) {
                return PacketStatus.OK; // what follows is the middle of something, not a header
            }
        }
        return PacketStatus.OK;
    }

    private int lengthOf(ByteBuffer buffer) {
        if (protocol == IpProtocol.FRAGMENT) {
            return FRAGMENT_HEADER_LENGTH;
        }
        int length = Bytes.u8(buffer, transportOffset + 1);
        return protocol == IpProtocol.AUTHENTICATION ? length + 2 << 2 : length + 1 << 3;
    }

    private void readFragmentHeader(ByteBuffer buffer, int next) {
        int fragment = Bytes.u16(buffer, transportOffset + 2);
        fragmentHeaderOffset = transportOffset;
        fragmentOffset = fragment & 0xfff8;
        moreFragments = (fragment & 1) != 0;
        fragmentProtocol = next;
    }

    /** Finds the final destination: the one that transport checksums cover (RFC 8200, 8.1). */
    private void readRoutingHeader(ByteBuffer buffer, int length) {
        if (Bytes.u8(buffer, transportOffset + 3) == 0) {
            return;
        }
        hasSegmentsLeft = true;
        int list = transportOffset + 8;
        int end = transportOffset + length;
        int address = NONE;
        switch (Bytes.u8(buffer, transportOffset + 2)) {
            case ROUTING_SOURCE_ROUTE: address = end - ADDRESS_LENGTH; break; // RFC 2460, 4.4: the last address
            case ROUTING_MOBILE:                                              // RFC 6275, 6.4: the only address
            case ROUTING_SEGMENTS: address = list; break;                     // RFC 8754, 2: Segment List[0]
            default: break;
        }
        if (address >= list && address + ADDRESS_LENGTH <= end) {
            finalDestinationOffset = address;
        }
    }
}
