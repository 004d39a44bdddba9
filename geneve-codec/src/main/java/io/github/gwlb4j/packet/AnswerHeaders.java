package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/** The IP headers of packets that are written about another one: without options, never a fragment. Stateless; allocates nothing. */
final class AnswerHeaders {
    private static final int TTL = 64;
    private static final int IPV4_DONT_FRAGMENT = 0x4000;

    private AnswerHeaders() {
    }

    /** The header of a packet from the destination of another one to its source. */
    static void writeBack(IpPacket about, int ipv4TypeOfService, int protocol, int length, ByteBuffer target, int offset) {
        write(about.version(), ipv4TypeOfService, protocol, length, target, offset);
        writeAddresses(about, target, offset, false);
        finish(about.version(), target, offset);
    }

    /** The header of a packet from the source of another one to its destination. */
    static void writeOnward(IpPacket about, int protocol, int length, ByteBuffer target, int offset) {
        write(about.version(), 0, protocol, length, target, offset);
        writeAddresses(about, target, offset, true);
        finish(about.version(), target, offset);
    }

    /** Sum of the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1) of a packet whose IP header stands in a buffer. */
    static long pseudoHeaderSum(int version, ByteBuffer buffer, int offset, int protocol, int transportLength) {
        return (version == 4 ? InternetChecksum.sum(buffer, offset + IpLayout.IPV4_SOURCE_OFFSET, 8)
                : InternetChecksum.sum(buffer, offset + IpLayout.IPV6_SOURCE_OFFSET, 32)) + protocol + transportLength;
    }

    /** RFC 791, 3.1; RFC 8200, 3. */
    private static void write(int version, int typeOfService, int protocol, int length, ByteBuffer target, int offset) {
        if (version == 4) {
            Bytes.put32(target, offset, (0x45 << 8 | typeOfService) << 16 | length);
            // Never fragmented, so no other packet can be taken for a part of it: identification 0 (RFC 6864, 4.1).
            Bytes.put32(target, offset + IpLayout.IPV4_IDENTIFICATION_OFFSET, IPV4_DONT_FRAGMENT);
            Bytes.put32(target, offset + IpLayout.IPV4_TTL_OFFSET, (TTL << 8 | protocol) << 16);
        } else {
            Bytes.put32(target, offset, 6 << 28);
            Bytes.put32(target, offset + 4, length - IpPacket.IPV6_HEADER_LENGTH << 16 | protocol << 8 | TTL);
        }
    }

    private static void writeAddresses(IpPacket about, ByteBuffer target, int offset, boolean isOnward) {
        if (about.version() == 4) {
            Bytes.put32(target, offset + (isOnward ? IpLayout.IPV4_SOURCE_OFFSET : IpLayout.IPV4_DESTINATION_OFFSET), (int) about.sourceLow());
            Bytes.put32(target, offset + (isOnward ? IpLayout.IPV4_DESTINATION_OFFSET : IpLayout.IPV4_SOURCE_OFFSET),
                    (int) about.destinationLow());
        } else {
            int source = offset + (isOnward ? IpLayout.IPV6_SOURCE_OFFSET : IpLayout.IPV6_DESTINATION_OFFSET);
            int destination = offset + (isOnward ? IpLayout.IPV6_DESTINATION_OFFSET : IpLayout.IPV6_SOURCE_OFFSET);
            Bytes.put64(target, source, about.sourceHigh());
            Bytes.put64(target, source + Long.BYTES, about.sourceLow());
            Bytes.put64(target, destination, about.destinationHigh());
            Bytes.put64(target, destination + Long.BYTES, about.destinationLow());
        }
    }

    private static void finish(int version, ByteBuffer target, int offset) {
        if (version == 4) {
            Bytes.put16(target, offset + IpLayout.IPV4_CHECKSUM_OFFSET, InternetChecksum.of(target, offset, IpPacket.IPV4_HEADER_LENGTH));
        }
    }
}
